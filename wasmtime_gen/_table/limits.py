"""The limits of a module's tables, from its bytes: the C API cannot tell those of a 64-bit table.

Only the sections of imports, tables and exports are looked at. The module must be valid, as one that compiled is; what
is not understood raises WasmtimeError. (_probe.py reads imports with this, too.)
"""

from __future__ import annotations

from wasmtime_gen._errors import WasmtimeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    T = TypeVar("T")

_IMPORT, _TABLE, _EXPORT = 2, 4, 7
_FUNC_KIND, _TABLE_KIND, _MEMORY_KIND, _GLOBAL_KIND, _TAG_KIND = range(5)
# Imports that share the name of the module, and those that share their type too, stand behind these.
_COMPACT_TYPES, _COMPACT_NAMES = 0x7F, 0x7E


class Limits:
    """The sizes of a table, in elements, and whether its indices have 64 bits."""

    __slots__ = ("is_64", "maximum", "minimum")

    def __init__(self, minimum: int, maximum: int | None, is_64: bool) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.is_64 = is_64


def import_limits(wasm: bytes) -> dict[int, Limits]:
    """The limits of the imported tables, by their position among all imports."""
    return _checked(lambda: _imported(sections(wasm)))


def export_limits(wasm: bytes) -> dict[str, Limits]:
    """The limits of the exported tables, by name."""
    return _checked(lambda: _exported(sections(wasm)))


def _checked(read: Callable[[], T]) -> T:
    try:
        return read()
    except (IndexError, ValueError) as error:
        reason = "they end too early" if isinstance(error, IndexError) else error
        raise WasmtimeError(f"the tables of a module cannot be read from its wasm bytes: {reason}") from None


def sections(wasm: bytes, wanted: tuple[int, ...] = (_IMPORT, _TABLE, _EXPORT)) -> dict[int, Bytes]:
    """The wanted sections by their code. An absent one is empty: zero entries."""
    if wasm[:8] != b"\0asm\1\0\0\0":
        raise ValueError("they do not begin as a module does")
    found = {code: Bytes(b"\0") for code in wanted}
    reader = Bytes(wasm, 8)
    while reader.at < len(wasm):
        code, size = reader.byte(), reader.number()
        if code in found:
            found[code] = Bytes(wasm[reader.at : reader.at + size])
        reader.at += size
    return found


def _imported(parts: dict[int, Bytes]) -> dict[int, Limits]:
    found = (limits for _, _, _, limits in imports(parts[_IMPORT]))
    return {position: limits for position, limits in enumerate(found) if limits}


def imports(reader: Bytes) -> Iterator[tuple[bytes, bytes, bytes, Limits | None]]:
    """Each import: both parts of its name and its type as they stand in the bytes, and the limits if it is a table."""
    for _ in range(reader.number()):
        module, name = reader.name(), reader.name()
        form = reader.data[reader.at]
        if form == _COMPACT_TYPES:
            reader.byte()
            for _ in range(reader.number()):
                yield (module, reader.name(), *reader.externtype())
        elif form == _COMPACT_NAMES:
            reader.byte()
            shared = reader.externtype()
            for _ in range(reader.number()):
                yield (module, reader.name(), *shared)
        else:
            yield (module, name, *reader.externtype())


def _exported(parts: dict[int, Bytes]) -> dict[str, Limits]:
    tables = [*_imported(parts).values(), *defined_tables(parts[_TABLE])]
    reader = parts[_EXPORT]
    found = {}
    for _ in range(reader.number()):
        name = reader.take(reader.number()).decode()
        kind, index = reader.byte(), reader.number()
        if kind == _TABLE_KIND:
            found[name] = tables[index]
    return found


def defined_tables(reader: Bytes) -> Iterator[Limits]:
    for _ in range(reader.number()):
        with_value = reader.data[reader.at] == 0x40
        if with_value:
            reader.take(2)
        reader.skip_valtype()
        yield reader.limits()
        if with_value:
            reader.skip_expression()


class Bytes:
    """A part of a module's bytes, read from front to back."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        """An unsigned LEB128. It skips a signed one, too."""
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7

    def take(self, count: int) -> bytes:
        self.at += count
        if self.at > len(self.data):
            raise IndexError
        return self.data[self.at - count : self.at]

    def name(self) -> bytes:
        return self.take(self.number())

    def skip_valtype(self) -> None:
        if self.byte() in (0x63, 0x64):  # ref null, ref
            self.number()

    def limits(self) -> Limits:
        flags = self.byte()
        minimum = self.number()
        maximum = self.number() if flags & 1 else None
        if flags & 8:
            self.number()  # of the size of a memory's pages
        return Limits(minimum, maximum, bool(flags & 4))

    def externtype(self) -> tuple[bytes, Limits | None]:
        """The type of an import as it stands here, and the limits if it is that of a table."""
        start, limits = self.at, None
        kind = self.byte()
        if kind == _FUNC_KIND:
            self.number()
        elif kind == _TABLE_KIND:
            self.skip_valtype()
            limits = self.limits()
        elif kind == _MEMORY_KIND:
            self.limits()
        elif kind == _GLOBAL_KIND:
            self.skip_valtype()
            self.byte()
        elif kind == _TAG_KIND:
            self.byte()
            self.number()
        else:
            raise ValueError(f"an import has the unknown kind {kind:#x}")
        return self.data[start : self.at], limits

    def skip_expression(self) -> None:
        """A constant expression."""
        while True:
            opcode = self.byte()
            if opcode in (0xFB, 0xFD):
                opcode = opcode << 8 | self.number()
            if opcode == _END:
                return
            if opcode not in _IMMEDIATES:
                raise ValueError(f"a constant expression has the unknown opcode {opcode:#x}")
            numbers, plain = _IMMEDIATES[opcode]
            for _ in range(numbers):
                self.number()
            self.take(plain)


_END = 0x0B
# The opcodes of constant expressions, with how many LEB128 numbers and how many bytes stand behind each.
_IMMEDIATES = {
    0x23: (1, 0),  # global.get
    0x41: (1, 0),  # i32.const
    0x42: (1, 0),  # i64.const
    0x43: (0, 4),  # f32.const
    0x44: (0, 8),  # f64.const
    **dict.fromkeys((0x6A, 0x6B, 0x6C, 0x7C, 0x7D, 0x7E), (0, 0)),  # add, sub, mul
    0xD0: (1, 0),  # ref.null
    0xD2: (1, 0),  # ref.func
    0xFB00: (1, 0),  # struct.new
    0xFB01: (1, 0),  # struct.new_default
    0xFB06: (1, 0),  # array.new
    0xFB07: (1, 0),  # array.new_default
    0xFB08: (2, 0),  # array.new_fixed
    0xFB1A: (0, 0),  # any.convert_extern
    0xFB1B: (0, 0),  # extern.convert_any
    0xFB1C: (0, 0),  # ref.i31
    0xFD0C: (0, 16),  # v128.const
}
