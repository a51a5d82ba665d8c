"""Mappings: how somebody's CSV, JSON or XLSX becomes an election package. A country is a mapping, never a module.

``load_mapping`` reads a shipped mapping by name or a file by path; ``import_files`` applies it to files.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from tallyproof.errors import InputError, Problem, UsageError
from tallyproof.formats.mapping_import import Imported, import_files
from tallyproof.formats.mapping_model import Mapping

__all__ = ["Imported", "Mapping", "import_files", "load_mapping", "parse_mapping", "shipped_mappings"]

_FOLDER = "mappings"
_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*=""")


def shipped_mappings() -> dict[str, Mapping]:
    """Name → mapping, of all that come with tallyproof."""
    folder = resources.files("tallyproof") / _FOLDER
    names = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return {name: load_mapping(name) for name in names}


def _shipped_names() -> list[str]:
    folder = resources.files("tallyproof") / _FOLDER
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_mapping(path_or_name: Path | str) -> Mapping:
    """The mapping of that path, or the shipped one of that name. Raises UsageError or InputError (all problems, located)."""
    path = Path(path_or_name)
    if path.suffix == ".toml" or path.exists():
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"the mapping {str(path)!r} cannot be read: {error}", hint="check the path; a mapping is UTF-8 text"
            ) from error
        return parse_mapping(text, path.name)
    names = _shipped_names()
    if str(path_or_name) not in names:
        near = difflib.get_close_matches(str(path_or_name), names, n=3, cutoff=0.4)
        raise UsageError(
            f"there is no mapping {str(path_or_name)!r}",
            hint=f"nearest: {', '.join(near)}" if near else "tallyproof import --list shows those that come with it; or give a .toml file",
        )
    text = (resources.files("tallyproof") / _FOLDER / f"{path_or_name}.toml").read_text(encoding="utf-8")
    return parse_mapping(text, f"{path_or_name}.toml")


def parse_mapping(text: str, file: str) -> Mapping:
    """Read a mapping from TOML. Raises InputError with every problem: its line, its path, and how to mend it."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        problem = Problem(
            file=file, row=int(line[1]) if line else None, code="bad-toml", message=str(error), mend="see toml.io for the syntax"
        )
        raise InputError(f"the mapping {file} cannot be read", problems=(problem,)) from error
    try:
        return Mapping.model_validate(raw)
    except ValidationError as error:
        lines = _lines(text)
        problems = []
        for one in error.errors():
            path = _path(one["loc"])
            problems.append(
                Problem(
                    file=file,
                    row=_line_of(path, lines),
                    column=path or None,
                    code="mapping",
                    message=_message(one["msg"]),
                    mend=_mend(one["type"], one["loc"]),
                )
            )
        unique = tuple(dict.fromkeys(sorted(problems, key=lambda one: (one.row or 0, one.column or ""))))
        raise InputError(f"the mapping {file} has {len(unique)} problem{'s' if len(unique) > 1 else ''}", problems=unique) from error


def _path(loc: tuple[int | str, ...]) -> str:
    # Members of unions ("str", "TextFrom") are pydantic's own words, not the mapping's.
    words = [part for part in loc if part not in ("str", "TextFrom", "FigureFrom", "list[str]", "[key]")]
    return ".".join(f"{part}" if isinstance(part, str) else f"[{part + 1}]" for part in words).replace(".[", "[")


def _message(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return {"Extra inputs are not permitted": "this key is not known here", "Field required": "this key is needed"}.get(message, message)


def _mend(kind: str, loc: tuple[int | str, ...]) -> str:
    if kind == "extra_forbidden":
        from tallyproof.formats import mapping_model

        keys = {name for model in vars(mapping_model).values() for name in getattr(model, "model_fields", {})}
        near = difflib.get_close_matches(str(loc[-1]), sorted(keys), n=3)
        return f"did you mean {' or '.join(near)}? See docs/reference/mapping.md" if near else "see docs/reference/mapping.md for the keys"
    if kind == "missing":
        return f"add {loc[-1]} = ..."
    return "see docs/reference/mapping.md"


def _lines(text: str) -> dict[str, int]:
    """Path of every table and key → its line, read loosely; tomllib itself keeps no places."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if table := _TABLE.match(line):
            names = [name.strip().strip("\"'") for name in table[2].split(".")]
            path = ""
            for depth, name in enumerate(names):
                path = f"{path}.{name}" if path else name
                if table[1] == "[[" and depth == len(names) - 1:
                    counts[path] = counts.get(path, 0) + 1
                if path in counts:
                    path = f"{path}[{counts[path]}]"
            prefix = path
            found.setdefault(path, number)
        elif key := _KEY.match(line):
            name = key[1].strip("\"'")
            found.setdefault(f"{prefix}.{name}" if prefix else name, number)
    return found


def _line_of(path: str, lines: dict[str, int]) -> int | None:
    while path:
        if path in lines:
            return lines[path]
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""
    return None
