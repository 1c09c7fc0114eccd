"""Defining WASI in a linker, and the look at a store before a guest can miss it there."""

from __future__ import annotations

from wasmtime_capi.cdata import byref, c_void_p

from wasmtime_gen._definitions import Definition
from wasmtime_gen._handle import owning
from wasmtime_gen._raw import Vec, raw
from wasmtime_gen._wasi.calls import MODULE, REPLACEMENTS, TYPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._definitions import Name
    from wasmtime_gen._types.functype import FuncType


# Types of i32 alone are made without the modules that can make every type: they take a millisecond to import.
_I32 = 0  # a test compares it with the generated constant, which takes longer to import


def _numbers(text: str) -> Any:
    """A wasm_valtype_vec_t of as many i32 as the text has, for wasm_functype_new to take over."""
    vec, count = Vec(), text.count("i32")
    raw.wasm_valtype_vec_new(byref(vec), count, (c_void_p * count)(*[raw.wasm_valtype_new(_I32) for _ in range(count)]))
    return byref(vec)


class WasiDefinition(Definition):
    """A function of WASI. Its type is read when it is asked for: there are many, and few are."""

    __slots__ = ("_text",)

    needs_wasi = True

    def __init__(self, text: str) -> None:
        self.store = self.callback = self.earlier = None
        self._text = text

    @property
    def kind(self) -> str:
        return "function"

    @property
    def type(self) -> FuncType:
        from wasmtime_gen._types.functype import FuncType

        return FuncType.parse(self._text)


def definitions() -> dict[Name, Definition]:
    """What define_wasi() defines."""
    return {(MODULE, name): WasiDefinition(text) for name, text in TYPES.items()}


def define(linker: Any, shadowing: bool) -> int | None:
    """Define the library's functions, and ours in the place of some of them. The result is the address of an error."""
    error: int | None = raw.wasmtime_linker_define_wasi(linker)
    if error:
        return error
    raw.wasmtime_linker_allow_shadowing(linker, True)
    try:
        for name, callback in REPLACEMENTS.items():
            params, _, results = TYPES[name].partition(" -> ")
            type_ = owning(raw.wasm_functype_new(_numbers(params), _numbers(results)), raw.wasm_functype_delete)
            names = (MODULE.encode(), len(MODULE), name.encode(), len(name))
            error = raw.wasmtime_linker_define_func_unchecked(linker, *names, type_.pointer, callback, None, None)
            if error:
                return error
    finally:
        raw.wasmtime_linker_allow_shadowing(linker, shadowing)
    return None
