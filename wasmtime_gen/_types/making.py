"""From Python values to native types. Each returns a pointer that the caller owns, and either deletes or hands on.

A native function or tag type belongs to the first engine that uses it: make a new one for each use. Native value types
without a concrete heap type belong to no engine, so there is one prototype of each (29 at most), of which the library
makes copies.
"""

from __future__ import annotations

from wasmtime_capi.cdata import addressof, byref, c_size_t, c_void_p, simple

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._raw import Vec, raw
from wasmtime_gen._types.reading import HEAP, HEAPS, KINDS, NULLABLE, REF, SIZE
from wasmtime_gen._types.valtype import DefinedType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from wasmtime_gen._types.functype import FuncType, GlobalType, TagType
    from wasmtime_gen._types.reading import Pointer
    from wasmtime_gen._types.sized import MemoryType, TableType
    from wasmtime_gen._types.valtype import ValType

_Eight = c_size_t * 8
_Limits = simple("I") * 2  # a wasm_limits_t
CONST, VAR = 0, 1  # of wasm_mutability_t
_NO_MAXIMUM = 2**32 - 1  # how wasm_limits_t says that there is none
_KIND_CODES = {plain.kind: code for code, plain in KINDS.items()}
_HEAP_CODES: dict[Any, int] = {heap: code for code, heap in HEAPS.items()}


_prototypes: dict[ValType, int] = {}


def functype_to_native(type_: FuncType, engine: Pointer = None) -> Any:
    """A new wasm_functype_t*. `engine`, a wasm_engine_t*, is needed for concrete reference types only.

    Raises WasmtimeError for a type that the C API cannot make.
    """
    params, results = Vec(), Vec()
    try:
        fill(params, type_.params, engine)
        fill(results, type_.results, engine)
        return raw.wasm_functype_new(byref(params), byref(results))
    finally:
        # Empty once wasm_functype_new has taken what they hold.
        if params[1]:
            raw.wasm_valtype_vec_delete(byref(params))
        if results[1]:
            raw.wasm_valtype_vec_delete(byref(results))


def fill(vec: Any, types: Sequence[ValType], engine: Pointer) -> None:
    """Make the native types of a list: copies of prototypes, of which the library makes the whole list in one call."""
    count = len(types)
    if not count:
        return
    owned: list[int] = []
    try:
        pointers = (_Eight if count <= 8 else c_size_t * count)()
        for position, type_ in enumerate(types):
            made = _prototypes.get(type_) or _made(type_, engine, owned)
            pointers[position] = made
        raw.wasm_valtype_vec_copy(byref(vec), byref(Vec(count, addressof(pointers))))
    finally:
        for address in owned:
            raw.wasm_valtype_delete(address)


def _made(type_: ValType, engine: Pointer, owned: list[int]) -> int:
    """The address of a wasm_valtype_t, added to `owned` unless it is a prototype."""
    if not isinstance(type_.heap, DefinedType):
        return prototype(type_)
    from wasmtime_gen._types.heapmaking import make_reference

    owned.append(make_reference(type_, engine))
    return owned[-1]


def prototype(type_: ValType) -> int:
    """The address of the wasm_valtype_t that all of this type are copied from. The type is not concrete."""
    found = _prototypes.get(type_)
    if found is None:
        described = bytearray(SIZE)
        described[0] = _KIND_CODES.get(type_.kind, REF)
        if type_.is_ref:
            described[NULLABLE] = type_.nullable
            described[HEAP] = _HEAP_CODES[type_.heap]
        made: int = raw.wasmtime_valtype_to_wasm(None, bytes(described))
        found = _prototypes.setdefault(type_, made)
        if found != made:  # another thread was faster
            raw.wasm_valtype_delete(made)
    return found


def valtype_to_native(type_: ValType, engine: Pointer = None) -> Any:
    """A new wasm_valtype_t*. `engine`, a wasm_engine_t*, is needed for concrete reference types only.

    Raises WasmtimeError for a type that the C API cannot make.
    """
    owned: list[int] = []
    address = _made(type_, engine, owned)
    return address if owned else raw.wasm_valtype_copy(address)


def tagtype_to_native(type_: TagType, engine: Pointer = None) -> Any:
    """A new wasm_tagtype_t*; otherwise as functype_to_native."""
    return raw.wasm_tagtype_new(functype_to_native(type_.type, engine))


def globaltype_to_native(type_: GlobalType, engine: Pointer = None) -> Any:
    """A new wasm_globaltype_t*; otherwise as functype_to_native."""
    return raw.wasm_globaltype_new(valtype_to_native(type_.content, engine), VAR if type_.mutable else CONST)


def tabletype_to_native(type_: TableType, engine: Pointer = None) -> Any:
    """A new wasm_tabletype_t*; otherwise as functype_to_native.

    The C API makes neither 64-bit tables nor ones with a maximum of exactly 2**32-1: WasmtimeError.
    """
    if type_.is_64:
        raise WasmtimeError(f"{type_} cannot be made by the host: the C API makes 32-bit tables only")
    if type_.maximum == _NO_MAXIMUM:
        raise WasmtimeError(f"{type_} cannot be made by the host: to the C API, {_NO_MAXIMUM} means no maximum")
    limits = _Limits(type_.minimum, _NO_MAXIMUM if type_.maximum is None else type_.maximum)
    return raw.wasm_tabletype_new(valtype_to_native(type_.element, engine), byref(limits))


def memorytype_to_native(type_: MemoryType) -> Any:
    """A new wasm_memorytype_t*. Raises WasmtimeError for a 64-bit memory that starts with 2**64 bytes."""
    made = c_void_p()
    page_size_log2 = type_.page_size.bit_length() - 1
    has_maximum = type_.maximum is not None
    error = raw.wasmtime_memorytype_new(
        type_.minimum, has_maximum, type_.maximum or 0, type_.is_64, type_.shared, page_size_log2, byref(made)
    )
    if error:
        from wasmtime_gen._trap import error_text

        raise WasmtimeError(f"{type_} cannot be made: {error_text(error)}")
    return made.value
