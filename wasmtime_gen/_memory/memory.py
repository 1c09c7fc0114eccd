"""Memory: the linear memory of guests, in a store. What can be done with the bytes is in linear.py."""

from __future__ import annotations

from wasmtime_capi.cdata import byref, c_uint64

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._extern import CLASSES, Item, new_extern
from wasmtime_gen._handle import checked
from wasmtime_gen._memory.access import KnownMemory, MemoryAccess, slice_of
from wasmtime_gen._memory.linear import LinearMemory
from wasmtime_gen._numbers import unsigned
from wasmtime_gen._once import once
from wasmtime_gen._raw import MEMORY, raw
from wasmtime_gen._store import Store
from wasmtime_gen._trap import take_error
from wasmtime_gen._turn import accessing, guarded
from wasmtime_gen._types.externreading import memorytype_from_native
from wasmtime_gen._types.making import memorytype_to_native
from wasmtime_gen._types.sized import MemoryType
from wasmtime_gen._types.valtype import type_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    R = TypeVar("R")


class Memory(LinearMemory, Item):
    """A linear memory of a store: bytes by their address.

    `memory[a:b]`, `memory[a]`, read() and write() copy; `memory.u32[address]` and its like are single numbers; and
    view() and numpy() are the bytes themselves, of a memory that cannot move. What is negative or out of range raises
    IndexError: nothing wraps.

    >>> from wasmtime_gen import Engine, Memory, Store
    >>> memory = Memory(Store(Engine()), "1")
    >>> memory[0:5] = b"hello"
    >>> memory.u32[8] = 2**32 - 1
    >>> memory.read(0, 12), memory.i32[8], len(memory)
    (b'hello\\x00\\x00\\x00\\xff\\xff\\xff\\xff', -1, 65536)
    """

    __slots__ = ("__dict__",)
    _kind = MEMORY
    _word = "memory"

    def __init__(self, store: Store, type: MemoryType | str) -> None:
        """A new memory full of zeros, for modules to import.

        `type` is a MemoryType or its text, such as "1 10" for from 1 to 10 pages of 64 KiB. Raises WasmtimeError for
        what the store's limits or the machine's memory do not allow, TypeError for a shared one: see SharedMemory.
        """
        self._first_init()
        checked(store, Store, "store")
        type_ = type_from(type, MemoryType)
        if type_.shared:
            raise TypeError("a shared memory belongs to no store: make it with SharedMemory(engine, type)")
        extern = new_extern(MEMORY)
        guarded(store, _create, store, type_, extern)
        self._bind(store, extern, "memory")
        self.__dict__["_type"] = type_

    @property
    def type(self) -> MemoryType:
        """The limits, in pages, and the kind of addresses."""
        return self._type

    @property
    def _type(self) -> MemoryType:
        return self._known.type

    @property
    def pages(self) -> int:
        """The size in pages, now."""
        checked(self, Memory, "self")
        return accessing(self._store, raw.wasmtime_memory_size, self._store._address, self._record)  # type: ignore[no-any-return]

    @property
    def page_size(self) -> int:
        """The size of a page in bytes: 65536, unless the type says 1."""
        return self._known.type.page_size

    def grow(self, delta: int) -> int:
        """Append `delta` pages of zeros. Returns the size before, in pages.

        Raises WasmtimeError where the type's maximum, the store's limits or the machine's memory do not allow it,
        OverflowError for a negative `delta`.
        """
        checked(self, Memory, "self")
        return guarded(self._store, _grow_by, self, unsigned(delta, 64, "delta"))

    @property
    def can_move(self) -> bool:
        """Whether the memory may move when it grows, so that there are no views of it.

        A default 32-bit memory never does; a 64-bit one may, unless the engine has memory_may_move=False.
        """
        return self._known.moves

    @once
    def _access(self) -> MemoryAccess:
        return MemoryAccess(self._store, self._record, self._known)

    @once
    def _known(self) -> KnownMemory:
        kept, key = self._store._kept, self._identity()
        found = kept.get(key)
        if not isinstance(found, KnownMemory):
            type_ = self.__dict__.get("_type") or accessing(self._store, _read_type, self._store._address, self._record)
            found = KnownMemory(type_, self._store._engine._config)
            self._store._keep(found, key)
        return found

    @once
    def _within(self) -> Callable[..., Any]:
        return self._access.within

    if not TYPE_CHECKING:
        # Each is made when it is first asked for, and hides the method of LinearMemory that it falls back on.
        def _hiding(name, code):
            fallback = getattr(LinearMemory, name)

            def make(self):
                return self._access.closure(code, _Fallback(self._access).__getattribute__(name))

            make.__doc__ = fallback.__doc__
            return once(make)

        read, write = _hiding("read", "read"), _hiding("write", "write")
        _get, _put = _hiding("__getitem__", "get"), _hiding("__setitem__", "put")
        _load, _save = _hiding("_load", "load"), _hiding("_save", "save")
        del _hiding

        def __getitem__(self, key):
            return self._get(key)

        def __setitem__(self, key, value):
            self._put(key, value)

        @once
        def read_cstring(self):
            made = self._access.closure("read_cstring", _Fallback(self._access).read_cstring)
            if isinstance(made, _Function):
                made.__defaults__ = (65536, "strict")
            return made

        @once
        def view(self):
            made = self._access.view_closure("view", _Fallback(self._access).view)
            if isinstance(made, _Function):
                made.__defaults__ = (0, None)
            return made

        @once
        def numpy(self):
            from wasmtime_gen._memory.numpyview import BYTE, frombuffer

            made = self._access.view_closure("numpy", _Fallback(self._access).numpy, frombuffer=frombuffer, byte=BYTE)
            if isinstance(made, _Function):
                made.__defaults__ = (BYTE, 0, None)
            return made

        for _method in (read_cstring, view, numpy):
            _method.__doc__ = getattr(LinearMemory, _method._make.__name__).__doc__
        del _method

    def _view(self, address: int, length: int | None) -> memoryview:
        return _Fallback(self._access)._view(address, length)


CLASSES[MEMORY] = Memory
_Function = type(lambda: None)


class _Fallback(LinearMemory):
    """The longer way: what a memory's closures call. It does not refer to the Memory, which refers to them."""

    __slots__ = ("__dict__", "_access")

    def __init__(self, access: MemoryAccess) -> None:
        self._access = access

    def _within(self, function: Callable[..., R], *args: Any) -> R:
        return self._access.within(function, *args)

    def _array(self) -> Any:
        return self._access.pinned()

    def _keep_array(self, whole: Any) -> None:
        self._access.keep_array(whole)

    def _view(self, address: int, length: int | None) -> memoryview:
        return slice_of(self._access.pinned(), address, length)


def _create(store: Store, type_: MemoryType, extern: Any) -> None:
    native = memorytype_to_native(type_)
    try:
        error = raw.wasmtime_memory_new(store._address, native, byref(extern, 8))
    finally:
        raw.wasm_memorytype_delete(native)
    if error:
        raise take_error(error)


def _read_type(context: int, record: Any) -> MemoryType:
    native = raw.wasmtime_memory_type(context, record)
    try:
        return memorytype_from_native(native)
    finally:
        raw.wasm_memorytype_delete(native)


def _grow_by(memory: Memory, delta: int) -> int:
    before = c_uint64()
    context, record = memory._store._address, memory._record
    error = raw.wasmtime_memory_grow(context, record, delta, byref(before))
    if error:
        pages = raw.wasmtime_memory_size(context, record)
        raise WasmtimeError(f"a memory of {pages} pages cannot grow by {delta}: {take_error(error)}")
    return before.value
