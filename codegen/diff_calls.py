"""Which functions, inline functions and callbacks changed under the same name, slot by slot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from codegen.changes import Change, change
from codegen.model import Api, Callback, Function, InlineFunction, Slot, by_name

_Call = Function | InlineFunction | Callback
C = TypeVar("C", Function, InlineFunction, Callback)


def call_changes(old: Api, new: Api, used: Mapping[str, str]) -> Iterator[Change]:
    """The changes of calls that both versions have. `used` says for each callback by what it is used."""
    for was, now in _both(old.functions, new.functions):
        slots = _Slots.of(was, now)
        if was.symbol != now.symbol:
            slots.types.append(f"symbol {was.symbol or was.name} -> {now.symbol or now.name}")
        for group, details in (
            ("functions re-typed under the same name", slots.types),
            ("functions whose parameters changed places", slots.places),
            ("functions whose ownership or nullability changed", slots.ownership),
        ):
            if details:
                yield change(group, now.name, *details)
        yield from slots.quiet(now.name)
        if was.leaf != now.leaf:
            detail = "leaf now: it keeps the GIL" if now.leaf else "no longer leaf: it releases the GIL"
            yield change("functions whose leaf changed", now.name, detail)
    for earlier, later in _both(old.inline_functions, new.inline_functions):
        slots = _Slots.of(earlier, later)
        if details := slots.breaking + ["the body differs"] * (earlier.body != later.body):
            yield change("inline functions that changed", later.name, *details)
        yield from slots.quiet(later.name)
    for before, after in _both(old.callbacks, new.callbacks):
        slots = _Slots.of(before, after)
        if slots.breaking:
            yield change("callbacks whose signature changed", after.name, *slots.breaking, used.get(after.name, ""))
        yield from slots.quiet(after.name)


def _both(old: tuple[C, ...], new: tuple[C, ...]) -> Iterator[tuple[C, C]]:
    before = by_name(old)
    return ((before[item.name], item) for item in new if item.name in before)


class _Slots(NamedTuple):
    """How the slots of two calls differ, one line each."""

    types: list[str]
    places: list[str]
    ownership: list[str]
    stated: list[str]  # ownership and nullability of which nobody said anything before
    names: list[str]

    @property
    def breaking(self) -> list[str]:
        return self.types + self.places + self.ownership

    def quiet(self, name: str) -> Iterator[Change]:
        if self.stated:
            yield change("ownership or nullability stated for the first time", name, *self.stated)
        if self.names:
            yield change("parameters renamed", name, *self.names)

    @classmethod
    def of(cls, old: _Call, new: _Call) -> _Slots:
        found = cls([], [], [], [], [])
        if len(old.params) != len(new.params):
            found.types.append(f"{len(old.params)} -> {len(new.params)} params")
        named = {slot.name for slot in _params(old)}
        for label, was, now in _pairs(old, new):
            if was is None or now is None:
                slot, verb = (now, "added") if now else (was, "removed")
                assert slot is not None, "a pair has at least one side"
                found.types.append(f"{label} ({slot.type}) {verb}")
            elif was.type != now.type:
                found.types.append(_retyped(label, was, now))
            else:
                for was_said, is_said in _statements(was, now):
                    changes = found.ownership if was_said not in _UNSAID else found.stated
                    changes.append(f"{label}: {was_said} -> {is_said}")
                if was.name != now.name:
                    moved = now.name and now.name in named and len(old.params) == len(new.params)
                    (found.places if moved else found.names).append(f"{label} {_called(now)}")
        return found


def _pairs(old: _Call, new: _Call) -> Iterator[tuple[str, Slot | None, Slot | None]]:
    """Result with result, parameter with parameter: by place, or by type and name where their number changed."""
    yield "result", old.result, new.result
    before, after = _params(old), _params(new)
    for i, j in _places(before, after):
        was = None if i is None else before[i]
        now = None if j is None else after[j]
        place, slot = (j, now) if was is None else (i, was)
        assert slot is not None, "a pair has at least one side"
        yield f"param {place} {slot.name}".rstrip(), was, now


def _places(old: list[Slot], new: list[Slot]) -> Iterator[tuple[int | None, int | None]]:
    if len(old) == len(new):
        yield from ((i, i) for i in range(len(old)))
        return
    before, after = ([(slot.name, slot.type) for slot in slots] for slots in (old, new))
    for _, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        yield from zip_longest(range(a, b), range(c, d))


def _params(call: _Call) -> list[Slot]:
    """With an empty name for what has none in C: the model calls it arg0, arg1..."""
    return [replace(p, name="") if p.name == f"arg{i}" else p for i, p in enumerate(call.params)]


def _called(slot: Slot) -> str:
    return f"is now called {slot.name}" if slot.name else "has no name now"


def _retyped(label: str, was: Slot, now: Slot) -> str:
    sides = [was.type, now.type]
    if was.ownership != now.ownership:
        sides = [f"{slot.type} ({slot.ownership})" if slot.ownership else slot.type for slot in (was, now)]
    renamed = f", {_called(now)}" if now.name != was.name else ""
    return f"{label}: {' -> '.join(sides)}{renamed}"


_UNSAID = ("ownership unsaid", "nullability unsaid")
_NULLABLE = {True: "nullable", False: "never null", None: "nullability unsaid"}


def _statements(was: Slot, now: Slot) -> Iterator[tuple[str, str]]:
    if was.ownership != now.ownership:
        yield was.ownership or "ownership unsaid", now.ownership or "ownership unsaid"
    if was.nullable != now.nullable:
        yield _NULLABLE[was.nullable], _NULLABLE[now.nullable]
