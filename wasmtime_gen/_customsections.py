"""The custom sections of a module, and its name, from its bytes. The C API has no getters for them."""

from __future__ import annotations

from contextlib import suppress

from wasmtime_gen._errors import WasmtimeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = b"\0asm\1\0\0\0"
_CUSTOM = 0
_MODULE_NAME = 0  # the subsection of the section "name"


def custom_sections(wasm: bytes, name: str) -> tuple[bytes, ...]:
    """The contents of the custom sections of this name, in order. Raises WasmtimeError if `wasm` is no module."""
    wanted = name.encode(errors="surrogatepass")  # what no section's name can hold finds none
    return tuple(wasm[start:end] for found, start, end in _sections(wasm) if found == wanted)


def module_name(wasm: bytes) -> str | None:
    """The module's name, None if it has none. It is the one that the library writes into traces."""
    found = None
    for section in custom_sections(wasm, "name"):
        with suppress(IndexError, ValueError):
            found = _name_in(section, found)
    return found


def _name_in(section: bytes, before: str | None) -> str | None:
    """The module's name in a section "name". Where it stands behind another subsection, it does not count."""
    if not section or section[0] != _MODULE_NAME:
        return before
    size, start = _number(section, 1)
    name, end = _text(section, start, start + size)
    if end != start + size or end > len(section):
        return before
    return name.decode()


def _sections(wasm: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each custom section."""
    try:
        if not wasm.startswith(_HEADER):
            raise ValueError
        at = len(_HEADER)
        while at < len(wasm):
            code = wasm[at]
            size, start = _number(wasm, at + 1)
            at = start + size
            if at > len(wasm):
                raise IndexError
            if code == _CUSTOM:
                name, content = _text(wasm, start, at)
                yield name, content, at
    except (IndexError, ValueError):
        raise WasmtimeError("the custom sections cannot be read: these bytes are no module, or incomplete") from None


def _text(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    """A text with its length before it, which must end by `end`; and where it ended."""
    size, start = _number(data, at)
    if start + size > end:
        raise IndexError
    return data[start : start + size], start + size


def _number(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128 of 32 bits, and where it ended."""
    number = 0
    for position in range(5):
        byte = data[at + position]
        number |= (byte & 0x7F) << 7 * position
        if byte < 0x80:
            if number >= 1 << 32:
                break
            return number, at + position + 1
    raise ValueError("a number is longer than 32 bits")
