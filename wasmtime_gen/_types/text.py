"""From text to types: what str() of a type gives, and the spellings of WebAssembly text. Loaded when first used.

A text is split into tokens (tokens.py), and one recursive-descent reader takes them from left to right. The
functions at the top are all that the types call; each reads its text to the end, or raises ValueError.
"""

from __future__ import annotations

from wasmtime_gen._types.extern import ExportType, ImportType
from wasmtime_gen._types.functype import FuncType, GlobalType, TagType, functype, valtypes
from wasmtime_gen._types.heaptype import ArrayType, FieldType, OpaqueType, StructType
from wasmtime_gen._types.sized import WASM_PAGE, MemoryType, TableType
from wasmtime_gen._types.tokens import END, Tokens
from wasmtime_gen._types.valtype import NAMED, TOPS, DefinedType, ValType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NoReturn, TypeVar

    from wasmtime_gen._types.extern import ExternType

    T = TypeVar("T")

_DEEPEST = 50  # a text from elsewhere must not use up Python's stack


def parse_valtype(text: str) -> ValType:
    return _parse(text, "a value type", _Grammar.valtype)


def parse_heap(text: str) -> str | DefinedType:
    return _parse(text, "a heap type", lambda reader: reader.heap() if reader.sees("(") else reader.heap_name())


def parse_list(text: str) -> tuple[ValType, ...]:
    return _parse(text, "a list of value types", _Grammar.types_with_commas)


def parse_functype(text: str) -> FuncType:
    return _parse(text, "a function type", _Grammar.functype)


def parse_tagtype(text: str) -> TagType:
    return _parse(text, "a tag type", lambda reader: reader.outer("tag", reader.tagtype))


def parse_globaltype(text: str) -> GlobalType:
    return _parse(text, "a global type", lambda reader: reader.outer("global", reader.globaltype))


def parse_tabletype(text: str) -> TableType:
    return _parse(text, "a table type", lambda reader: reader.outer("table", reader.tabletype))


def parse_memorytype(text: str) -> MemoryType:
    return _parse(text, "a memory type", lambda reader: reader.outer("memory", reader.memorytype))


def parse_externtype(text: str) -> ExternType:
    return _parse(text, "the type of an import or export", _Grammar.externtype)


def parse_import(text: str) -> ImportType:
    return _parse(text, "an import", _Grammar.importtype)


def parse_export(text: str) -> ExportType:
    return _parse(text, "an export", _Grammar.exporttype)


def _parse(text: str, what: str, read: Callable[[_Grammar], T]) -> T:
    if not isinstance(text, str):
        raise TypeError(f"{what} is parsed from a str, not {type(text).__name__}")
    try:
        reader = _Grammar(text)
        found = read(reader)
        if not reader.sees(END):
            raise ValueError(f"{reader.next()} is left over at its end")
        return found
    except (ValueError, OverflowError) as error:
        shown = text if len(text) <= 200 else f"{text[:200]}..."
        raise ValueError(f"{shown!r} is not {what}: {error}") from None


