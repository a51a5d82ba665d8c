"""All targets of the fuzzer."""

from __future__ import annotations

from tests.fuzz import shell_targets, targets, verify_targets
from tests.fuzz.targets import Target

TARGETS: dict[str, Target] = targets.TARGETS | shell_targets.TARGETS | verify_targets.TARGETS
SLOW = {"log", "archive", "photo", "2-log"}
"""Those that need milliseconds for an input."""


def seeds(target: str) -> list[bytes]:
    """Good inputs to begin with."""
    return next(room.seeds(target) for room in (targets, shell_targets, verify_targets) if target in room.TARGETS)
