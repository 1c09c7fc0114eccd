"""What is done to the bytes at an address: each function gets the base and the size of a memory, both of now.

Whoever calls sees to it that the memory neither moves nor goes away meanwhile. So nothing here may run code of a user:
addresses are plain ints already, and data is bytes or a view of them. Every access is checked against the size.
"""

from __future__ import annotations

from _operator import index
from ctypes import c_char, memmove, memset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Placed at any memory, for a slice: to make a type for a size costs more than to copy 64 KiB.
_Bytes: Any = c_char * 2**62
_CHUNK = 1 << 16


def outside(address: int, length: int, size: int) -> IndexError:
    """The error for an access that is not within a memory of `size` bytes."""
    return IndexError(f"{length} bytes at address {address} are out of range: the memory has {size} bytes")


def check(size: int, address: int, length: int) -> None:
    """Raise IndexError unless these bytes are within a memory of `size` bytes. Nothing wraps."""
    if address < 0 or length < 0 or address + length > size:
        raise outside(address, length, size)


def rest(size: int, address: int, length: int | None) -> int:
    """`length`, or all from `address` on, checked."""
    if length is None:
        length = size - address if 0 <= address <= size else 0
    check(size, address, length)
    return length


def read(base: int, size: int, address: int, length: int | None) -> bytes:
    count = rest(size, address, length)
    return _Bytes.from_address(base + address)[:count]  # type: ignore[no-any-return]


def write(base: int, size: int, address: int, data: memoryview) -> None:
    check(size, address, data.nbytes)
    if data.nbytes:
        memoryview(_Bytes.from_address(base + address)).cast("B")[: data.nbytes] = data


def fill(base: int, size: int, address: int, length: int, value: int) -> None:
    check(size, address, length)
    if length:
        memset(base + address, value, length)


def copy(base: int, size: int, destination: int, source: int, length: int) -> None:
    check(size, destination, length)
    check(size, source, length)
    if length:
        memmove(base + destination, base + source, length)


def find(base: int, size: int, data: bytes, start: int, end: int | None, chunk: int = _CHUNK) -> int:
    """Copies piece by piece: Python searches nothing but bytes and the like."""
    stop = start + rest(size, start, None if end is None else end - start)
    whole = _Bytes.from_address(base)
    step, extra = max(chunk, 4 * len(data)), max(len(data) - 1, 0)
    for begin in range(start, stop + (start == stop), step):
        found: int = whole[begin : min(begin + step + extra, stop)].find(data)
        if found >= 0:
            return begin + found
    return -1


def read_terminated(base: int, size: int, address: int, limit: int) -> bytes:
    """The bytes before the first NUL, among the first `limit`."""
    check(size, address, 0)
    end = min(address + limit, size)
    found = find(base, size, b"\0", address, end, 256 if limit <= _CHUNK else _CHUNK)
    if found < 0:
        raise ValueError(f"no NUL ends the string within {end - address} bytes at address {address}")
    return read(base, size, address, found - address)


def address_of(given: Any) -> int:
    """An address as a plain int; it is checked where the size is known."""
    return plain(given, "address")


def plain(given: Any, role: str, unit: str = "bytes") -> int:
    try:
        return index(given)
    except TypeError:
        raise TypeError(f"{role} must be an int, a number of {unit}, not {type(given).__name__}") from None


def octets(data: Any) -> memoryview:
    """A view of anything that has a buffer, as bytes; of a copy where its bytes do not lie side by side."""
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError(f"data must be bytes or something else with a buffer, not {type(data).__name__}") from None
    if view.contiguous and view.ndim == 1:
        try:
            return view.cast("B")
        except (TypeError, ValueError):
            pass  # a format that memoryview does not know, such as that of a structure
    return memoryview(view.tobytes())
