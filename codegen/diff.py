"""What changed in Wasmtime's C API between two versions, and whether it can break us.

Compared is what a binding depends on. Headers, C tags and witnesses are not: a declaration that only moved is the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

from codegen.changes import GROUPS, Change, as_markdown, as_text, change, shorten, uses
from codegen.diff_calls import call_changes
from codegen.diff_records import record_changes
from codegen.model import (
    KINDS,
    Alias,
    Api,
    Callback,
    Constant,
    Declaration,
    Enum,
    Function,
    InlineFunction,
    Record,
    Typedef,
    by_name,
)

__all__ = ["Change", "as_markdown", "as_text", "compare", "uses"]

_USER_LIMIT = 12  # names of functions, callbacks and records that use a changed type


def compare(old: Api, new: Api) -> tuple[Change, ...]:
    """All changes in the order of `changes.GROUPS`, breaking ones first, and by name in a group."""
    used = _users(new)
    found = [
        *_come_and_gone(old, new),
        *call_changes(old, new, used),
        *record_changes(old, new, used),
        *_names(old, new, used),
        *_values_changed(old, new),
        *_settings(old, new),
        *_features(old, new),
    ]
    order = {group: place for place, group in enumerate(GROUPS)}
    return tuple(sorted(found, key=lambda c: (order[c.group], c.name, c.detail)))


class _Value(NamedTuple):
    """A constant or an enum member: both are names for numbers, and one may become the other."""

    name: str
    header: str
    value: int | str
    enum: str = ""

    def __str__(self) -> str:
        value = f'"{self.value}"' if isinstance(self.value, str) else str(self.value)
        return f"{value} in enum {self.enum}" if self.enum else value


_Named = Declaration | _Value


def _values(api: Api) -> dict[str, _Value]:
    values = [_Value(c.name, c.header, c.value) for c in api.constants]
    values += [_Value(m.name, e.header, m.value, e.name) for e in api.enums for m in e.members]
    return {value.name: value for value in values}


# Declarations that came and went


def _come_and_gone(old: Api, new: Api) -> Iterator[Change]:
    was_used, kinds = _users(old, "was used by"), _kinds(new)
    before_values, after_values = _values(old), _values(new)
    for kind in KINDS:
        plural = "constants and enum members" if kind == "constants" else kind.replace("_", " ")
        before: Mapping[str, _Named] = before_values if kind == "constants" else by_name(getattr(old, kind))
        after: Mapping[str, _Named] = after_values if kind == "constants" else by_name(getattr(new, kind))
        gone = [item for name, item in before.items() if name not in after and not _in_place(name)]
        fresh = [item for name, item in after.items() if name not in before and not _in_place(name)]
        renamed = _renames(gone, fresh)
        for item in gone:
            place = f"was {item}" if isinstance(item, _Value) else f"declared in {item.header} until now"
            now = f"is now {kinds[item.name]}" if item.name in kinds else ""
            hint = f"perhaps renamed to {renamed[item.name]}" if item.name in renamed else ""
            yield change(f"{plural} removed", item.name, place, now, hint, was_used.get(item.name, ""))
        for item in fresh:
            place = str(item) if isinstance(item, _Value) else f"declared in {item.header}"
            yield change(f"{plural} added", item.name, place)
    yield from (change("macros added", name) for name in set(new.macros) - set(old.macros))
    yield from (change("macros removed", name) for name in set(old.macros) - set(new.macros))
    was_excused, excused = ({e.name: e for e in api.excused if e.name not in api.macros} for api in (old, new))
    for name in was_excused.keys() | excused.keys():
        if name not in was_excused:
            yield change("excused declarations added", name, excused[name].reason)
        elif name not in excused:
            yield change("excused declarations removed", name, was_excused[name].reason)


def _in_place(name: str) -> bool:
    """A type without a name in C: whatever it is written in changes with it."""
    return "(*)" in name or re.search(r"_anonymous\d+$", name) is not None


def _kinds(api: Api) -> dict[str, str]:
    """What each name is, for those that are no longer what they were."""
    kinds = {excused.name: f"excused: {excused.reason}" for excused in api.excused}
    kinds |= dict.fromkeys(api.macros, "a macro")
    for kind in KINDS:
        noun = "alias" if kind == "aliases" else kind.removesuffix("s").replace("_", " ")
        article = "an" if noun[0] in "aei" else "a"
        kinds |= dict.fromkeys(by_name(getattr(api, kind)), f"{article} {noun}")
    return kinds


def _renames(gone: list[_Named], fresh: list[_Named]) -> dict[str, str]:
    """Pairs of the same shape and a close name, the closest first."""
    pairs = sorted(
        (-closeness, a.name, b.name)
        for a in gone
        for b in fresh
        if _shape(a) == _shape(b) and (closeness := _closeness(a.name, b.name))
    )
    renamed: dict[str, str] = {}
    for _, was, now in pairs:
        if was not in renamed and now not in renamed.values():
            renamed[was] = now
    return renamed


def _shape(item: _Named) -> object:
    if isinstance(item, Record):
        return item.kind, item.size, item.align, item.fields
    if isinstance(item, Enum):
        return [m.value for m in item.members]
    if isinstance(item, Alias):
        return item.target
    if isinstance(item, Typedef):
        return item.type
    if isinstance(item, (Constant, _Value)):
        return item.value
    return item.result.type, [p.type for p in item.params]


def _closeness(a: str, b: str) -> float:
    """0 unless the names are alike, also without the words that all their neighbours share."""
    whole = SequenceMatcher(None, a, b, autojunk=False).ratio()
    left, right = a.split("_"), b.split("_")
    for end in (0, -1):
        while left and right and left[end] == right[end]:
            del left[end], right[end]
    rest = SequenceMatcher(None, "_".join(left), "_".join(right), autojunk=False).ratio() if left and right else 1
    return whole if whole >= 0.75 and rest >= 0.5 else 0


# Declarations whose meaning changed under the same name


def _names(old: Api, new: Api, used: Mapping[str, str]) -> Iterator[Change]:
    typedefs, targets = by_name(old.typedefs), by_name(old.aliases)
    for typedef in new.typedefs:
        was = typedefs.get(typedef.name, typedef).type
        if was != typedef.type:
            yield change(
                "typedefs whose type changed", typedef.name, f"{was} -> {typedef.type}", used.get(typedef.name, "")
            )
    for alias in new.aliases:
        target = targets.get(alias.name, alias).target
        if target != alias.target:
            yield change("aliases that name another function", alias.name, f"{target} -> {alias.target}")


def _values_changed(old: Api, new: Api) -> Iterator[Change]:
    before = _values(old)
    for name, now in _values(new).items():
        was = before.get(name, now)
        if was.value != now.value and not (_states_version(was, old) and _states_version(now, new)):
            yield change("constants and enum members whose value changed", name, f"{was} -> {now}")
        elif was.value == now.value and was.enum != now.enum:
            places = [f"enum {value.enum}" if value.enum else "no enum" for value in (was, now)]
            yield change("constants and enum members that moved", name, " -> ".join(places))


def _states_version(value: _Value, api: Api) -> bool:
    """WASMTIME_VERSION and its parts change with every release: the head of the report says it already."""
    stated = dict(zip(("", "_MAJOR", "_MINOR", "_PATCH"), (api.version, *api.version.split(".")), strict=False))
    suffix = value.name.removeprefix("WASMTIME_VERSION")
    return suffix != value.name and str(value.value) == stated.get(suffix)


def _settings(old: Api, new: Api) -> Iterator[Change]:
    before, after = ({(t, s.name): s for t, group in api.settings.items() for s in group} for api in (old, new))
    for key in before.keys() | after.keys():
        was, now, option = before.get(key), after.get(key), f"option {key[1]} of {key[0]}"
        if now is None and was is not None:
            yield change("settings removed", was.function, f"{option} ({was.type})")
        elif was is None and now is not None:
            yield change("settings added", now.function, f"{option} ({now.type})")
        elif was is not None and now is not None and was != now:
            parts = (
                ("function", was.function, now.function),
                ("type", was.type, now.type),
                ("enum", was.enum or "none", now.enum or "none"),
            )
            details = [f"{part} {a} -> {b}" for part, a, b in parts if a != b]
            yield change("settings that changed", now.function, option, *details)


def _features(old: Api, new: Api) -> Iterator[Change]:
    for feature in set(old.features) ^ set(new.features):
        name = "WASMTIME_FEATURE_" + feature.removeprefix("WASMTIME_FEATURE_")
        yield change("features changed", name, "on now" if feature in new.features else "off now")


# By whom a type is used


def _users(api: Api, verb: str = "used by") -> dict[str, str]:
    """For each type: "used by 12 functions: ..., 1 callback: ...", whether by its own name or by a typedef's."""
    typedefs = by_name(api.typedefs)
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))

    def words(type_: str) -> set[str]:
        named = set(re.findall(r"\w+", type_))
        return named.union(*(words(typedefs[word].type) for word in named if word in typedefs))

    def note(noun: str, name: str, types: list[str]) -> None:
        for word in {*types}.union(*map(words, types)) - {name}:
            found[word][noun].append(name)

    calls: list[tuple[str, tuple[Function | InlineFunction | Callback, ...]]] = [
        ("function", (*api.functions, *api.inline_functions)),
        ("callback", tuple(c for c in api.callbacks if not _in_place(c.name))),
    ]
    for noun, items in calls:
        for call in items:
            note(noun, call.name, [call.result.type, *(p.type for p in call.params)])
    for record in api.records:
        note("record", record.name, [field.type for field in record.fields])
    return {
        word: f"{verb} " + ", ".join(_counted(noun, sorted(names)) for noun, names in users.items())
        for word, users in found.items()
    }


def _counted(noun: str, names: list[str]) -> str:
    return f"{len(names)} {noun}{'' if len(names) == 1 else 's'}: {shorten(names, _USER_LIMIT)}"
