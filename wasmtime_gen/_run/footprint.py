"""What the linear memories of a program take together: bounded before it runs, measured afterwards.

The library bounds each memory alone, by the same number. So a bound for all is divided: the largest share is looked for
with which those that can grow so far and the whole of those that cannot fit into it. With one memory, which nearly all
programs have, that is the bound itself. Objects of the garbage collector lie in a heap that the library bounds as one
more memory. Shared memories it does not bound at all: they count with the maximum that each has.
"""

from __future__ import annotations

from functools import lru_cache

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._table.limits import Bytes, defined_tables, imports, sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._instance import Instance

_TYPE, _IMPORT, _TABLE, _MEMORY, _EXPORT, _TAG = 1, 2, 4, 5, 7, 13
_MEMORY_KIND = 2
_MAXIMUM, _SHARED, _64, _PAGE_SIZE = 1, 2, 4, 8  # flags of a memory's limits
_FUNC = 0x60  # of a type; all others are objects
_ELEMENTS = 10_000  # that a table may grow to: each takes 8 or 16 bytes of the host


class _Memory:
    """The sizes of a memory in bytes."""

    __slots__ = ("maximum", "minimum", "shared")

    def __init__(self, reader: Bytes) -> None:
        flags, minimum = reader.byte(), reader.number()
        maximum = reader.number() if flags & _MAXIMUM else 1 << (64 if flags & _64 else 32)
        size = 1 << reader.number() if flags & _PAGE_SIZE else 1 << 16
        self.minimum = minimum * size
        self.maximum = min(maximum * size, 1 << (64 if flags & _64 else 32))
        self.shared = bool(flags & _SHARED)


class Footprint:
    """The memories of a module, which must be valid. All of them are exported by `names`: if not by the module itself,
    by that one of which the wasm is `exposed`.
    """

    exposed: bytes | None

    __slots__ = ("_elements", "_has_objects", "_memories", "_tables", "exposed", "names")

    def __init__(self, wasm: bytes) -> None:
        parts = sections(wasm, (_TYPE, _IMPORT, _TABLE, _MEMORY, _EXPORT, _TAG))
        reader = parts[_MEMORY]
        self._memories = [_Memory(reader) for _ in range(reader.number())]
        tables = list(defined_tables(parts[_TABLE]))
        self._tables = len(tables)
        self._elements = max([table.minimum for table in tables], default=0)
        self._has_objects = parts[_TAG].number() > 0 or _has_object_types(parts[_TYPE])
        # Imported memories come first, and nobody can give a program one.
        before = sum([kind[0] == _MEMORY_KIND for _, _, kind, _ in imports(parts[_IMPORT])])
        known = _exported(parts[_EXPORT])
        named = {index: name for name, (kind, index) in known.items() if kind == _MEMORY_KIND}
        wanted = range(before, before + len(self._memories))
        new = {index: _unused(f"memory {index}", known) for index in wanted if index not in named}
        self.exposed = _with_exports(wasm, new) if new and known else None  # without any export it is no program
        self.names = [(named | new)[index] for index in wanted]

    def limits(self, bound: int) -> dict[str, int]:
        """What Store.set_limits() takes so that all memories together never have more than `bound` bytes.

        Raises WasmtimeError when they begin with more, or share it so unevenly that it cannot be divided.
        """
        alone = [memory for memory in self._memories if not memory.shared]
        room = bound - sum([memory.maximum for memory in self._memories if memory.shared])
        maxima = [memory.maximum for memory in alone]
        share = _share(maxima + [1 << 64] * self._has_objects, room)
        begin = max([memory.minimum for memory in self._memories], default=0)
        if not maxima and not self._has_objects:
            share = begin  # which the library compares for shared memories, too
        if room < 0 or begin > share:
            raise WasmtimeError(self._refusal(bound))
        return {
            "memory_size": min(share, (1 << 63) - 1),
            "memories": len(self._memories),
            "tables": self._tables,
            "table_elements": min(max(self._elements, _ELEMENTS), (1 << 63) - 1),
            "instances": 1,
        }

    def _refusal(self, bound: int) -> str:
        alone = [memory.minimum for memory in self._memories if not memory.shared]
        shared = sum([memory.maximum for memory in self._memories if memory.shared])
        begin = max([memory.minimum for memory in self._memories], default=0)
        enough = shared + begin * (len(alone) + self._has_objects)
        parts = [
            f"{memory.maximum} bytes that may be shared" if memory.shared else f"{memory.minimum} bytes or more"
            for memory in self._memories
        ] + ["objects"] * self._has_objects
        return (
            f"the program's memories do not fit into memory={bound}: they are {', '.join(parts)}. Each that grows may "
            f"grow to the same size, so memory={enough} is enough"
        )

    def measure(self, instance: Instance | None) -> int:
        """The bytes of all memories, which never shrink; of those that were to be made, when none was."""
        if instance is None:
            return sum([memory.minimum for memory in self._memories])
        found: list[Any] = [instance.exports[name] for name in self.names]
        return sum([memory.size for memory in found])


@lru_cache(maxsize=16)
def footprint(wasm: bytes) -> Footprint:
    """The footprint of a module, remembered as its code is (_process.py)."""
    try:
        return Footprint(wasm)
    except (IndexError, ValueError) as error:  # what this file does not know yet
        raise WasmtimeError(f"the memories of the program cannot be read from its wasm: {error}") from None


def _share(maxima: list[int], room: int) -> int:
    """The largest number so that the sum of maxima, each cut down to it, is within the room."""
    for position, maximum in enumerate(sorted(maxima)):
        share = max(room, 0) // (len(maxima) - position)
        if maximum > share:
            return share
        room -= maximum
    return 1 << 64


def _has_object_types(reader: Bytes) -> bool:
    """Whether there is any type that is not a function's. What is not understood is taken for one."""
    for _ in range(reader.number()):
        if reader.byte() != _FUNC:
            return True
        for _side in range(2):
            for _value in range(reader.number()):
                reader.skip_valtype()
    return False


def _exported(reader: Bytes) -> dict[str, tuple[int, int]]:
    """What is exported: of which kind, and its index."""
    return {reader.name().decode(): (reader.byte(), reader.number()) for _ in range(reader.number())}


def _unused(name: str, known: dict[str, tuple[int, int]]) -> str:
    while name in known:
        name += "'"
    return name


def _with_exports(wasm: bytes, memories: dict[int, str]) -> bytes:
    """The module with these exports added. It must have some already: a program has."""
    reader = Bytes(wasm, 8)
    while True:
        start, code, size = reader.at, reader.byte(), reader.number()
        if code == _EXPORT:
            break
        reader.at += size
    end, count = reader.at + size, reader.number()
    entries = [_text(name) + bytes([_MEMORY_KIND]) + _leb(index) for index, name in memories.items()]
    content = _leb(count + len(entries)) + wasm[reader.at : end] + b"".join(entries)
    return wasm[:start] + bytes([_EXPORT]) + _leb(len(content)) + content + wasm[end:]


def _text(text: str) -> bytes:
    encoded = text.encode()
    return _leb(len(encoded)) + encoded


def _leb(number: int) -> bytes:
    found = bytearray()
    while True:
        number, byte = number >> 7, number & 0x7F
        found.append(byte | 0x80 * (number > 0))
        if not number:
            return bytes(found)