class _Grammar(Tokens):
    """Reads types. Every method takes what it is named for, or raises ValueError."""

    depth = 0

    def outer(self, word: str, read: Callable[[], T]) -> T:
        """What `read` reads, in "(word ...)" or without that."""
        if not self.accept("(", word):
            return read()
        found = read()
        self.expect(")")
        return found

    def valtype(self) -> ValType:
        if not self.sees("("):
            word = self.word()
            return NAMED.get(word) or _unknown(word, "value type", NAMED)
        self.deeper()
        self.expect("(")
        self.expect("ref")
        nullable = self.accept("null")
        heap = self.heap() if self.sees("(") else self.heap_name()
        self.expect(")")
        self.depth -= 1
        return ValType.ref(heap, nullable=nullable)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ValueError(f"it is nested more than {_DEEPEST} deep")

    def heap_name(self) -> str:
        word = self.word()
        if word[0] == "$" or word.isdigit():
            raise ValueError(
                f"{word} refers to a type of a module: write the type itself, as in (ref (func (param i32)))"
            )
        return word if word in TOPS else _unknown(word, "heap type", TOPS)

    def heap(self) -> DefinedType:
        """A concrete heap type."""
        self.expect("(")
        form = self.word()
        if form in ("func", "struct", "array", "tag") and self.accept("...", ")"):
            return OpaqueType(form)
        made: DefinedType
        if form == "func":
            made = self.clauses()
        elif form == "tag":
            made = self.tagtype()
        elif form == "struct":
            made = self.structtype()
        elif form == "array":
            made = ArrayType(self.field())
        else:
            return _unknown(form, "heap type", ("func", "struct", "array", "tag"))
        self.expect(")")
        return made

    def structtype(self) -> StructType:
        fields = []
        while self.accept("(", "field"):
            self.skip_name()
            while not self.sees(")"):
                fields.append(self.field())
            self.expect(")")
        return StructType(fields)

    def field(self) -> FieldType:
        if self.accept("(", "mut"):
            made = FieldType(self.storage(), mutable=True)
            self.expect(")")
            return made
        return FieldType(self.storage())

    def storage(self) -> ValType | str:
        return self.take() if self.sees("i8") or self.sees("i16") else self.valtype()

    def functype(self) -> FuncType:
        if self.accept("(", "func"):
            made = self.clauses()
            self.expect(")")
            return made
        if self.sees("(", "param") or self.sees("(", "result"):
            return self.clauses()
        if "->" not in self.tokens:
            raise ValueError("it has no '->', as in 'i32, i32 -> i64'")
        params = self.types_with_commas()
        self.expect("->")
        return functype(valtypes(params, "params"), valtypes(self.types_with_commas(), "results"))

    def types_with_commas(self) -> tuple[ValType, ...]:
        """The types in "i32, i64", "(i32, i64)", "()" or nothing."""
        in_parentheses = self.sees("(") and not self.sees("(", "ref")
        if in_parentheses:
            self.expect("(")
        types = []
        if not (self.sees(")") or self.sees("->") or self.sees(END)):
            types.append(self.valtype())
            while self.accept(","):
                types.append(self.valtype())
        if in_parentheses:
            self.expect(")")
        return tuple(types)

    def clauses(self) -> FuncType:
        """(param i32 i32) (result i64): any number of both, parameters first."""
        params, results = (self.clause("param"), self.clause("result"))
        return functype(valtypes(params, "params"), valtypes(results, "results"))

    def clause(self, word: str) -> list[ValType]:
        types = []
        while self.accept("(", word):
            self.skip_name()
            while not self.sees(")"):
                types.append(self.valtype())
            self.expect(")")
        return types

    def tagtype(self) -> TagType:
        return TagType(self.clauses())

    def globaltype(self) -> GlobalType:
        if self.accept("(", "mut"):
            made = GlobalType(self.valtype(), mutable=True)
            self.expect(")")
            return made
        return GlobalType(self.valtype())

    def tabletype(self) -> TableType:
        is_64, minimum, maximum = self.limits()
        return TableType(self.valtype(), minimum, maximum, is_64=is_64)

    def memorytype(self) -> MemoryType:
        is_64, minimum, maximum = self.limits()
        shared = self.accept("shared")
        page_size = WASM_PAGE
        if self.accept("(", "pagesize"):
            page_size = self.number()
            self.expect(")")
        return MemoryType(minimum, maximum, is_64=is_64, shared=shared, page_size=page_size)

    def limits(self) -> tuple[bool, int, int | None]:
        is_64 = self.accept("i64") or (self.accept("i32") and False)
        minimum = self.number()
        return is_64, minimum, self.number() if self.tokens[self.at][:1].isdigit() else None

    def externtype(self) -> ExternType:
        readers: dict[str, Callable[[], ExternType]] = {
            "func": self.clauses,
            "global": self.globaltype,
            "table": self.tabletype,
            "memory": self.memorytype,
            "tag": self.tagtype,
        }
        for word, read in readers.items():
            if self.sees("(", word):
                return self.outer(word, read)
        return self.functype()

    def importtype(self) -> ImportType:
        self.expect("(")
        self.expect("import")
        made = ImportType(self.string(), self.string(), self.externtype())
        self.expect(")")
        return made

    def exporttype(self) -> ExportType:
        self.expect("(")
        self.expect("export")
        made = ExportType(self.string(), self.externtype())
        self.expect(")")
        return made


def _unknown(word: str, what: str, known: Iterable[str]) -> NoReturn:
    from difflib import get_close_matches

    near = _PYTHON.get(word) if what == "value type" else None
    near = near or next(iter(get_close_matches(word, known, 1)), None)
    raise ValueError(f"{word!r} is no {what}{f', did you mean {near!r}?' if near else ''}")


_PYTHON = {"int": "i32", "float": "f64", "bytes": "v128", "object": "externref"}
