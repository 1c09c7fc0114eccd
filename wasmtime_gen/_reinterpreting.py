"""Floats by their bits: f32 as i32 and f64 as i64, which is what reinterpret does in WebAssembly.

A Python float has 64 bits. On the way from and to 32 of them the processor makes every signalling NaN a quiet one, so
a float cannot tell all that an f32 holds; the int of its bits can.
"""

from __future__ import annotations

from wasmtime_gen._types.functype import FuncType, functype
from wasmtime_gen._types.valtype import ValType

_BITS = {ValType.f32: ValType.i32, ValType.f64: ValType.i64}


def bits_of(type_: ValType) -> ValType:
    """The type by which values of `type_` travel."""
    return _BITS.get(type_, type_)


def by_bits(type_: FuncType) -> FuncType:
    """The type of a function whose floats travel by their bits."""
    return functype(tuple(map(bits_of, type_.params)), tuple(map(bits_of, type_.results)))
