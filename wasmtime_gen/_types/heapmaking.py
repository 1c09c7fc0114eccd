"""From Python values to native references to concrete types. Loaded when one is made."""

from __future__ import annotations

from ctypes import POINTER, byref, c_void_p, cast

import wasmtime_capi as c
import wasmtime_capi.constants as codes

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._raw import Vec, raw
from wasmtime_gen._types.functype import FuncType, TagType
from wasmtime_gen._types.heaptype import ArrayType, StructType
from wasmtime_gen._types.making import (
    fill,
    functype_to_native,
    valtype_to_native,
)
from wasmtime_gen._types.reading import REF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from wasmtime_gen._types.heaptype import FieldType
    from wasmtime_gen._types.reading import Pointer
    from wasmtime_gen._types.valtype import DefinedType, ValType

_PACKED = {"i8": codes.WASMTIME_STORAGE_TYPE_KIND_I8, "i16": codes.WASMTIME_STORAGE_TYPE_KIND_I16}


def make_reference(type_: ValType, engine: Pointer) -> int:
    """The address of a new wasm_valtype_t for a reference to a concrete type."""
    heap: Any = type_.heap
    if type(heap) not in _MAKERS:
        raise WasmtimeError(f"{type_} cannot be made: the type that it refers to is not told entirely")
    if engine is None:
        raise WasmtimeError(f"{type_} cannot be made without an engine: it refers to a concrete type")
    code, make, delete = _MAKERS[type(heap)]
    concrete = make(heap, engine)
    try:
        described = c.wasmtime_valtype_t()
        described.kind = REF
        described.reftype.nullable = type_.nullable
        described.reftype.heaptype.kind = code
        described.reftype.heaptype.of.concrete_func = cast(concrete, POINTER(c.wasm_functype_t))  # a union of pointers
        made: int = raw.wasmtime_valtype_to_wasm(engine, byref(described))
        return made
    finally:
        delete(concrete)


def _struct(type_: StructType, engine: Pointer) -> Any:
    return _with_fields(
        type_.fields, engine, lambda fields: raw.wasmtime_struct_type_new(engine, byref(fields), len(fields))
    )


def _array(type_: ArrayType, engine: Pointer) -> Any:
    return _with_fields((type_.element,), engine, lambda fields: raw.wasmtime_array_type_new(engine, byref(fields)))


def _with_fields(types: Sequence[FieldType], engine: Pointer, make: Callable[[Any], Any]) -> Any:
    owned = []
    try:
        fields = (c.wasmtime_field_type_t * len(types))()
        for field, type_ in zip(fields, types, strict=True):
            field.mutable_ = type_.mutable
            if isinstance(type_.storage, str):
                field.storage.kind = _PACKED[type_.storage]
            else:
                made = valtype_to_native(type_.storage, engine)
                field.storage.valtype = cast(made, POINTER(c.wasm_valtype_t))
                field.storage.kind = codes.WASMTIME_STORAGE_TYPE_KIND_VALTYPE
                owned.append(made)
        return make(fields)
    finally:
        for address in owned:
            raw.wasm_valtype_delete(address)


def _exception(type_: TagType, engine: Pointer) -> Any:
    if type_.type.results:
        raise WasmtimeError(f"{type_} has results: it is no type of exceptions")
    params, made = Vec(), c_void_p()
    fill(params, type_.type.params, engine)
    try:
        error = raw.wasmtime_exn_type_new(engine, byref(params), byref(made))
    finally:
        raw.wasm_valtype_vec_delete(byref(params))
    if error:
        from wasmtime_gen._trap import error_text

        raise WasmtimeError(f"{type_} cannot be made: {error_text(error)}")
    return made.value


_MAKERS: dict[type[DefinedType], tuple[int, Callable[[Any, Pointer], Any], Callable[[Any], object]]] = {
    FuncType: (codes.WASMTIME_HEAPTYPE_KIND_CONCRETE_FUNC, functype_to_native, raw.wasm_functype_delete),
    StructType: (codes.WASMTIME_HEAPTYPE_KIND_CONCRETE_STRUCT, _struct, raw.wasmtime_struct_type_delete),
    ArrayType: (codes.WASMTIME_HEAPTYPE_KIND_CONCRETE_ARRAY, _array, raw.wasmtime_array_type_delete),
    TagType: (codes.WASMTIME_HEAPTYPE_KIND_CONCRETE_EXN, _exception, raw.wasmtime_exn_type_delete),
}
