"""``datapackage.json``: what the package says of itself, and which file holds which table."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from tallyproof.formats.archive import READ_ERRORS, Store, reason, unsafe
from tallyproof.formats.faults import DESCRIPTOR, Faults
from tallyproof.model.election import About
from tallyproof.model.tables import TABLES

_HASH = re.compile(r"sha256:([0-9a-fA-F]{64})")


@dataclass(frozen=True, slots=True)
class Resource:
    """One table's file. ``path`` has passed ``archive.unsafe``."""

    table: str
    path: str
    sha256: str | None = None
    bytes: int | None = None

    @property
    def parquet(self) -> bool:
        return self.path.lower().endswith(".parquet")


@dataclass(frozen=True, slots=True)
class Descriptor:
    about: About
    resources: tuple[Resource, ...]


class _Refused(ValueError):
    pass


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused("a name occurs twice in one object")
    return found


def _constant(name: str) -> Any:
    raise _Refused(f"{name} is not JSON")


def parse_json(data: bytes) -> Any:
    """JSON as RFC 8259 has it: no NaN, no name twice, no lone surrogate. ValueError or RecursionError otherwise."""
    text = data.decode("utf-8-sig")
    document = json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant)
    if "\\u" in text:
        json.dumps(document, ensure_ascii=False).encode()
    return document


def read_descriptor(store: Store, faults: Faults) -> Descriptor | None:
    """The descriptor; None, with the problems added, if there is none that can be used."""

    def fault(code: str, message: str, mend: str, row: int | None = None, column: str | None = None) -> None:
        faults.add(code, message, mend, file=DESCRIPTOR, row=row, column=column)

    size = store.size(DESCRIPTOR)
    if size is None:
        fault("no-descriptor", f"the package has no {DESCRIPTOR}", "add one: specs/package-v1.md shows a short one")
        return None
    if size > faults.limits.descriptor:
        fault("too-large-file", f"{size} bytes; {faults.limits.descriptor} are allowed", "keep data out of the descriptor")
        return None
    try:
        with store.open(DESCRIPTOR) as file:
            data = file.read(faults.limits.descriptor + 1)
    except READ_ERRORS as error:
        fault("unreadable-file", f"cannot be read: {reason(error)}", "check the file and who may read it")
        return None
    try:
        document = parse_json(data)
    except RecursionError:
        fault("bad-json", "lists or objects are nested too deep", "write a plain descriptor: specs/package-v1.md shows one")
        return None
    except ValueError as error:
        fault("bad-json", f"not JSON in UTF-8: {reason(error)}", "mend the file with a JSON editor")
        return None
    if not isinstance(document, dict):
        fault("bad-descriptor", "not a JSON object", 'write { "name": …, "title": …, "resources": [ … ] }')
        return None
    before = faults.total
    about = _about(document, fault)
    resources = _resources(document.get("resources"), fault, store)
    if resources is not None:
        named = {str(entry.get("name")) for entry in document["resources"] if isinstance(entry, dict)}
        for table in TABLES.values():
            if table.required and table.name not in named:
                fault("missing-table", f"the table {table.name} is missing: {table.meaning}", f"add a resource named {table.name}")
    if resources is None or (faults.total > before and not resources):
        return None
    return Descriptor(about, resources)


def _about(document: dict[str, Any], fault: Any) -> About:
    texts: dict[str, str] = {}
    for key in ("name", "title", "title_ur", "notice", "notice_ur", "held_on"):
        value = document.get(key)
        if value is None:
            if key == "name":
                fault("bad-descriptor", f"{key} is missing", f'add "{key}"', column=key)
        elif not isinstance(value, str):
            fault("bad-descriptor", f"{key} is not a text", f"write {key} in quotation marks", column=key)
        elif "\0" in value or len(value) > 10_000:
            fault("bad-descriptor", f"{key} is too long or has a NUL", "shorten it", column=key)
        elif key == "name" and not value.strip():
            fault("bad-descriptor", "name is empty", "give the package a short name", column=key)
        else:
            texts[key] = value
    sources: list[str] = []
    listed = document.get("sources", [])
    for entry in listed if isinstance(listed, list) else [None]:
        if isinstance(entry, str):
            sources.append(entry)
        elif isinstance(entry, dict) and isinstance(entry.get("title"), str):
            sources.append(" ".join(part for part in (entry["title"], entry.get("path")) if isinstance(part, str)))
        else:
            fault("bad-descriptor", "sources is not a list of objects with a title", 'write [{"title": "…"}]', column="sources")
    reconstructed = document.get("reconstructed", False)
    if not isinstance(reconstructed, bool):
        fault("bad-descriptor", "reconstructed is neither true nor false", "write true or false", column="reconstructed")
    return About(**texts, sources=tuple(sources), reconstructed=reconstructed is True)


def _resources(listed: Any, fault: Any, store: Store) -> tuple[Resource, ...] | None:
    if not isinstance(listed, list):
        fault("bad-descriptor", "resources is missing or not a list", "list the tables with name and path", column="resources")
        return None
    found: list[Resource] = []
    paths: dict[str, str] = {}
    tables: set[str] = set()
    for number, entry in enumerate(listed, start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            fault("bad-descriptor", "a resource without a name", "give it a name and a path", row=number, column="resources")
            continue
        name, path = entry["name"], entry.get("path")
        if name not in TABLES:
            continue
        if name in tables:
            fault(
                "duplicate-table",
                f"the table {name} is listed twice",
                "keep one resource, with all rows in one file",
                row=number,
                column="name",
            )
            continue
        tables.add(name)
        if not isinstance(path, str):
            fault("bad-descriptor", f"the path of {name} is missing or not one text", "name one file", row=number, column="path")
            continue
        if why := unsafe(path):
            fault("unsafe-path", f"the path of {name} {why}", "name a file inside the package", row=number, column="path")
            continue
        if not path.lower().endswith((".csv", ".parquet")):
            fault(
                "unknown-format", f"{path[:100]} is neither .csv nor .parquet", "save the table as one of them", row=number, column="path"
            )
            continue
        plain = "/".join(part for part in path.split("/") if part not in ("", "."))
        if plain in paths:
            fault("duplicate-path", f"{name} and {paths[plain]} name the same file", "give each its own file", row=number, column="path")
            continue
        paths[plain] = name
        if store.size(plain) is None:
            fault(
                "missing-file",
                f"there is no regular file {plain[:100]} in the package",
                "add the file itself, not a link to it",
                row=number,
                column="path",
            )
            continue
        sha256 = _sha256(entry, name, number, fault)
        length = entry.get("bytes")
        found.append(Resource(name, plain, sha256, length if type(length) is int else None))
    return tuple(found)


def _sha256(entry: dict[str, Any], name: str, number: int, fault: Any) -> str | None:
    """The SHA-256 that the descriptor states. Hashes by other methods are not ours to check."""
    stated = entry.get("hash")
    if not isinstance(stated, str) or not stated.startswith("sha256:"):
        return None
    if match := _HASH.fullmatch(stated):
        return match[1].lower()
    fault(
        "bad-descriptor", f"the hash of {name} is not sha256: and 64 hexadecimal digits", "correct or remove it", row=number, column="hash"
    )
    return None
