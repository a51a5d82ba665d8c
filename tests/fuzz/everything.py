"""All targets of the fuzzer."""

from __future__ import annotations

from tests.fuzz import shell_targets, targets
from tests.fuzz.targets import Target

TARGETS: dict[str, Target] = targets.TARGETS | shell_targets.TARGETS
SLOW = {"log", "archive", "photo"}
"""Those that need milliseconds for an input."""


def seeds(target: str) -> list[bytes]:
    """Good inputs to begin with."""
    return (targets if target in targets.TARGETS else shell_targets).seeds(target)
