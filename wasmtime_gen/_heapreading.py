"""From native concrete heap types to Python values. Loaded when one is met."""

from __future__ import annotations

from ctypes import byref, c_bool, c_size_t, c_void_p

import wasmtime_capi as c
import wasmtime_capi.constants as codes

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._heaptype import ArrayType, FieldType, OpaqueType, StructType
from wasmtime_gen._raw import leaf
from wasmtime_gen._typereading import Unfolding, functype_from_native, valtype_from_native
from wasmtime_gen._types import TagType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmtime_gen._valtype import DefinedType

_num_fields = leaf("wasmtime_struct_type_num_fields", c_size_t, c_void_p)
_struct_field = leaf("wasmtime_struct_type_field", c_bool, c_void_p, c_size_t, c_void_p)
_array_element = leaf("wasmtime_array_type_element", None, c_void_p, c_void_p)
_field_delete = leaf("wasmtime_field_type_delete", None, c_void_p)
_exn_tag = leaf("wasmtime_exn_type_tag_type", c_void_p, c_void_p)
_tag_functype = leaf("wasm_tagtype_functype", c_void_p, c_void_p)
_tag_delete = leaf("wasm_tagtype_delete", None, c_void_p)
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


def _struct(pointer: int, unfolding: Unfolding) -> StructType:
    fields = range(_num_fields(pointer))
    unfolding.spend(len(fields))
    return StructType([_field(unfolding, _struct_field, pointer, index) for index in fields])


def _array(pointer: int, unfolding: Unfolding) -> ArrayType:
    return ArrayType(_field(unfolding, _array_element, pointer))


def _exception(pointer: int, unfolding: Unfolding) -> TagType:
    tag = _exn_tag(pointer)
    try:
        return TagType(functype_from_native(_tag_functype(tag), unfolding))
    finally:
        _tag_delete(tag)


def _field(unfolding: Unfolding, read: Callable[..., object], *of: int) -> FieldType:
    field = c.wasmtime_field_type_t()
    try:
        read(*of, byref(field))
        storage = PACKED.get(field.storage.kind) or valtype_from_native(field.storage.valtype, unfolding)
        return FieldType(storage, mutable=field.mutable_)
    finally:
        _field_delete(byref(field))


_FORMS: dict[int, tuple[str, Callable[[int, Unfolding], DefinedType]]] = {
    codes.WASMTIME_HEAPTYPE_KIND_CONCRETE_FUNC: ("func", functype_from_native),
    codes.WASMTIME_HEAPTYPE_KIND_CONCRETE_STRUCT: ("struct", _struct),
    codes.WASMTIME_HEAPTYPE_KIND_CONCRETE_ARRAY: ("array", _array),
    codes.WASMTIME_HEAPTYPE_KIND_CONCRETE_EXN: ("tag", _exception),
}
