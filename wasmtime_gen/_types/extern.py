"""The types of imports and exports: names with the type of a function, global, table, memory or tag."""

from __future__ import annotations

from wasmtime_gen._handle import checked
from wasmtime_gen._types.functype import FuncType, GlobalType, TagType
from wasmtime_gen._types.sized import MemoryType, TableType
from wasmtime_gen._types.valtype import Value, assign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    ExternType: TypeAlias = "FuncType | GlobalType | TableType | MemoryType | TagType"


class ImportType(Value):
    """What a module imports: the two parts of the name, and the type.

    >>> from wasmtime_gen import FuncType, ImportType
    >>> print(ImportType("env", "log", FuncType("i32 -> ()")))
    (import "env" "log" (func (param i32)))

    Raises TypeError unless the names are text and `type` is one of the types here or its text.
    """

    __slots__ = ("module", "name", "type")
    __match_args__ = ("module", "name", "type")

    #: The first part of the name: the module, or namespace.
    module: str
    #: The second part of the name.
    name: str
    #: A FuncType, GlobalType, TableType, MemoryType or TagType.
    type: ExternType

    def __init__(self, module: str, name: str, type: ExternType | str) -> None:
        assign(self, "module", _name(module, "module"))
        assign(self, "name", _name(name, "name"))
        assign(self, "type", externtype(type))

    @staticmethod
    def parse(text: str) -> ImportType:
        """The import in WebAssembly text.

        >>> from wasmtime_gen import ImportType
        >>> ImportType.parse('(import "env" "memory" (memory 1))')
        ImportType('env', 'memory', MemoryType(1))

        Raises ValueError when the text is not an import.
        """
        from wasmtime_gen._types.text import parse_import

        return parse_import(text)

    @property
    def wat(self) -> str:
        """The import as WebAssembly text writes it; str() gives the same."""
        return f"(import {quoted(self.module)} {quoted(self.name)} {self.type.wat})"

    def __repr__(self) -> str:
        return f"ImportType({self.module!r}, {self.name!r}, {self.type!r})"


class ExportType(Value):
    """What a module exports: the name, and the type.

    >>> from wasmtime_gen import ExportType, FuncType
    >>> print(ExportType("run", FuncType()))
    (export "run" (func))

    Raises TypeError unless the name is text and `type` is one of the types here or its text.
    """

    __slots__ = ("name", "type")
    __match_args__ = ("name", "type")

    #: The name.
    name: str
    #: A FuncType, GlobalType, TableType, MemoryType or TagType.
    type: ExternType

    def __init__(self, name: str, type: ExternType | str) -> None:
        assign(self, "name", _name(name, "name"))
        assign(self, "type", externtype(type))

    @staticmethod
    def parse(text: str) -> ExportType:
        """The export in the text that str() gives.

        >>> from wasmtime_gen import ExportType
        >>> ExportType.parse('(export "g" (global i64))')
        ExportType('g', GlobalType('i64'))

        Raises ValueError when the text is not an export.
        """
        from wasmtime_gen._types.text import parse_export

        return parse_export(text)

    @property
    def wat(self) -> str:
        """The export in the way of WebAssembly text; str() gives the same."""
        return f"(export {quoted(self.name)} {self.type.wat})"

    def __repr__(self) -> str:
        return f"ExportType({self.name!r}, {self.type!r})"


def externtype(given: ExternType | str) -> ExternType:
    """A type of something that can be imported or exported, given as such or as its text."""
    if isinstance(given, str):
        from wasmtime_gen._types.text import parse_externtype

        return parse_externtype(given)
    if not isinstance(given, (FuncType, GlobalType, TableType, MemoryType, TagType)):
        raise TypeError(f"type must be a FuncType, GlobalType, TableType, MemoryType or TagType, not {given!r}")
    return given


def _name(given: str, role: str) -> str:
    try:
        checked(given, str, role).encode()
    except UnicodeEncodeError:
        raise ValueError(f"{role} {given!r} holds a lone surrogate: names in WebAssembly are Unicode text") from None
    return given


_ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\"} | {code: f"\\{code:02x}" for code in (*range(32), 127)}


def quoted(text: str) -> str:
    """A string as WebAssembly text writes it."""
    return f'"{text.translate(_ESCAPES)}"'
