"""Memory and SharedMemory."""

from __future__ import annotations

import ctypes

import wasmtime_gen as core
from wasmtime_gen.compat.wasmtime._errors import WasmtimeError, translating, wrapped
from wasmtime_gen.compat.wasmtime._managed import Managed
from wasmtime_gen.compat.wasmtime._store import Engine, core_store, item_of
from wasmtime_gen.compat.wasmtime._types import MemoryType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wasmtime_gen.compat.wasmtime._store import Storelike


class Memory:
    """A linear memory of a store."""

    _core: core.Memory

    @translating
    def __init__(self, store: Storelike, ty: MemoryType) -> None:
        self._core = core.Memory(core_store(store), ty._core)

    @translating
    def type(self, store: Storelike) -> MemoryType:
        """Its type."""
        return wrapped(MemoryType, item_of(store, self).type)

    @translating
    def grow(self, store: Storelike, delta: int) -> int:
        """Append pages. Returns the number before."""
        if delta < 0:
            raise WasmtimeError("cannot grow by negative amount")
        item: core.Memory = item_of(store, self)
        return item.grow(delta)

    @translating
    def size(self, store: Storelike) -> int:
        """The number of pages."""
        item: core.Memory = item_of(store, self)
        return item.pages

    @translating
    def data_ptr(self, store: Storelike) -> ctypes._Pointer[ctypes.c_ubyte]:
        """The bytes as a pointer, whose bounds nobody checks. Raises WasmtimeError for a memory that may move."""
        return _pointer(item_of(store, self))

    @translating
    def get_buffer_ptr(
        self, store: Storelike, size: int | None = None, offset: int = 0
    ) -> ctypes.Array[ctypes.c_ubyte]:
        """`size` bytes from `offset` on as an array of ctypes, without a copy; all bytes if `size` is None.

        Raises IndexError beyond the memory, WasmtimeError for a memory that may move.
        """
        item: core.Memory = item_of(store, self)
        return _array(item, offset, len(item) if size is None else size)

    @translating
    def read(self, store: Storelike, start: int | None = 0, stop: int | None = None) -> bytearray:
        """A copy of the bytes of a slice, with the rules of slices of a list."""
        item: core.Memory = item_of(store, self)
        first, last, _ = slice(start, stop).indices(len(item))
        return bytearray(item.read(first, max(last - first, 0)))

    @translating
    def write(self, store: Storelike, value: bytearray | bytes, start: int | None = None) -> int:
        """Put bytes there; a negative start counts from the end. Raises IndexError beyond the memory."""
        item: core.Memory = item_of(store, self)
        size = len(item)
        first = slice(start, None).indices(size)[0]
        if first >= size:
            raise IndexError("index out of range")
        content = value if isinstance(value, bytearray) else bytearray(value)
        if first + len(content) > size:
            raise IndexError("index out of range")
        item.write(first, content)
        return len(content)

    @translating
    def data_len(self, store: Storelike) -> int:
        """The number of bytes."""
        return len(item_of(store, self))

    @translating
    def page_size(self, store: Storelike) -> int:
        """The size of a page in bytes."""
        item: core.Memory = item_of(store, self)
        return item.page_size

    @translating
    def page_size_log2(self, store: Storelike) -> int:
        """The same as a power of 2."""
        return self.page_size(store).bit_length() - 1


class SharedMemory(Managed):
    """A memory that threads share."""

    _core: core.SharedMemory

    @translating
    def __init__(self, engine: Engine, ty: MemoryType) -> None:
        try:
            self._core = core.SharedMemory(engine._core, ty._core)
        except TypeError as error:  # its type is not shared
            raise WasmtimeError(str(error)) from error

    @translating
    def type(self) -> MemoryType:
        """Its type."""
        return wrapped(MemoryType, self._core.type)

    @translating
    def grow(self, delta: int) -> int:
        """Append pages. Returns the number before."""
        if delta < 0:
            raise WasmtimeError("cannot grow by negative amount")
        return self._core.grow(delta)

    @translating
    def size(self) -> int:
        """The number of pages."""
        return self._core.pages

    @translating
    def data_ptr(self) -> ctypes._Pointer[ctypes.c_ubyte]:
        """The bytes as a pointer, whose bounds nobody checks."""
        return _pointer(self._core)

    @translating
    def data_len(self) -> int:
        """The number of bytes."""
        return len(self._core)


def _array(memory: core.Memory | core.SharedMemory, offset: int, size: int) -> ctypes.Array[ctypes.c_ubyte]:
    return (ctypes.c_ubyte * size).from_buffer(memory.view(offset, size))


def _pointer(memory: core.Memory | core.SharedMemory) -> ctypes._Pointer[ctypes.c_ubyte]:
    return ctypes.cast(_array(memory, 0, len(memory)), ctypes.POINTER(ctypes.c_ubyte))
