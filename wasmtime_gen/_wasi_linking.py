"""Defining WASI in a linker, and the look at a store before a guest can miss it there."""

from __future__ import annotations

from ctypes import c_char_p, c_size_t, c_void_p

import wasmtime_capi as c

from wasmtime_gen._definitions import Definition
from wasmtime_gen._raw import raw
from wasmtime_gen._typemaking import functype_to_native
from wasmtime_gen._types import FuncType
from wasmtime_gen._wasi_calls import MODULE, REPLACEMENTS, TYPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._definitions import Name

_name = (c_char_p, c_size_t)
_define_wasi = raw("wasmtime_linker_define_wasi", c_void_p, c_void_p)
_define_func = raw("wasmtime_linker_define_func_unchecked", c_void_p, c_void_p, *_name, *_name, *[c_void_p] * 4)


class WasiDefinition(Definition):
    """A function of WASI. Its type is read when it is asked for: there are many, and few are."""

    __slots__ = ("_text",)

    needs_wasi = True

    def __init__(self, text: str) -> None:
        self.store = None
        self._text = text

    @property
    def kind(self) -> str:
        return "function"

    @property
    def type(self) -> FuncType:
        return FuncType.parse(self._text)


def definitions() -> dict[Name, Definition]:
    """What define_wasi() defines."""
    return {(MODULE, name): WasiDefinition(text) for name, text in TYPES.items()}


def define(linker: Any, shadowing: bool) -> int | None:
    """Define the library's functions, and ours in the place of some of them. The result is the address of an error."""
    error: int | None = _define_wasi(linker)
    if error:
        return error
    c.wasmtime_linker_allow_shadowing(linker, True)
    try:
        for name, callback in REPLACEMENTS.items():
            type_ = functype_to_native(FuncType.parse(TYPES[name]))
            try:
                names = (MODULE.encode(), len(MODULE), name.encode(), len(name))
                error = _define_func(linker, *names, type_, callback, None, None)
            finally:
                c.wasm_functype_delete(type_)
            if error:
                return error
    finally:
        c.wasmtime_linker_allow_shadowing(linker, shadowing)
    return None
