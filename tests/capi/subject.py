"""The package under test, and the facts that it was made from."""

from __future__ import annotations

from pathlib import Path

import wasmtime_capi

from codegen import model, sources
from codegen.ctype import Types

PACKAGE = Path(wasmtime_capi.__file__).parent
API = model.load((PACKAGE.parent / "api.json").read_bytes())
TYPES = Types(API)
VERSIONS = sources.Versions.load()
IS_PINNED = API.version == VERSIONS.pinned

FUNCTIONS = model.by_name(API.functions)
RECORDS = model.by_name(API.records)
CALLBACKS = model.by_name(API.callbacks)
TAGS = {record.tag: record.name for record in API.records if record.tag}
# Every integer and string that has a name in C.
VALUES: dict[str, int | str] = {c.name: c.value for c in API.constants}
VALUES |= {m.name: m.value for e in API.enums for m in e.members}
C_NAMES = {item.name for kind in model.KINDS for item in getattr(API, kind)} | {*TAGS, *VALUES}


def attributes(record: model.Record) -> list[tuple[str, str, int]]:
    """Name, C type and offset of each field, those of anonymous members as if they were the record's own."""
    found = []
    for field in record.fields:
        if field.name:
            found.append((field.name, field.type, field.offset))
        else:
            inner = attributes(RECORDS[field.type])
            found += [(name, type_, field.offset + offset) for name, type_, offset in inner]
    return found
