"""Waiting for a page whose Content-Security-Policy forbids ``eval``, which Playwright's own ``wait_for_function`` polls with."""

from __future__ import annotations

import time
from typing import Any


def wait_until(page: Any, expression: str, seconds: float = 30) -> None:
    """Returns when the JavaScript expression is true. Raises AssertionError after ``seconds``."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"not true within {seconds:g} seconds: {expression}"
        page.wait_for_timeout(50)
