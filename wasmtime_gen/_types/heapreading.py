"""From native concrete heap types to Python values. Loaded when one is met."""

from __future__ import annotations

import wasmtime_capi as c
import wasmtime_capi.constants as codes
from wasmtime_capi.cdata import byref

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._raw import raw, ready
from wasmtime_gen._types.functype import TagType
from wasmtime_gen._types.heaptype import ArrayType, FieldType, OpaqueType, StructType
from wasmtime_gen._types.reading import HEAP as _HEAP
from wasmtime_gen._types.reading import REF, Unfolding, functype_from_native, valtype_from_native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._store import Store
    from wasmtime_gen._types.valtype import DefinedType, ValType

_any_type = ready.wasmtime_anyref_type
PACKED = {codes.WASMTIME_STORAGE_TYPE_KIND_I8: "i8", codes.WASMTIME_STORAGE_TYPE_KIND_I16: "i16"}


def read_concrete(code: int, pointer: int, valtype: int, unfolding: Unfolding) -> DefinedType:
    """The type of the kind `code` at `pointer`, which the value type at `valtype` refers to."""
    if code not in _FORMS:
        raise WasmtimeError(f"a type refers to a heap type of a kind that is not known here: its code is {code}")
    form, read = _FORMS[code]
    if not unfolding.enter(valtype):
        return OpaqueType(form)
    try:
        return read(pointer, unfolding)
    finally:
        unfolding.leave()


def type_of_reference(store: Store, root: Any) -> ValType:
    """The type of what a wasmtime_anyref_t refers to, which is not null."""
    described = c.wasmtime_valtype_t()
    _any_type(store._context, root, byref(described, _HEAP))
    described.kind = REF
    try:
        engine = store._engine._use()
        native = raw.wasmtime_valtype_to_wasm(engine.pointer, byref(described))
        try:
            return valtype_from_native(native)
        finally:
            raw.wasm_valtype_delete(native)
    finally:
        raw.wasmtime_valtype_delete(byref(described))


def _struct(pointer: int, unfolding: Unfolding) -> StructType:
    fields = range(raw.wasmtime_struct_type_num_fields(pointer))
    unfolding.spend(len(fields))
    return StructType([_field(unfolding, raw.wasmtime_struct_type_field, pointer, index) for index in fields])


def _array(pointer: int, unfolding: Unfolding) -> ArrayType:
    return ArrayType(_field(unfolding, raw.wasmtime_array_type_element, pointer))


def _exception(pointer: int, unfolding: Unfolding) -> TagType:
    tag = raw.wasmtime_exn_type_tag_type(pointer)
    try:
        return TagType(functype_from_native(raw.wasm_tagtype_functype(tag), unfolding))
    finally:
        raw.wasm_tagtype_delete(tag)


def _field(unfolding: Unfolding, read: Callable[..., object], *of: int) -> FieldType:
    field = c.wasmtime_field_type_t()
    try:
        read(*of, byref(field))
        storage = PACKED.get(field.storage.kind) or valtype_from_native(field.storage.valtype, unfolding)
        return FieldType(storage, mutable=field.mutable_)
    finally:
        raw.wasmtime_field_type_delete(byref(field))


_FORMS: dict[int, tuple[str, Callable[[int, Unfolding], DefinedType]]] = {
    codes.WASMTIME_HEAPTYPE_KIND_CONCRETE_FUNC: ("func", functype_from_native),
    codes.WASMTIME_HEAPTYPE_KIND_CONCRETE_STRUCT: ("struct", _struct),
    codes.WASMTIME_HEAPTYPE_KIND_CONCRETE_ARRAY: ("array", _array),
    codes.WASMTIME_HEAPTYPE_KIND_CONCRETE_EXN: ("tag", _exception),
}
