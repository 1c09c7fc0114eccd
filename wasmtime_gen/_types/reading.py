"""From native value and function types to Python values. Everything is copied: the native ones stay their owner's.

The library describes all value types of a list into one buffer, and the bytes that tell their kinds look the ValTypes
up. wasm_valtype_kind is not used: it ends the process on what it cannot tell.
"""

from __future__ import annotations

import sys

from wasmtime_capi.cdata import addressof, c_char, c_size_t

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._raw import Vec, raw
from wasmtime_gen._types.functype import FuncType, functype
from wasmtime_gen._types.valtype import ABSTRACT, PLAIN, ValType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    K = TypeVar("K")
    V = TypeVar("V")
    Pointer = Any  # an address, or any ctypes pointer

Pointers = c_size_t * 2**58  # placed at any array of pointers, for a slice: a type per length costs more
_Eight = c_char * 256

# The layout of wasmtime_valtype_t, and codes of the C API. A test compares them with the generated ones: making the
# record would take a tenth of the time to import this package.
SIZE = 32
NULLABLE, HEAP, CONCRETE = 8, 16, 24
KINDS = dict(enumerate(PLAIN))
REF = 5
HEAPS = {
    0: "extern",
    1: "noextern",
    2: "func",
    4: "nofunc",
    5: "any",
    6: "none",
    7: "eq",
    8: "i31",
    9: "array",
    11: "struct",
    13: "exn",
    15: "noexn",
}


_plain: dict[bytes, tuple[ValType, ...]] = {}  # lists without references, by the codes of their kinds
_functypes: dict[tuple[int, bytes], FuncType] = {}  # the same for functions, with the number of parameters
_wary: list[int] = []  # addresses of all types but the concrete ones, once a type may be a continuation


def functype_from_native(pointer: Pointer, unfolding: Unfolding | None = None) -> FuncType:
    """The type at a wasm_functype_t*. Raises WasmtimeError for one that the C API cannot tell."""
    params, results = (
        Vec.from_address(raw.wasm_functype_params(pointer)),
        Vec.from_address(raw.wasm_functype_results(pointer)),
    )
    count = params[0]
    pointers = Pointers.from_address(params[1])[:count] if count else []
    if results[0]:
        pointers += Pointers.from_address(results[1])[: results[0]]
    if unfolding:
        unfolding.spend(len(pointers))
    types, plain = _read(pointers, unfolding)
    if plain is None:
        return functype(types[:count], types[count:])
    key = count, plain
    found = _functypes.get(key)
    if found is None:
        found = functype(types[:count], types[count:])
        _remember(_functypes, key, found)
    return found


def valtype_from_native(pointer: Pointer, unfolding: Unfolding | None = None) -> ValType:
    """The type at a wasm_valtype_t*. Raises WasmtimeError for one that the C API cannot tell."""
    return _read([address_of(pointer)], unfolding)[0][0]


def address_of(pointer: Pointer) -> int:
    """The address that a ctypes pointer holds."""
    if isinstance(pointer, int):
        return pointer
    from ctypes import c_void_p, cast

    return cast(pointer, c_void_p).value or 0


def _read(pointers: list[int], unfolding: Unfolding | None) -> tuple[tuple[ValType, ...], bytes | None]:
    """The types at these addresses of wasm_valtype_t, and the codes of their kinds unless there are references."""
    if not pointers:
        return (), b""
    if _wary:
        _refuse_continuations(pointers)
    buffer = _Eight() if len(pointers) <= 8 else (c_char * (SIZE * len(pointers)))()
    here = start = addressof(buffer)
    owns = True
    try:
        for pointer in pointers:
            raw.wasmtime_valtype_new(pointer, here)
            here += SIZE
        described = buffer.raw
        kinds = described[: here - start : SIZE]
        found = _plain.get(kinds)
        if found is None:
            found = tuple([_decode(described, i * SIZE, at, unfolding) for i, at in enumerate(pointers)])
            if REF in kinds:
                return found, None
            _remember(_plain, kinds, found)
        owns = False
        return found, kinds
    finally:
        if owns:
            _release(buffer)


def _release(buffer: Any) -> None:
    """Free what was described: only references own something, and what was not described is zero."""
    described = buffer.raw
    for at in range(0, len(described), SIZE):
        if described[at] == REF:
            raw.wasmtime_valtype_delete(addressof(buffer) + at)


def _remember(known: dict[K, V], key: K, value: V) -> None:
    if len(known) >= 1000:
        known.clear()
    known[key] = value


def _decode(described: bytes, at: int, valtype: int, unfolding: Unfolding | None) -> ValType:
    kind = described[at]
    if kind != REF:
        return KINDS[kind]
    nullable = described[at + NULLABLE] != 0
    code = described[at + HEAP]
    abstract = HEAPS.get(code)
    if abstract:
        return ABSTRACT[abstract, nullable]
    from wasmtime_gen._types.heapreading import read_concrete

    pointer = int.from_bytes(described[at + CONCRETE : at + CONCRETE + 8], sys.byteorder)
    return ValType.ref(read_concrete(code, pointer, valtype, unfolding or Unfolding()), nullable=nullable)


class Unfolding:
    """Where reading is within concrete types: these may contain themselves, or unfold to a tree without measure."""

    __slots__ = ("_path", "_rest")
    DEEPEST = 8  # concrete types, one in another
    MOST = 1000  # types of values in all of them

    def __init__(self) -> None:
        self._path: list[int] = []
        self._rest = self.MOST

    def enter(self, valtype: int) -> bool:
        """Whether to tell what the native value type at this address refers to; if so, leave() it afterwards."""
        self._rest -= 1
        if (
            self._rest < 0
            or len(self._path) >= self.DEEPEST
            or any(raw.wasmtime_wasm_valtype_equal(valtype, outer) for outer in self._path)
        ):
            return False
        self._path.append(valtype)
        return True

    def spend(self, count: int) -> None:
        """Count the types of values within what was entered last."""
        self._rest -= count

    def leave(self) -> None:
        self._path.pop()


def beware_of_continuations() -> None:
    """From now on, make sure that no type is a reference to a continuation, which would end the process.

    For the first engine with stack switching: only there are such types. Comparing is safe, so what equals no type that
    the C API can tell is refused with a WasmtimeError. That includes concrete types, of all engines.
    """
    from wasmtime_gen._types.making import prototype

    if not _wary:
        _wary.extend([prototype(plain) for plain in (*PLAIN, *ABSTRACT.values())])


def _refuse_continuations(pointers: list[int]) -> None:
    for pointer in pointers:
        if not any(raw.wasmtime_wasm_valtype_equal(pointer, known) for known in _wary):
            raise WasmtimeError(
                "a type refers to a continuation or to a concrete type: the C API cannot tell the one, nor both apart, "
                "so neither can be read once there was an engine with wasm_stack_switching"
            )
