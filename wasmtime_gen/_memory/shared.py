"""SharedMemory: a linear memory that threads share. It belongs to an engine, and any store of it can use it."""

from __future__ import annotations

from wasmtime_capi.cdata import byref, c_uint64, c_void_p

from wasmtime_gen._engine import Engine
from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._handle import Handle, is_a, own
from wasmtime_gen._memory.access import pin, slice_of
from wasmtime_gen._memory.linear import LinearMemory
from wasmtime_gen._numbers import unsigned
from wasmtime_gen._once import once
from wasmtime_gen._raw import SHARED_MEMORY, Extern, raw, ready
from wasmtime_gen._trap import take_error
from wasmtime_gen._types.externreading import memorytype_from_native
from wasmtime_gen._types.making import memorytype_to_native
from wasmtime_gen._types.sized import MemoryType
from wasmtime_gen._types.valtype import type_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    R = TypeVar("R")

_delete = ready.wasmtime_sharedmemory_delete
_data = ready.wasmtime_sharedmemory_data
_data_size = ready.wasmtime_sharedmemory_data_size
_pages = ready.wasmtime_sharedmemory_size


class SharedMemory(LinearMemory, Handle):
    """A memory that guests in several stores and threads use at once, with all that Memory has.

    It needs an engine with `shared_memory=True`, and a type with a maximum. Define it in linkers like any item. It
    never moves, so there are views. Any thread may use it at any time, and nothing here waits: bytes that a guest
    writes meanwhile are seen old or new, and only a guest's own atomic instructions are atomic. The limits of stores do
    not count it.

    >>> from wasmtime_gen import Engine, SharedMemory
    >>> memory = SharedMemory(Engine(shared_memory=True), "1 2 shared")
    >>> memory.u32[0] = 7
    >>> memory.grow(1), memory.read(0, 4)
    (1, b'\\x07\\x00\\x00\\x00')
    """

    __slots__ = ("__dict__", "_base", "_engine", "_name")
    _kind = SHARED_MEMORY  # as items have one
    _engine: Engine
    _base: int  # tells which memory it is, as it never moves
    _name: str

    def __init__(self, engine: Engine, type: MemoryType | str) -> None:
        """A new memory full of zeros. `type` is a MemoryType or its text, such as "1 10 shared".

        Raises TypeError for a type that is not shared, WasmtimeError where the engine or the machine's memory do not
        allow it.
        """
        self._first_init()
        native_engine = own(engine, Engine, "engine")
        type_ = type_from(type, MemoryType)
        if not type_.shared:
            raise TypeError(f"type must be that of a shared memory, such as '1 10 shared', not {str(type_)!r}")
        made = c_void_p()
        native_type = memorytype_to_native(type_)
        try:
            error = raw.wasmtime_sharedmemory_new(native_engine.pointer, native_type, byref(made))
        finally:
            raw.wasm_memorytype_delete(native_type)
        if error:
            raise take_error(error)
        self._adopt(engine, made.value, "shared memory")
        self.__dict__["_type"] = type_

    @classmethod
    def _owning(cls, engine: Engine, pointer: int, name: str) -> SharedMemory:
        """A memory that exists already, from a native handle of its own."""
        self = cls.__new__(cls)
        self._adopt(engine, pointer, name)
        return self

    def _adopt(self, engine: Engine, pointer: int | None, name: str) -> None:
        native = self._own(pointer, _delete)
        self._engine = engine
        self._name = name
        self._base = _data(native.argument) or 0

    def _as_extern(self) -> Any:
        """The native item, for a call that copies it."""
        native = own(self, SharedMemory)
        made: Any = Extern(SHARED_MEMORY, native.pointer or 0)
        made.owner = native
        return made

    @property
    def engine(self) -> Engine:
        """The engine that it belongs to."""
        return self._engine

    @property
    def type(self) -> MemoryType:
        """The limits, in pages, and the kind of addresses."""
        return self._type

    @once
    def _type(self) -> MemoryType:
        native = own(self, SharedMemory)
        native_type = raw.wasmtime_sharedmemory_type(native.pointer)
        try:
            return memorytype_from_native(native_type)
        finally:
            raw.wasm_memorytype_delete(native_type)

    @property
    def pages(self) -> int:
        """The size in pages, now."""
        native = own(self, SharedMemory)
        return _pages(native.argument)  # type: ignore[no-any-return]

    @property
    def page_size(self) -> int:
        """The size of a page in bytes: 65536, unless the type says 1."""
        return self._type.page_size

    @property
    def can_move(self) -> bool:
        """False: a shared memory never moves."""
        return False

    def grow(self, delta: int) -> int:
        """Append `delta` pages of zeros. Returns the size before, in pages.

        Raises WasmtimeError where the type's maximum or the machine's memory do not allow it, OverflowError for a
        negative `delta`.
        """
        native, before = own(self, SharedMemory), c_uint64()
        error = raw.wasmtime_sharedmemory_grow(native.pointer, unsigned(delta, 64, "delta"), byref(before))
        if error:
            raise WasmtimeError(
                f"a memory of {_pages(native.argument)} pages cannot grow by {delta}: {take_error(error)}"
            )
        return before.value

    def _within(self, function: Callable[..., R], *args: Any) -> R:
        native = own(self, SharedMemory)
        # The base is asked first: the memory only grows, so that the size is never too large for it.
        return function(_data(native.argument) or 0, _data_size(native.argument), *args)

    def _array(self) -> Any:
        native = own(self, SharedMemory)
        return pin(_data(native.argument) or 0, _data_size(native.argument), native)

    def _view(self, address: int, length: int | None) -> memoryview:
        return slice_of(self._array(), address, length)

    def __eq__(self, other: object) -> bool:
        if not is_a(other, SharedMemory):
            return NotImplemented
        return self._engine is other._engine and self._base == other._base

    def __hash__(self) -> int:
        return hash((id(self._engine), self._base))

    def __repr__(self) -> str:
        from wasmtime_gen._printable import name_of

        return f"<SharedMemory {name_of(self._name)}{' (closed)' * self.closed}>"
