"""Probe modules: a few imports of a module, alone, for the library to say whether they fit what a linker defines.

A probe is the module's type section verbatim and the imports in question. So declared supertypes, recursive types,
limits and tags mean in it what they mean in the module, and nothing is compared in Python.
"""

from __future__ import annotations

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._table.limits import imports, sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_TYPE, _IMPORT = 1, 2
#: The kinds of imports by the first byte of their type.
KINDS = ("function", "table", "memory", "global", "tag")


class Import:
    """An import as the module's bytes tell it: both parts of the name, and the type in the binary format."""

    __slots__ = ("kind", "module", "name", "type")

    def __init__(self, module: bytes, name: bytes, type: bytes) -> None:
        self.module = module.decode()
        self.name = name.decode()
        self.type = type
        self.kind = KINDS[type[0]]


class Probes:
    """Makes probes from the bytes of a valid module. `imports` are its imports, in order, and `names` their names."""

    __slots__ = ("_types", "imports", "names")

    def __init__(self, wasm: bytes) -> None:
        try:
            found = sections(wasm, (_TYPE, _IMPORT))
            self._types = found[_TYPE].data
            self.imports = [Import(module, name, type) for module, name, type, _ in imports(found[_IMPORT])]
            self.names = [(each.module, each.name) for each in self.imports]
        except (IndexError, ValueError) as error:
            raise WasmtimeError(f"the imports of a module cannot be read from its wasm bytes: {error}") from None

    def probe(self, wanted: Iterable[Import]) -> bytes:
        """A module that has these imports and nothing else."""
        entries = [_sized(each.module.encode()) + _sized(each.name.encode()) + each.type for each in wanted]
        section = _number(len(entries)) + b"".join(entries)
        return b"\0asm\1\0\0\0\1" + _sized(self._types) + b"\2" + _sized(section)


def _sized(data: bytes) -> bytes:
    return _number(len(data)) + data


def _number(number: int) -> bytes:
    """An unsigned LEB128."""
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
