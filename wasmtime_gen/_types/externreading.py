"""From native types of imports and exports to Python values. Everything is copied: the native ones stay their owner's.

wasm_tabletype_limits ends the process on a limit above 2**32-1, and there is no other getter, nor one that tells a
64-bit table. So the limits of tables come from the module's bytes (_table/limits.py).
"""

from __future__ import annotations

from wasmtime_capi.cdata import byref, c_uint64, string_at

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._raw import Vec, raw
from wasmtime_gen._types.extern import ExportType, ImportType
from wasmtime_gen._types.functype import GlobalType, TagType
from wasmtime_gen._types.reading import Pointers, functype_from_native, valtype_from_native
from wasmtime_gen._types.sized import MemoryType, TableType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._table.limits import Limits
    from wasmtime_gen._types.extern import ExternType
    from wasmtime_gen._types.reading import Pointer

# Codes of the C API. A test compares them with the generated ones, which take longer to import.
FUNC, GLOBAL, TABLE, MEMORY, TAG = range(5)
VAR = 1


def imports_from_native(module: Pointer, wasm: bytes | None) -> tuple[ImportType, ...]:
    """What the module at a wasmtime_module_t* imports, in order. `wasm` is what it was compiled from.

    Raises WasmtimeError for a type that the C API cannot tell, and for any table without `wasm`.
    """
    limits: dict[int, Limits] | None = None
    made = []
    vec = Vec()
    raw.wasmtime_module_imports(module, byref(vec))
    try:
        for position, pointer in enumerate(_pointers(vec)):
            type_ = raw.wasm_importtype_type(pointer)
            if limits is None and raw.wasm_externtype_kind(type_) == TABLE:
                from wasmtime_gen._table.limits import import_limits

                limits = import_limits(_needed(wasm))
            found = externtype_from_native(type_, limits.get(position) if limits else None)
            made.append(
                ImportType(_text(raw.wasm_importtype_module(pointer)), _text(raw.wasm_importtype_name(pointer)), found)
            )
        return tuple(made)
    finally:
        raw.wasm_importtype_vec_delete(byref(vec))


def names_of_imports(module: Pointer) -> list[tuple[str, str]]:
    """The names of what the module at a wasmtime_module_t* imports, in order, whatever their types are."""
    vec = Vec()
    raw.wasmtime_module_imports(module, byref(vec))
    try:
        return [
            (_text(raw.wasm_importtype_module(pointer)), _text(raw.wasm_importtype_name(pointer)))
            for pointer in _pointers(vec)
        ]
    finally:
        raw.wasm_importtype_vec_delete(byref(vec))


def exports_from_native(module: Pointer, wasm: bytes | None) -> tuple[ExportType, ...]:
    """What the module at a wasmtime_module_t* exports, in order. `wasm` is what it was compiled from.

    Raises WasmtimeError for a type that the C API cannot tell, and for any table without `wasm`.
    """
    limits: dict[str, Limits] | None = None
    made = []
    vec = Vec()
    raw.wasmtime_module_exports(module, byref(vec))
    try:
        for pointer in _pointers(vec):
            type_, name = raw.wasm_exporttype_type(pointer), _text(raw.wasm_exporttype_name(pointer))
            if limits is None and raw.wasm_externtype_kind(type_) == TABLE:
                from wasmtime_gen._table.limits import export_limits

                limits = export_limits(_needed(wasm))
            made.append(ExportType(name, externtype_from_native(type_, limits.get(name) if limits else None)))
        return tuple(made)
    finally:
        raw.wasm_exporttype_vec_delete(byref(vec))


def externtype_from_native(pointer: Pointer, table: Limits | None = None) -> ExternType:
    """The type at a wasm_externtype_t*. A table needs its limits from elsewhere.

    Raises WasmtimeError for a type that the C API cannot tell, and for a table without `table`.
    """
    kind = raw.wasm_externtype_kind(pointer)
    if kind == FUNC:
        return functype_from_native(raw.wasm_externtype_as_functype_const(pointer))
    if kind == GLOBAL:
        return globaltype_from_native(raw.wasm_externtype_as_globaltype_const(pointer))
    if kind == MEMORY:
        return memorytype_from_native(raw.wasm_externtype_as_memorytype_const(pointer))
    if kind == TABLE:
        if table is None:
            raise WasmtimeError("the limits of a table cannot be read from its native type: the C API ends the process")
        return tabletype_from_native(raw.wasm_externtype_as_tabletype_const(pointer), table)
    return tagtype_from_native(raw.wasm_externtype_as_tagtype_const(pointer))


def globaltype_from_native(pointer: Pointer) -> GlobalType:
    """The type at a wasm_globaltype_t*."""
    return GlobalType(
        valtype_from_native(raw.wasm_globaltype_content(pointer)),
        mutable=raw.wasm_globaltype_mutability(pointer) == VAR,
    )


def tabletype_from_native(pointer: Pointer, limits: Limits) -> TableType:
    """The type at a wasm_tabletype_t*, whose limits are known from elsewhere."""
    return TableType(
        valtype_from_native(raw.wasm_tabletype_element(pointer)), limits.minimum, limits.maximum, is_64=limits.is_64
    )


def memorytype_from_native(pointer: Pointer) -> MemoryType:
    """The type at a wasm_memorytype_t*."""
    maximum = c_uint64()
    return MemoryType(
        raw.wasmtime_memorytype_minimum(pointer),
        maximum.value if raw.wasmtime_memorytype_maximum(pointer, byref(maximum)) else None,
        is_64=raw.wasmtime_memorytype_is64(pointer),
        shared=raw.wasmtime_memorytype_isshared(pointer),
        page_size=raw.wasmtime_memorytype_page_size(pointer),
    )


def tagtype_from_native(pointer: Pointer) -> TagType:
    """The type at a wasm_tagtype_t*."""
    return TagType(functype_from_native(raw.wasm_tagtype_functype(pointer)))


def _pointers(vec: Any) -> list[int]:
    return Pointers.from_address(vec[1])[: vec[0]] if vec[0] else []


def _text(vec: int) -> str:
    size, data = Vec.from_address(vec)
    return string_at(data, size).decode() if size else ""


def _needed(wasm: bytes | None) -> bytes:
    if wasm is None:
        raise WasmtimeError("the types of a module's tables can be read only where the module's wasm bytes are at hand")
    return wasm
