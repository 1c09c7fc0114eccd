"""Which records changed in memory, by themselves or through what they hold by value.

Pointers stop the search: a record that points to a changed one keeps its layout.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from codegen.changes import Change, change
from codegen.model import Api, Field, Record, by_name


def record_changes(old: Api, new: Api, used: Mapping[str, str]) -> Iterator[Change]:
    """The changes of records that both versions have. `used` says for each name by what it is used."""
    before = by_name(old.records)
    through = _causes(old, new)
    for name, record in by_name(new.records).items():
        if name not in before:
            continue
        was, users = before[name], used.get(name, "")
        if record.opaque and not was.opaque:
            yield change("records that became opaque", name, f"was a {was.kind} of {was.size} bytes", users)
        elif was.opaque and not record.opaque:
            yield change("records that became concrete", name, f"a {record.kind} of {record.size} bytes", users)
        else:
            content, causes = _content(was, record), through(name)
            details = [*_measures(was, record), *content, *_moves(was, record)]
            if causes:
                details.append(f"through {', '.join(sorted(causes))}")
            if details:
                held = causes and not content
                group = "records changed by what they hold" if held else "records whose layout changed"
                yield change(group, name, *details, users)


def _causes(old: Api, new: Api) -> Callable[[str], frozenset[str]]:
    """For a record, the typedefs and records that changed by themselves and that it holds by value, however deep."""
    old_records, records = by_name(old.records), by_name(new.records)
    old_typedefs, typedefs = by_name(old.typedefs), by_name(new.typedefs)

    @cache
    def held(name: str) -> frozenset[str]:
        if name in typedefs:
            if name in old_typedefs and old_typedefs[name].type != typedefs[name].type:
                return frozenset({name})
            inner = _by_value(typedefs[name].type)
            return held(inner) if inner else frozenset()
        if name not in records or name not in old_records or records[name].opaque or old_records[name].opaque:
            return frozenset()
        was, record = old_records[name], records[name]
        if _content(was, record):
            return frozenset({name})
        own = frozenset({name}) if _measures(was, record) or _moves(was, record) else frozenset()
        return through(name) or own

    @cache
    def through(name: str) -> frozenset[str]:
        inner = (_by_value(field.type) for field in records[name].fields)
        return frozenset[str]().union(*(held(i) for i in inner if i))

    return through


def _by_value(type_: str) -> str:
    """The name of the type that is held in place: none for a pointer."""
    return "" if "*" in type_ else re.sub(r"^const |\[.*$", "", type_)


def _measures(old: Record, new: Record) -> list[str]:
    details = []
    if old.kind != new.kind:
        details.append(f"a {old.kind} became a {new.kind}")
    if old.size != new.size:
        verb = "grew" if new.size > old.size else "shrank"
        details.append(f"{verb} from {old.size} to {new.size} bytes")
    if old.align != new.align:
        details.append(f"align {old.align} -> {new.align} bytes")
    return details


def _content(old: Record, new: Record) -> list[str]:
    """Fields added, removed, retyped and renamed: what no held record explains."""
    before, after = _fields(old), _fields(new)
    gone = {label: field for label, field in before.items() if label not in after}
    fresh = {label: field for label, field in after.items() if label not in before}
    details = []
    for label, field in gone.items():
        place = (field.type, field.offset)
        same = [other for other, f in fresh.items() if (f.type, f.offset) == place]
        if len(same) == 1 and sum((f.type, f.offset) == place for f in gone.values()) == 1:
            details.append(f"{label} is now called {fresh.pop(same[0]).name}")
        else:
            details.append(f"{label} ({field.type} at byte {field.offset}) removed")
    details += [
        f"{label}: {field.type} -> {after[label].type}"
        for label, field in before.items()
        if label in after and field.type != after[label].type
    ]
    return details + [f"{label} ({field.type} at byte {field.offset}) added" for label, field in fresh.items()]


def _moves(old: Record, new: Record) -> list[str]:
    after = _fields(new)
    return [
        f"{label} moved from byte {field.offset} to {after[label].offset}"
        for label, field in _fields(old).items()
        if label in after and field.offset != after[label].offset
    ]


def _fields(record: Record) -> dict[str, Field]:
    """By label: the anonymous members have no name but their order."""
    unnamed = [field for field in record.fields if not field.name]
    return {
        f"field {field.name}" if field.name else f"anonymous member {unnamed.index(field)}": field
        for field in record.fields
    }
