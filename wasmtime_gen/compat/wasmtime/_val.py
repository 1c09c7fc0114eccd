"""Val, and what values become on their way to a guest and back."""

from __future__ import annotations

import struct

import wasmtime_gen as core
from wasmtime_gen.compat.wasmtime._errors import WasmtimeError, wrapped
from wasmtime_gen.compat.wasmtime._types import ValType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen.compat.wasmtime._func import Func

_BITS = {core.ValType.i32: 32, core.ValType.i64: 64}
_FLOATS = (core.ValType.f32, core.ValType.f64)


class Val:
    """A value together with its type."""

    def __init__(self, kind: ValType, val: Any) -> None:
        if not isinstance(kind, ValType):
            raise TypeError("the kind of a Val is a ValType here: make it with Val.i32(...) and its like")
        self._kind = kind
        self._val = val

    @classmethod
    def i32(cls, val: int) -> Val:
        """A 32-bit integer; more bits are cut off."""
        return Val(ValType.i32(), _integer(val, 32))

    @classmethod
    def i64(cls, val: int) -> Val:
        """A 64-bit integer; more bits are cut off."""
        return Val(ValType.i64(), _integer(val, 64))

    @classmethod
    def f32(cls, val: float) -> Val:
        """A 32-bit float."""
        return Val(ValType.f32(), _single(_float(val)))

    @classmethod
    def f64(cls, val: float) -> Val:
        """A 64-bit float."""
        return Val(ValType.f64(), _float(val))

    @classmethod
    def externref(cls, extern: Any | None) -> Val:
        """A reference to any object; None for null."""
        return Val(ValType.externref(), extern)

    @classmethod
    def funcref(cls, f: Func | None) -> Val:
        """A reference to a function; None for null."""
        return Val(ValType.funcref(), f)

    @classmethod
    def ref_null(cls, ty: ValType) -> Val:
        """The null reference of this type."""
        if ty not in (ValType.externref(), ValType.funcref()):
            raise WasmtimeError(f"Invalid reference type for `ref_null`: {ty}")
        return Val(ty, None)

    @property
    def value(self) -> Any:
        """What it holds, as Python has it."""
        return self._val

    @property
    def type(self) -> ValType:
        """Its type."""
        return self._kind

    def as_i32(self) -> int | None:
        """The integer, None if it is no i32."""
        return self._as(ValType.i32())  # type: ignore[no-any-return]

    def as_i64(self) -> int | None:
        """The integer, None if it is no i64."""
        return self._as(ValType.i64())  # type: ignore[no-any-return]

    def as_f32(self) -> float | None:
        """The float, None if it is no f32."""
        return self._as(ValType.f32())  # type: ignore[no-any-return]

    def as_f64(self) -> float | None:
        """The float, None if it is no f64."""
        return self._as(ValType.f64())  # type: ignore[no-any-return]

    def as_externref(self) -> Any | None:
        """The object, None if it is null or no externref."""
        return self._as(ValType.externref())

    def as_funcref(self) -> Func | None:
        """The function, None if it is null or no funcref."""
        return self._as(ValType.funcref())  # type: ignore[no-any-return]

    def _as(self, kind: ValType) -> Any:
        return self._val if self._kind == kind else None

    def __eq__(self, rhs: object) -> bool:
        if isinstance(rhs, Val):
            return self._kind == rhs._kind and bool(self._val == rhs._val)
        return bool(self._val == rhs)

    __hash__ = None  # type: ignore[assignment]  # as it equals its bare value


def to_core(type_: core.ValType, value: Any) -> Any:
    """A value, or a Val of this type, as wasmtime_gen takes it. Raises TypeError for what does not fit."""
    if isinstance(value, Val):
        if value._kind._core != type_:
            raise TypeError("wrong type of `Val` provided")
        value = value._val
    elif type_.heap == "extern" and type_.nullable:
        return value
    bits = _BITS.get(type_)
    if bits and isinstance(value, int):
        return _integer(value, bits)
    if type_ in _FLOATS and isinstance(value, float):
        return _single(value) if type_ is core.ValType.f32 else value
    if type_.top == "func" and hasattr(value, "_core"):
        return value._core
    if type_ is core.ValType.v128 or (type_.is_ref and (value is None or type_.top == "extern")):
        return value
    raise TypeError(f"don't know how to convert {value!r} to {wrapped(ValType, type_)}")


def from_core(type_: core.ValType, value: Any) -> Any:
    """A value of wasmtime_gen as programs of the package `wasmtime` expect it."""
    if isinstance(value, core.Func) and type_.top == "func":
        from wasmtime_gen.compat.wasmtime._func import Func

        return wrapped(Func, value)
    return value


def or_val(type_: core.ValType, value: Any, is_told: bool) -> Any:
    """The value of a global or an element; a Val where the original gives one."""
    return value if is_told else Val(wrapped(ValType, type_), value)


def _integer(value: Any, bits: int) -> int:
    if not isinstance(value, int):
        raise TypeError("expected an integer")
    half = 1 << bits - 1
    return (value + half & (1 << bits) - 1) - half


def _float(value: Any) -> float:
    if not isinstance(value, float):
        raise TypeError("expected a float")
    return value


def _single(value: float) -> float:
    """As an f32 holds it; what is too large becomes infinity."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
