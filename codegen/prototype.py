"""How a function reads in C, with `own`, `out`, nullability and witnesses: what stands above each binding."""

from __future__ import annotations

from codegen.model import Callback, Function, InlineFunction, Slot

_NULLABLE = {True: " _Nullable", False: " _Nonnull", None: ""}
_PREFIX = {"owned": "own ", "out": "out ", "out-owned": "out own "}


def prototype(item: Function | InlineFunction | Callback) -> str:
    name = f"(*{item.name})" if isinstance(item, Callback) else item.name
    return f"{slot(item.result)} {name}({', '.join(map(slot, item.params)) or 'void'})"


def slot(item: Slot) -> str:
    return f"{_PREFIX.get(item.ownership, '')}{item.type}{_NULLABLE[item.nullable]} {item.name}".rstrip()


def witnesses(item: Function) -> str:
    """ "own+rust: result, trap; yaml: name" - the slots by who decided them."""
    voices: dict[str, list[str]] = {}
    for place in (item.result, *item.params):
        if place.witness:
            voices.setdefault("+".join(place.witness), []).append(place.name or "result")
    return "; ".join(f"{voice}: {', '.join(places)}" for voice, places in sorted(voices.items()))
