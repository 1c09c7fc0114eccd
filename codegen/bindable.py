"""Whether what was selected can be bound together: every type in use is bound, every name is one, and Python's.

Without this pass such a thing would show when a user first touches the name, or as a syntax error in black.
"""

from __future__ import annotations

import keyword
from collections import defaultdict
from collections.abc import Iterator

from codegen.config import Config
from codegen.ctype import WIDTHS, Types, base
from codegen.model import KINDS, Api, Callback, Findings, Function, InlineFunction


def check_bindable(api: Api, config: Config) -> tuple[Api, Findings]:
    findings = Findings()
    findings.undecided += [*_missing(api), *_hollow(api), *_ambiguous(api), *_unspeakable(api), *_unnatural(api)]
    return api, findings


def _missing(api: Api) -> Iterator[str]:
    bound = {*WIDTHS, *(item.name for kind in ("records", "typedefs", "callbacks") for item in getattr(api, kind))}
    users: dict[str, list[str]] = defaultdict(list)
    for place, type_ in _places(api):
        if (name := base(type_)) not in bound:
            users[name].append(place)
    functions = {f.name for f in api.functions}
    for alias in api.aliases:
        if alias.target not in functions:
            users[alias.target].append(alias.name)
    enums = {e.name for e in api.enums if not e.macros}
    for name, places in sorted(users.items()):
        shown = ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
        if name in enums:
            yield f"enums: {name} is the type of {shown}: ctypes has no such type, correct it to an integer"
        else:
            yield f"{name} is not bound, but used by {shown}: include it, or exclude those"


def _places(api: Api) -> Iterator[tuple[str, str]]:
    calls: list[Function | InlineFunction | Callback] = [*api.functions, *api.inline_functions, *api.callbacks]
    for item in calls:
        for slot in (item.result, *item.params):
            yield f"{item.name}.{slot.name or 'result'}", slot.type
    for record in api.records:
        for field in record.fields:
            yield f"{record.name}.{field.name or field.type}", field.type
    for typedef in api.typedefs:
        yield typedef.name, typedef.type


def _hollow(api: Api) -> Iterator[str]:
    types = Types(api)
    for record in api.records:
        for field in record.fields:
            if "*" not in field.type and types.is_opaque(field.type):
                yield f"{record.name}.{field.name} holds {field.type} by value: that cannot be opaque, it needs fields"


_BYTES = {"8": 1, "bool": 1, "16": 2, "32": 4, "f32": 4, "64": 8, "f64": 8, "size": 8, "pointer": 8}


def _unnatural(api: Api) -> Iterator[str]:
    """ctypes lays records out by the sizes of their fields, and knows no attributes."""
    types, records = Types(api), {r.name: r for r in api.records}

    def measure(type_: str) -> tuple[int, int]:
        element, _, length = types.resolve(type_).partition("[")
        count = int(length.rstrip("]")) if length else 1
        if record := records.get(types.resolve(base(element))) if "*" not in element else None:
            return record.size * count, record.align or 1
        size = _BYTES.get(types.width(element), 0)
        return size * count, size or 1

    for record in api.records:
        if record.opaque or not all(measure(field.type)[0] for field in record.fields):
            continue  # what holds something that is not bound, or opaque, has been refused for that
        end, align, moved = 0, 1, False
        for field in record.fields:
            size, field_align = measure(field.type)
            place = 0 if record.kind == "union" else -(-end // field_align) * field_align
            moved = moved or place != field.offset
            end, align = max(end, place + size), max(align, field_align)
        if moved or (-(-end // align) * align, align) != (record.size, record.align):
            yield (
                f"{record.kind}s: {record.name} has {record.size} bytes at an alignment of {record.align} in C, which "
                "its fields alone do not make: ctypes knows no packed or aligned records. Exclude it, or make it opaque"
            )


def _ambiguous(api: Api) -> Iterator[str]:
    """Every C name is an attribute of one module."""
    meanings: dict[str, list[str]] = defaultdict(list)
    for kind in KINDS:
        for item in getattr(api, kind):
            meanings[item.name].append(kind.replace("_", "-"))
    for enum in api.enums:
        for member in () if enum.macros else enum.members:
            meanings[member.name].append("enums")
    for name, kinds in sorted(meanings.items()):
        if len(kinds) > 1:
            yield f"{name} has {len(kinds)} meanings, in {' and '.join(dict.fromkeys(kinds))}: rename all but one"


def _unspeakable(api: Api) -> Iterator[str]:
    for kind in KINDS:
        for item in getattr(api, kind):
            if keyword.iskeyword(item.name):
                yield f"{kind.replace('_', '-')}.rename: {item.name} is a keyword of Python: rename it"
    for enum in api.enums:
        for member in enum.members:
            if keyword.iskeyword(member.name):
                yield f"enums.member-rename: {enum.name}.{member.name} is a keyword of Python: rename it"
    for record in api.records:
        for field in record.fields:
            place = f"{record.kind}s.member-rename: {record.name}.{field.name}"
            if keyword.iskeyword(field.name):
                yield f"{place} is a keyword of Python: rename it"
            elif field.name.startswith("__"):
                yield f"{place}: Python mangles a leading __ inside classes: rename it"
