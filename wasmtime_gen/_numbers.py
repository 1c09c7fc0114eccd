"""Numbers between Python and WebAssembly: how they are packed, their exact ranges, and errors that name the argument.

The fast paths write numbers with memoryviews and struct. What these refuse comes here, where i32 and i64 also take
their unsigned range, and everything that is wrong gets a sentence.
"""

from __future__ import annotations

from _operator import index
from _struct import Struct
from _struct import error as StructError  # type: ignore[attr-defined]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SIZE = 16  # bytes of one value in raw memory
# How struct packs numbers, each padded to the size of a value.
PACK = {"i32": "i12x", "i64": "q8x", "f32": "f12x", "f64": "d8x", "v128": "16s"}
# The kinds that struct refuses whatever does not fit; of bytes it would take any number.
NUMBERS = ("i32", "i64", "f32", "f64")
# Format and items per value of what a memoryview writes exactly: it would turn a float too large for f32 into infinity.
WRITES: dict[str, tuple[Any, int]] = {"i32": ("i", 4), "i64": ("q", 2), "f64": ("d", 2)}
READS = {**WRITES, "f32": ("f", 4)}
REFUSED = (ValueError, TypeError, OverflowError, StructError)
_BITS = {"i32": 32, "i64": 64}
STRUCTS = {kind: Struct("<" + pack) for kind, pack in PACK.items()}


def exact(kind: str, value: Any, role: str) -> Any:
    """A number as struct packs it for `kind`, or the error. `role` begins the error's sentence."""
    if kind in _BITS:
        return _integer(value, kind, role)
    return _vector(value, role) if kind == "v128" else _float(value, kind, role)


def _integer(value: Any, kind: str, role: str) -> int:
    bits = _BITS[kind]
    number = _index(value, f"{role} must be an int for {kind}")
    if not -(1 << bits - 1) <= number < 1 << bits:
        raise OverflowError(
            f"{role} is {shown(number)}, out of range for {kind}: from -2**{bits - 1} to 2**{bits}-1"
        ) from None
    return number if number < 1 << bits - 1 else number - (1 << bits)


def _float(value: Any, kind: str, role: str) -> float:
    if isinstance(value, (str, bytes, bytearray)) or not (hasattr(value, "__float__") or hasattr(value, "__index__")):
        raise TypeError(f"{role} must be a float for {kind}, not {type(value).__name__}") from None
    try:
        number = float(value)
        STRUCTS[kind].pack(number)
    except OverflowError:
        raise OverflowError(f"{role} is {shown(value)}, too large for {kind}") from None
    return number


def _vector(value: Any, role: str) -> bytes:
    if isinstance(value, (bytes, bytearray, memoryview)):
        content = memoryview(value).tobytes()
        if len(content) != SIZE:
            raise ValueError(f"{role} must be 16 bytes for v128, not {len(content)}") from None
        return content
    number = _index(value, f"{role} must be 16 bytes or an int for v128")
    if not -(1 << 127) <= number < 1 << 128:
        raise OverflowError(f"{role} is {shown(number)}, out of range for v128: from -2**127 to 2**128-1") from None
    return (number % (1 << 128)).to_bytes(SIZE, "little")


def unsigned(value: Any, bits: int, role: str) -> int:
    """An int from 0 to 2**bits-1, or the error that says what `role` should have been."""
    number = _index(value, f"{role} must be an int")
    if not 0 <= number < 1 << bits:
        raise OverflowError(f"{role} is {shown(number)}, but must be from 0 to 2**{bits}-1")
    return number


def _index(value: Any, must: str) -> int:
    """The int that a value is. What a class raises in its own __index__ comes out as it is."""
    if not hasattr(type(value), "__index__"):
        raise TypeError(f"{must}, not {type(value).__name__}") from None
    return index(value)


def shown(value: object) -> str:
    """A value as an error's sentence tells it: Python refuses to write ints of thousands of digits."""
    if not isinstance(value, int) or isinstance(value, bool):
        return f"{value!r:.60}"
    bits = int.bit_length(value)
    return int.__repr__(value) if bits <= _SHOWN else f"an int of {bits} bits"


_SHOWN = 128
