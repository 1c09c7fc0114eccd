"""How functions of one type are called: the layout of their values in memory, and the form of their code.

Plans are shared by all functions of a type, in all stores.
"""

from __future__ import annotations

from _struct import Struct

from wasmtime_capi.cdata import c_size_t, c_uint8

from wasmtime_gen._callcode import form_of
from wasmtime_gen._numbers import NUMBERS, PACK, SIZE
from wasmtime_gen._types.valtype import needs_check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._checkedcall import Values
    from wasmtime_gen._codec import Codec
    from wasmtime_gen._types.functype import FuncType

_plans: dict[FuncType, Plan] = {}
_KEPT = 1000  # plans to remember


class Plan:
    """What is known of every function of one type, whose floats travel as floats, or else by their bits."""

    # fmt: off
    __slots__ = (
        "_codecs", "_form", "arity", "count", "is_checked", "is_numeric", "layout", "memory",
        "pack", "params", "results", "size", "spares", "type", "unpack",
    )
    # fmt: on

    def __init__(self, type_: FuncType, layout: FuncType) -> None:
        self.type = type_
        self.layout = layout
        params, results = layout.params, layout.results
        self.params = [t.kind for t in params]
        self.results = [t.kind for t in results]
        self.arity = len(params)
        #: Struct refuses what is no such number; vectors and references need more than that.
        self.is_numeric = all(kind in NUMBERS for kind in (*self.params, *self.results))
        #: The library has to check the references.
        self.is_checked = not self.is_numeric and needs_check((*params, *results))
        count = self.count = max(len(params), len(results))
        self.size = c_size_t.from_param(count)
        self.memory = c_uint8 * (SIZE * max(count, 1))
        self.pack = Struct("<" + "".join([PACK.get(kind, "Q8x") for kind in self.params])).pack_into
        self.unpack = Struct("<" + "".join([PACK.get(kind, "Q8x") for kind in self.results])).unpack_from
        self._form = ""
        self._codecs: tuple[Codec, Codec] | None = None
        #: Memory for calls of those that are checked, as many as were ever nested.
        self.spares: list[tuple[Values, Values]] = []

    @property
    def form(self) -> str:
        """The form of the closures' code."""
        self._form = self._form or form_of(self.layout.params, self.layout.results)
        return self._form

    @property
    def codecs(self) -> tuple[Codec, Codec]:
        """What writes the parameters, and what reads the results, where they are not numbers alone."""
        if self._codecs is None:
            from wasmtime_gen._codec import Codec

            self._codecs = Codec(self.layout.params), Codec(self.layout.results)
        return self._codecs

    def values(self) -> tuple[Values, Values]:
        """New memory for the parameters and the results of a call that the library checks."""
        from wasmtime_gen._checkedcall import Values

        by_bits = self.layout is not self.type
        return Values(self.type.params, by_bits), Values(self.type.results, by_bits)

    def views(self, memory: Any) -> dict[str, Any]:
        """What the code of this form reads and writes `memory` by."""
        from wasmtime_gen._numbers import READS

        view: Any = memoryview(memory).cast("B")
        found: dict[str, Any] = {"memory": view, "write": self.pack, "read": self.unpack}
        if len(self.results) == 1:
            found["read"] = view.cast(READS[self.results[0]][0])
        if "v" in self.form:
            for format_ in set(self.form).intersection("iqfd"):
                found[f"view_{format_}"] = view.cast(format_)
        return found


def plan_of(type_: FuncType) -> Plan:
    """The plan for a type. Equal types have the same one, as long as it is remembered."""
    found = _plans.get(type_)
    if found is None:
        if len(_plans) >= _KEPT:
            _plans.clear()
        found = _plans.setdefault(type_, Plan(type_, type_))
    return found


def plan_by_bits(type_: FuncType) -> Plan:
    """The plan for calls that pass floats by their bits."""
    from wasmtime_gen._reinterpreting import by_bits

    return Plan(type_, by_bits(type_))
