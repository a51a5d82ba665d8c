"""Lists of objects, in JSON or as they stand in JavaScript source, as rows of text."""

from __future__ import annotations

import json
import re
from typing import Any

from tallyproof.errors import InputError, Problem

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<space>\s+)|(?P<single>'(?:[^'\\\n]|\\.)*')|(?P<double>"(?:[^"\\\n]|\\.)*")"""
    r"""|(?P<number>-?\d[\d_]*(?:\.\d+)?)|(?P<name>[A-Za-z_$][\w$]*)|(?P<mark>[\[\]{},:])""",
    re.DOTALL,
)
_LIST = re.compile(r"=\s*(?:as const\s*)?(?=\[)|(?:export\s+default\s*)(?=\[)|\A\s*(?=\[)")


def _fail(file: str, row: int | None, code: str, message: str, mend: str) -> InputError:
    return InputError(f"{file} cannot be read", problems=(Problem(file=file, row=row, code=code, message=message, mend=mend),))


class _TwiceError(ValueError):
    pass


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwiceError(next(key for key in keys if keys.count(key) > 1))
    return found


def parse_json(text: str, file: str, *, javascript: bool = False) -> Any:
    """The value; numbers with a point stay text, as written (no float decides anything). Raises InputError."""
    if javascript:
        text = _to_json(text, file)
    try:
        return json.loads(text, parse_float=str, object_pairs_hook=_pairs)
    except _TwiceError as error:
        raise _fail(file, None, "duplicate-key", f"an object has the key {error} twice", "keep one of them") from error
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise _fail(file, line, "bad-json", f"this is not JSON: {error}", "check the file; was it downloaded completely?") from error


def _to_json(text: str, file: str) -> str:
    start = _LIST.search(text)
    if start is None:
        raise _fail(file, None, "no-list", "no array of objects is assigned in this file", "the file needs: name = [{...}, ...]")
    position, depth = start.end(), 0
    parts: list[str] = []
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            line = text.count("\n", 0, position) + 1
            raise _fail(
                file,
                line,
                "not-a-literal",
                f"only literals can be read, not {text[position : position + 20]!r}",
                "remove calls and expressions, or export the list as JSON",
            )
        position, kind, word = token.end(), token.lastgroup, token.group()
        if kind in ("space", "comment"):
            continue
        if kind == "single":
            word = json.dumps(re.sub(r"\\(.)", r"\1", word[1:-1]), ensure_ascii=False)
        elif kind == "number":
            word = word.replace("_", "")
        elif kind == "name" and word not in ("true", "false", "null"):
            if word == "undefined":
                word = "null"
            elif re.match(r"\s*:", text[position:]):
                word = json.dumps(word)
            else:
                line = text.count("\n", 0, position) + 1
                raise _fail(file, line, "not-a-literal", f"{word!r} is not a literal", "export the list as JSON")
        elif word in "]}" and parts and parts[-1] == ",":
            parts.pop()
        parts.append(word)
        depth += (word in "[{" and kind == "mark") - (word in "]}" and kind == "mark")
        if depth == 0:
            break
    return " ".join(parts)


def _walk(value: Any, steps: list[str], keys: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    if not steps:
        return [(keys, value)]
    step, rest = steps[0], steps[1:]
    if step == "*":
        members = (
            value.items()
            if isinstance(value, dict)
            else ((str(i), v) for i, v in enumerate(value, start=1))
            if isinstance(value, list)
            else ()
        )
        return [found for key, member in members for found in _walk(member, rest, (*keys, key))]
    if isinstance(value, dict) and step in value:
        return _walk(value[step], rest, keys)
    return []


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _flat(value: dict[str, Any], prefix: str, into: dict[str, str]) -> None:
    for key, member in value.items():
        if isinstance(member, dict):
            _flat(member, f"{prefix}{key}.", into)
        elif isinstance(member, list):
            into[prefix + key] = json.dumps(member, ensure_ascii=False)
        else:
            into[prefix + key] = _cell(member)


def rows_of_json(value: Any, path: str, file: str) -> tuple[list[str], list[list[str]]]:
    """Column names and rows of the list(s) at ``path``. Members of objects within are named ``outer.inner``.

    An object instead of a list is read as a list of its members; their keys are in the column ``@key``.
    """
    steps = [step for step in path.split(".") if step]
    found = _walk(value, steps, ())
    if not found:
        raise _fail(file, None, "no-list", f"nothing is at {path!r}", "say in the mapping where the list is: path = 'data.rows'")
    records: list[dict[str, str]] = []
    for keys, table in found:
        members: list[tuple[str, Any]]
        if isinstance(table, dict):
            members = list(table.items())
        elif isinstance(table, list):
            members = [("", member) for member in table]
        else:
            members = []
        if not members and table not in ([], {}):
            raise _fail(
                file, None, "no-list", f"at {path!r} there is no list of objects", "say in the mapping where it is: path = 'data.rows'"
            )
        for key, member in members:
            number = len(records) + 1
            if not isinstance(member, dict):
                raise _fail(file, number, "not-an-object", "an element of the list is not an object", "name the list of objects with path")
            flat = {"@key": "/".join((*keys, key) if key else keys)}
            _flat(member, "", flat)
            records.append(flat)
    names = list(dict.fromkeys(name for record in records for name in record))
    return names, [[record.get(name, "") for name in names] for record in records]
