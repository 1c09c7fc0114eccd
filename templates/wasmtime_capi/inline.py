"""The `static inline` functions of the headers, ported by hand: they have no symbol in the library.

Each port was made from a body whose digest stands in codegen/wasmtime.yaml; regen fails when a body changes.
"""

from __future__ import annotations

from ctypes import POINTER, byref, c_char_p, cast
from typing import Any

import wasmtime_capi as c

__all__ = [
    "wasm_functype_new_0_0",
    "wasm_functype_new_0_1",
    "wasm_functype_new_0_2",
    "wasm_functype_new_1_0",
    "wasm_functype_new_1_1",
    "wasm_functype_new_1_2",
    "wasm_functype_new_2_0",
    "wasm_functype_new_2_1",
    "wasm_functype_new_2_2",
    "wasm_functype_new_3_0",
    "wasm_functype_new_3_1",
    "wasm_functype_new_3_2",
    "wasm_name_new_from_string",
    "wasm_name_new_from_string_nt",
    "wasm_val_init_ptr",
    "wasm_val_ptr",
    "wasm_valkind_is_num",
    "wasm_valkind_is_ref",
    "wasm_valtype_is_num",
    "wasm_valtype_is_ref",
    "wasm_valtype_new_externref",
    "wasm_valtype_new_f32",
    "wasm_valtype_new_f64",
    "wasm_valtype_new_funcref",
    "wasm_valtype_new_i32",
    "wasm_valtype_new_i64",
    "wasmtime_anyref_is_null",
    "wasmtime_anyref_set_null",
    "wasmtime_arrayref_is_null",
    "wasmtime_arrayref_set_null",
    "wasmtime_eqref_is_null",
    "wasmtime_eqref_set_null",
    "wasmtime_exnref_is_null",
    "wasmtime_exnref_set_null",
    "wasmtime_externref_is_null",
    "wasmtime_externref_set_null",
    "wasmtime_funcref_is_null",
    "wasmtime_funcref_set_null",
    "wasmtime_structref_is_null",
    "wasmtime_structref_set_null",
]


# Value types


def wasm_valkind_is_num(k: int) -> bool:
    return k < c.WASM_EXTERNREF


def wasm_valkind_is_ref(k: int) -> bool:
    return k >= c.WASM_EXTERNREF


def wasm_valtype_is_num(t: Any) -> bool:
    return wasm_valkind_is_num(c.wasm_valtype_kind(t))


def wasm_valtype_is_ref(t: Any) -> bool:
    return wasm_valkind_is_ref(c.wasm_valtype_kind(t))


def wasm_valtype_new_i32() -> Any:
    return c.wasm_valtype_new(c.WASM_I32)


def wasm_valtype_new_i64() -> Any:
    return c.wasm_valtype_new(c.WASM_I64)


def wasm_valtype_new_f32() -> Any:
    return c.wasm_valtype_new(c.WASM_F32)


def wasm_valtype_new_f64() -> Any:
    return c.wasm_valtype_new(c.WASM_F64)


def wasm_valtype_new_externref() -> Any:
    return c.wasm_valtype_new(c.WASM_EXTERNREF)


def wasm_valtype_new_funcref() -> Any:
    return c.wasm_valtype_new(c.WASM_FUNCREF)


# Function types


def _functype(params: tuple[Any, ...], results: tuple[Any, ...]) -> Any:
    """Takes the value types over, as wasm_functype_new does."""
    return c.wasm_functype_new(byref(_valtypes(params)), byref(_valtypes(results)))


def _valtypes(types: tuple[Any, ...]) -> Any:
    made = c.wasm_valtype_vec_t()
    c.wasm_valtype_vec_new(byref(made), len(types), (POINTER(c.wasm_valtype_t) * len(types))(*types))
    return made


def wasm_functype_new_0_0() -> Any:
    return _functype((), ())


def wasm_functype_new_1_0(p: Any) -> Any:
    return _functype((p,), ())


def wasm_functype_new_2_0(p1: Any, p2: Any) -> Any:
    return _functype((p1, p2), ())


def wasm_functype_new_3_0(p1: Any, p2: Any, p3: Any) -> Any:
    return _functype((p1, p2, p3), ())


def wasm_functype_new_0_1(r: Any) -> Any:
    return _functype((), (r,))


def wasm_functype_new_1_1(p: Any, r: Any) -> Any:
    return _functype((p,), (r,))


def wasm_functype_new_2_1(p1: Any, p2: Any, r: Any) -> Any:
    return _functype((p1, p2), (r,))


def wasm_functype_new_3_1(p1: Any, p2: Any, p3: Any, r: Any) -> Any:
    return _functype((p1, p2, p3), (r,))


def wasm_functype_new_0_2(r1: Any, r2: Any) -> Any:
    return _functype((), (r1, r2))


def wasm_functype_new_1_2(p: Any, r1: Any, r2: Any) -> Any:
    return _functype((p,), (r1, r2))


def wasm_functype_new_2_2(p1: Any, p2: Any, r1: Any, r2: Any) -> Any:
    return _functype((p1, p2), (r1, r2))


def wasm_functype_new_3_2(p1: Any, p2: Any, p3: Any, r1: Any, r2: Any) -> Any:
    return _functype((p1, p2, p3), (r1, r2))


# Names and values


def wasm_name_new_from_string(out: Any, s: Any) -> None:
    text = cast(s, c_char_p).value or b""  # up to the first NUL, as strlen sees it
    c.wasm_byte_vec_new(out, len(text), text)


def wasm_name_new_from_string_nt(out: Any, s: Any) -> None:
    text = cast(s, c_char_p).value or b""
    c.wasm_byte_vec_new(out, len(text) + 1, text)  # a bytes object ends with the NUL that is copied along


def wasm_val_init_ptr(out: Any, p: int | None) -> None:
    value = _record(out)
    value.kind = c.WASM_I64
    value.of.i64 = p or 0


def wasm_val_ptr(val: Any) -> int | None:
    return _record(val).of.i64 % 2**64 or None


# References: the null reference of each kind has store_id 0


def _record(reference: Any) -> Any:
    """The record behind a pointer, a byref(), or the record itself."""
    if hasattr(reference, "contents"):
        return reference.contents
    return getattr(reference, "_obj", reference)


def _is_null(ref: Any) -> bool:
    return bool(_record(ref).store_id == 0)


def _set_null(ref: Any) -> None:
    _record(ref).store_id = 0


wasmtime_anyref_is_null = wasmtime_arrayref_is_null = wasmtime_eqref_is_null = wasmtime_exnref_is_null = _is_null
wasmtime_externref_is_null = wasmtime_funcref_is_null = wasmtime_structref_is_null = _is_null
wasmtime_anyref_set_null = wasmtime_arrayref_set_null = wasmtime_eqref_set_null = wasmtime_exnref_set_null = _set_null
wasmtime_externref_set_null = wasmtime_funcref_set_null = wasmtime_structref_set_null = _set_null
