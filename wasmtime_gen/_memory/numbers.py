"""Single numbers in memory: `memory.u32[address]`. They are little-endian, as in WebAssembly, and need no alignment."""

from __future__ import annotations

from _operator import index
from struct import Struct

from wasmtime_gen._memory.span import address_of
from wasmtime_gen._numbers import exact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Generic, TypeVar

    N = TypeVar("N", int, float)


class NumberKind:
    """How one kind of number lies in memory."""

    __slots__ = ("name", "pack", "pack_into", "size", "unpack_from")

    def __init__(self, name: str, format_: str) -> None:
        layout = Struct(f"<{format_}")
        self.name = name
        self.size = layout.size
        self.unpack_from = layout.unpack_from
        self.pack_into = layout.pack_into
        self.pack = layout.pack

    def encoded(self, value: Any) -> bytes:
        """The bytes of a number, or the error that tells why it does not fit."""
        if self.name[0] == "f":
            return self.pack(exact(self.name, value, "the value"))
        try:
            number = index(value)
        except TypeError:
            raise TypeError(f"the value must be an int for {self.name}, not {type(value).__name__}") from None
        bits, signed = 8 * self.size, self.name[0] == "i"
        if not (-(1 << bits - 1) if signed else 0) <= number < 1 << bits - signed:
            least = f"-2**{bits - 1}" if signed else "0"
            raise OverflowError(
                f"the value is {number}, out of range for {self.name}: from {least} to 2**{bits - signed}-1"
            )
        return self.pack(number)


KINDS = {
    name: NumberKind(name, format_)
    for name, format_ in (
        ("i8", "b"),
        ("u8", "B"),
        ("i16", "h"),
        ("u16", "H"),
        ("i32", "i"),
        ("u32", "I"),
        ("i64", "q"),
        ("u64", "Q"),
        ("f32", "f"),
        ("f64", "d"),
    )
}

if TYPE_CHECKING:

    class Numbers(Generic[N]):
        """Numbers of one kind in a memory, by their address in bytes."""

        def __init__(self, kind: NumberKind, load: Callable[..., Any], store: Callable[..., Any]) -> None: ...
        def __getitem__(self, address: int) -> N: ...
        def __setitem__(self, address: int, value: N) -> None: ...

else:

    class Numbers:
        """Numbers of one kind in a memory, by their address in bytes."""

        __slots__ = ("_kind", "_load", "_store")

        def __init__(self, kind, load, store):
            self._kind = kind
            self._load = load
            self._store = store

        def __getitem__(self, address):
            return self._load(self._kind, address)

        def __setitem__(self, address, value):
            self._store(self._kind, address, value)

        __iter__ = None  # an address is no position: there is nothing to count through

        def __repr__(self):
            return f"<{self._kind.name} numbers of a memory, by address>"


def numbers(kind: NumberKind) -> Any:
    """The attribute of a memory that gives its numbers of this kind."""
    from wasmtime_gen._once import once

    def make(memory: Any) -> Numbers[Any]:
        return Numbers(kind, memory._load, memory._save)

    make.__doc__ = f"The {kind.name} numbers by their address in bytes: `memory.{kind.name}[address]`."
    return once(make)


def checked_key(key: Any) -> int:
    """The address in `memory.u32[address]`."""
    if isinstance(key, slice):
        raise TypeError("single numbers have no slices: memory.unpack() reads several, memory.numpy() gives them all")
    return address_of(key)
