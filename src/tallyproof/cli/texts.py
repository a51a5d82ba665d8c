"""The words of the commands, one file a language; the words of findings are in ``findings.words``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def texts(language: str, part: str = "") -> Mapping[str, Any]:
    """Sentences by key; tables of them for what comes in kinds. ``part``: of commands that have a file of words to themselves."""
    path = files(__package__) / "words" / f"{part + '-' if part else ''}{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
