"""What Memory and SharedMemory have in common: all that is done with the bytes.

Each says in `_within` how a function of span.py gets the base and the size of now; Memory replaces the most
frequent operations by closures (access.py). Arguments become plain ints and bytes first: no code of a user runs
once the base is known.
"""

from __future__ import annotations

from wasmtime_gen._memory import span
from wasmtime_gen._memory.numbers import KINDS, checked_key, numbers
from wasmtime_gen._memory.span import address_of, octets, plain
from wasmtime_gen._numbers import unsigned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from struct import Struct
    from typing import Any, TypeVar, overload

    from typing_extensions import Buffer

    from wasmtime_gen._memory.numbers import NumberKind, Numbers

    R = TypeVar("R")
    C = TypeVar("C", bound=Any)


class LinearMemory:
    """Bytes by their address. Addresses and sizes are unsigned and in bytes: what is negative or beyond the size raises
    IndexError, and nothing wraps.
    """

    __slots__ = ()

    def _within(self, function: Callable[..., R], *args: Any) -> R:
        """Call function(base, size, *args) while the memory stays where it is."""
        raise NotImplementedError

    def _view(self, address: int, length: int | None) -> memoryview:
        """A view of bytes whose address and length are plain ints."""
        raise NotImplementedError

    def _array(self) -> Any:
        """What numpy takes as the buffer of the whole memory, as it is now."""
        raise NotImplementedError

    def _keep_array(self, whole: Any) -> None:
        """Keep the array of the whole memory, if that is of use."""

    if TYPE_CHECKING:
        i8: Numbers[int]
        u8: Numbers[int]
        i16: Numbers[int]
        u16: Numbers[int]
        i32: Numbers[int]
        u32: Numbers[int]
        i64: Numbers[int]
        u64: Numbers[int]
        f32: Numbers[float]
        f64: Numbers[float]
    else:
        i8, u8, i16, u16, i32, u32, i64, u64, f32, f64 = map(numbers, KINDS.values())

    def read(self, address: int, size: int) -> bytes:
        """A copy of `size` bytes."""
        return self._within(span.read, address_of(address), plain(size, "size"))

    def write(self, address: int, data: Buffer) -> None:
        """Put the bytes of anything that has a buffer at `address`."""
        with octets(data) as view:
            self._within(span.write, address_of(address), view)

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, key: int) -> int: ...
        @overload
        def __getitem__(self, key: slice) -> bytes: ...
        def __getitem__(self, key: int | slice) -> int | bytes: ...
        @overload
        def __setitem__(self, key: int, value: int) -> None: ...
        @overload
        def __setitem__(self, key: slice, value: Buffer) -> None: ...
        def __setitem__(self, key: int | slice, value: Any) -> None: ...
        def __iter__(self) -> Iterator[int]: ...

    else:

        def __getitem__(self, key):
            if not isinstance(key, slice):
                return self._within(span.read, address_of(key), 1)[0]
            start, stop = _bounds(key)
            return self._within(span.read, start, None if stop is None else stop - start)

        def __setitem__(self, key, value):
            if not isinstance(key, slice):
                self._within(span.write, address_of(key), memoryview(KINDS["u8"].encoded(value)))
                return
            start, stop = _bounds(key)
            with octets(value) as view:
                self._within(_assign, start, stop, view)

    def _load(self, kind: NumberKind, address: int) -> Any:
        return kind.unpack_from(self._within(span.read, checked_key(address), kind.size))[0]

    def _save(self, kind: NumberKind, address: int, value: Any) -> None:
        self._within(span.write, checked_key(address), memoryview(kind.encoded(value)))

    def __len__(self) -> int:
        return self._within(_size)

    def __bytes__(self) -> bytes:
        return self._within(span.read, 0, None)

    def __contains__(self, data: Buffer | int) -> bool:
        return self.find(KINDS["u8"].encoded(data) if isinstance(data, int) else data) >= 0

    @property
    def size(self) -> int:
        """The size in bytes, now."""
        return self._within(_size)

    def find(self, data: Buffer, start: int = 0, end: int | None = None) -> int:
        """The first address from `start` on, and before `end`, where these bytes lie; -1 if nowhere."""
        with octets(data) as view:
            wanted = bytes(view)
        return self._within(span.find, wanted, plain(start, "start"), None if end is None else plain(end, "end"))

    def fill(self, address: int, size: int, value: int = 0) -> None:
        """Set `size` bytes to `value`."""
        self._within(span.fill, address_of(address), plain(size, "size"), unsigned(value, 8, "value"))

    def copy_within(self, destination: int, source: int, size: int) -> None:
        """Copy `size` bytes from the address `source` to the address `destination`; both may overlap."""
        self._within(span.copy, plain(destination, "destination"), plain(source, "source"), plain(size, "size"))

    def read_string(self, address: int, size: int, errors: str = "strict") -> str:
        """The text whose UTF-8 encoding is `size` bytes long. `errors` is what bytes.decode() takes.

        Raises UnicodeDecodeError for bytes that are not UTF-8.
        """
        return self.read(address, size).decode("utf-8", errors)

    def write_string(self, address: int, text: str) -> int:
        """Put the UTF-8 encoding of `text` at `address`, and nothing behind it. Returns its size in bytes.

        Raises UnicodeEncodeError for a lone surrogate.
        """
        encoded = _encoded(text)
        self.write(address, encoded)
        return len(encoded)

    def read_cstring(self, address: int, limit: int = 65536, errors: str = "strict") -> str:
        """The text before the first NUL, which is looked for among `limit` bytes, and not beyond the memory's end.

        Raises ValueError when there is none.
        """
        found = self._within(span.read_terminated, address_of(address), unsigned(limit, 63, "limit"))
        return found.decode("utf-8", errors)

    def write_cstring(self, address: int, text: str, capacity: int) -> int:
        """Put the UTF-8 encoding of `text` and a NUL at `address`. Returns the size in bytes without the NUL.

        Raises ValueError when that is more than `capacity` bytes, or when the text holds a NUL itself.
        """
        encoded, most = _encoded(text), unsigned(capacity, 63, "capacity")
        if b"\0" in encoded:
            raise ValueError("the text holds a NUL, which ends a C string: use write_string()")
        if len(encoded) + 1 > most:
            raise ValueError(f"the text takes {len(encoded) + 1} bytes with its NUL, and there is room for {most}")
        self.write(address, encoded + b"\0")
        return len(encoded)

    def unpack(self, format: str | Struct, address: int) -> tuple[Any, ...]:
        """The values that a format of the module `struct` reads at `address`.

        A format that begins with no byte order is little-endian and without padding, as "<" makes it. Raises ValueError
        for one that is malformed.
        """
        from wasmtime_gen._memory.structs import layout

        found = layout(format)
        return found.unpack(self.read(address, found.size))

    def pack(self, format: str | Struct, address: int, *values: Any) -> None:
        """Put values at `address`, in a format as unpack() takes it. Raises struct.error for values that do not fit."""
        from wasmtime_gen._memory.structs import layout

        self.write(address, layout(format).pack(*values))

    def read_struct(self, address: int, kind: type[C]) -> C:
        """A copy of what lies at `address`, as this ctypes type: a Structure, a Union, an Array or a plain number.

        Raises TypeError for a type that holds pointers: they mean nothing here. Declare a guest's as c_uint32.
        """
        from ctypes import sizeof

        from wasmtime_gen._memory.structs import checked_ctype

        plain_kind = checked_ctype(kind)
        return plain_kind.from_buffer_copy(self.read(address, sizeof(plain_kind)))  # type: ignore[no-any-return]

    def write_struct(self, address: int, value: Any) -> None:
        """Put a ctypes value at `address`: what read_struct() reads. Raises TypeError as that does."""
        from wasmtime_gen._memory.structs import checked_ctype

        checked_ctype(type(value))
        self.write(address, memoryview(value).tobytes())

    def view(self, address: int = 0, size: int | None = None) -> memoryview:
        """The bytes themselves as a writable memoryview, without a copy; `size` None is up to the memory's end of now.

        It stays valid whatever happens: it keeps the native memory, even if the store is closed meanwhile, until it is
        gone itself. When the memory grows, the view keeps its size. Use it while no other thread runs the guest.
        Raises MemoryMovesError, a BufferError, for a memory that may move when it grows.
        """
        return self._view(address_of(address), None if size is None else plain(size, "size"))

    def __buffer__(self, flags: int, /) -> memoryview:
        """What bytes(memory), memoryview(memory) and the like use from Python 3.12 on: the same as view()."""
        return self._view(0, None)

    def numpy(self, dtype: Any = "uint8", address: int = 0, count: int | None = None) -> Any:
        """The numbers from `address` on as a numpy array of this dtype, without a copy, in the same way as view().

        `count` None is as many as there is room for. Raises MemoryMovesError as view() does, ImportError where numpy is
        not installed.
        """
        from wasmtime_gen._memory.numpyview import array

        return array(self, dtype, address_of(address), None if count is None else plain(count, "count", "items"))


def _bounds(key: slice) -> tuple[int, int | None]:
    """The addresses of a slice. Which part of it an int subclass overrides does not matter: plain ints come out."""
    if key.step is not None and plain(key.step, "the step of a slice") != 1:
        raise ValueError("a slice of a memory has no step: take the bytes, and slice these: memory[a:b][::2]")
    start = 0 if key.start is None else address_of(key.start)
    stop = None if key.stop is None else plain(key.stop, "the end of a slice")
    if stop is not None and stop < start:
        raise IndexError(f"the slice [{start}:{stop}] ends before it begins: addresses are unsigned, and nothing wraps")
    return start, stop


def _assign(base: int, size: int, start: int, stop: int | None, data: memoryview) -> None:
    length = span.rest(size, start, None if stop is None else stop - start)
    if length != data.nbytes:
        raise ValueError(f"a slice of {length} bytes cannot be set to {data.nbytes} bytes: a memory has a fixed order")
    span.write(base, size, start, data)


def _size(base: int, size: int) -> int:
    return size


def _encoded(text: str) -> bytes:
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    return str.encode(text)
