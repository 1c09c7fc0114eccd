"""Types print as text that parses back exactly, and the spellings of WebAssembly text are understood."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from wasmtime_gen._types.extern import ExportType, ImportType
from wasmtime_gen._types.functype import FuncType, GlobalType, TagType
from wasmtime_gen._types.heaptype import ArrayType, FieldType, OpaqueType, StructType
from wasmtime_gen._types.sized import MemoryType, TableType
from wasmtime_gen._types.valtype import ABSTRACT, PLAIN, DefinedType, ValType


class Types:
    """Random types."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def value(self, depth: int = 0) -> ValType:
        if depth < 3 and self.random.random() < 0.2:
            return ValType.ref(self.concrete(depth + 1), nullable=self.flag())
        return self.random.choice(PLAIN) if self.flag() else self.reference()

    def reference(self) -> ValType:
        return self.random.choice(list(ABSTRACT.values()))

    def concrete(self, depth: int) -> DefinedType:
        form = self.random.choice(["func", "tag", "struct", "array", "opaque"])
        if form == "func":
            return self.func(depth)
        if form == "tag":
            return TagType(self.func(depth))
        if form == "struct":
            return StructType([self.field(depth) for _ in range(self.random.randrange(4))])
        return ArrayType(self.field(depth)) if form == "array" else OpaqueType(self.random.choice(["func", "struct"]))

    def field(self, depth: int) -> FieldType:
        storage: Any = self.random.choice(["i8", "i16", self.value(depth)])
        return FieldType(storage, mutable=self.flag())

    def func(self, depth: int = 0) -> FuncType:
        params, results = ([self.value(depth) for _ in range(self.random.randrange(4))] for _ in range(2))
        return FuncType(params, results)

    def extern(self) -> Any:
        form = self.random.randrange(5)
        if form == 0:
            return self.func()
        if form == 1:
            return TagType(self.func())
        if form == 2:
            return GlobalType(self.value(), mutable=self.flag())
        is_64 = self.flag()
        if form == 3:
            return TableType(self.reference(), *self.limits(2**64 - 1 if is_64 else 2**32 - 1), is_64=is_64)
        page_size = self.random.choice([1, 65536])
        minimum, maximum = self.limits(min((2**64 if is_64 else 2**32) // page_size, 2**64 - 1))
        shared = maximum is not None and self.flag()
        return MemoryType(minimum, maximum, is_64=is_64, shared=shared, page_size=page_size)

    def limits(self, most: int) -> tuple[int, int | None]:
        low, high = sorted(self.random.choice([0, 1, most, self.random.randrange(most)]) for _ in range(2))
        return low, high if self.flag() else None

    def name(self) -> str:
        letters = "abé€\U0001f600 \"\\\n\t\0\x7f'();,->"
        return "".join(self.random.choices(letters, k=self.random.randrange(8)))

    def flag(self) -> bool:
        return self.random.random() < 0.5


@pytest.mark.parametrize("seed", range(5))
def test_random_types_parse_back_from_their_text(seed: int) -> None:
    types = Types(seed)
    for _ in range(400):
        value, extern = types.value(), types.extern()
        assert ValType.parse(str(value)) == ValType(value.wat) == value
        assert type(extern).parse(str(extern)) == type(extern).parse(extern.wat) == extern
        for made in (ImportType(types.name(), types.name(), extern), ExportType(types.name(), extern)):
            assert type(made).parse(str(made)) == made
            assert str(made).isprintable()
        assert ImportType("", "", extern.wat).type == extern


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (FuncType(), "() -> ()"),
        (FuncType("i32"), "i32 -> ()"),
        (FuncType("", "i32, i64"), "() -> i32, i64"),
        (FuncType([ValType.ref("func", nullable=False)], ["(ref null extern)"]), "(ref func) -> externref"),
        (ValType.ref(FuncType("i32, f32 -> v128")), "(ref null (func (param i32 f32) (result v128)))"),
        (GlobalType("i32"), "(global i32)"),
        (GlobalType("(ref any)", mutable=True), "(global (mut (ref any)))"),
        (TableType("externref", 1), "(table 1 externref)"),
        (TableType("funcref", 1, 2, is_64=True), "(table i64 1 2 funcref)"),
        (MemoryType(1), "(memory 1)"),
        (MemoryType(1, 2, is_64=True, shared=True, page_size=1), "(memory i64 1 2 shared (pagesize 1))"),
        (TagType("i32, i64"), "(tag (param i32 i64))"),
        (ImportType("env", 'say "hi"', TagType("")), '(import "env" "say \\"hi\\"" (tag))'),
        (ExportType("tab\there", FuncType("i32")), '(export "tab\\09here" (func (param i32)))'),
    ],
)
def test_a_type_prints_in_one_way(type_: Any, text: str) -> None:
    assert str(type_) == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("i32,i32->i64", FuncType("i32, i32", "i64")),
        ("  i32  ->  ", FuncType("i32")),
        ("-> i32", FuncType("", "i32")),
        ("->", FuncType()),
        ("() -> ()", FuncType()),
        ("(i32, i64) -> (f32, f64)", FuncType("i32, i64", "f32, f64")),
        ("(ref func) -> (ref null func)", FuncType(["(ref func)"], ["funcref"])),
        ("((ref func), i32) -> ()", FuncType("(ref func), i32")),
        ("(func)", FuncType()),
        ("(param i32) (param i64 f32) (result f64)", FuncType("i32, i64, f32", "f64")),
        ("(func (param $x i32) (param $y i32) (result i32))", FuncType("i32, i32", "i32")),
        ("(func(param(ref\nnull\textern))(result))", FuncType("externref")),
    ],
)
def test_function_types_have_many_spellings(text: str, wanted: FuncType) -> None:
    assert FuncType.parse(text) == wanted
    assert ExportType("", text).type == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("mut i32", None),
        ("(mut i32)", GlobalType("i32", mutable=True)),
        ("i32", GlobalType("i32")),
        ("1 0x10 funcref", TableType("funcref", 1, 16)),
        ("i32 1 funcref", TableType("funcref", 1)),
        ("(table i64 1_000 (ref null extern))", TableType("externref", 1000, is_64=True)),
        ("1", MemoryType(1)),
        ("(memory i32 1 2)", MemoryType(1, 2)),
        ("0x1 0x10 shared", MemoryType(1, 16, shared=True)),
        ("(param i32)", TagType("i32")),
        ("(tag)", TagType("")),
    ],
)
def test_other_types_have_the_spellings_of_webassembly_text(text: str, wanted: Any) -> None:
    if wanted is None:
        with pytest.raises(ValueError, match=r"^'mut i32' is not a global type: 'mut' is no value type$"):
            GlobalType.parse(text)
    else:
        assert type(wanted).parse(text) == wanted


def test_strings_have_the_escapes_of_webassembly_text() -> None:
    text = r'(import "\t\n\r\"\'\\" "\u{1F600}\e2\82\ac" (func))'
    assert ImportType.parse(text) == ImportType("\t\n\r\"'\\", "\U0001f600€", FuncType())


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        (ValType, "i23", "'i23' is no value type, did you mean 'i32'?"),
        (ValType, "int", "'int' is no value type, did you mean 'i32'?"),
        (ValType, "float", "'float' is no value type, did you mean 'f64'?"),
        (ValType, "", "a type is expected where nothing stands"),
        (ValType, "i32 i32", "'i32' is left over at its end"),
        (ValType, "(ref null)", "a type is expected where ')' stands"),
        (ValType, "(ref func", "')' is expected where nothing stands"),
        (ValType, "(ref fnc)", "'fnc' is no heap type, did you mean 'func'?"),
        (ValType, "(func)", "'ref' is expected where 'func' stands"),
        (ValType, "(ref (record))", "'record' is no heap type"),
        (ValType, "(ref $f)", "$f refers to a type of a module: write the type itself, as in (ref (func (param i32)))"),
        (ValType, "(ref 3)", "3 refers to a type of a module: write the type itself, as in (ref (func (param i32)))"),
        (ValType, '"i32"', "a type is expected where 'i32' stands"),
        (ValType, "(ref (array " * 51, "it is nested more than 50 deep"),
        (FuncType, "i32", "it has no '->', as in 'i32, i32 -> i64'"),
        (FuncType, "", "it has no '->', as in 'i32, i32 -> i64'"),
        (FuncType, "i32 i32 -> i32", "'->' is expected where 'i32' stands"),
        (FuncType, "i32, -> i32", "a type is expected where '->' stands"),
        (FuncType, "i32 -> i32 -> i32", "'->' is left over at its end"),
        (FuncType, "(" * 10000 + "->", "'ref' is expected where '(' stands"),
        (FuncType, "(func (result i32) (param i32))", "')' is expected where '(' stands"),
        (FuncType, "-> " + "i32," * 1000 + "i32", "results are 1001: WebAssembly functions have at most 1000"),
        (TableType, "1 i32", "element must be a reference type such as funcref, not i32"),
        (TableType, "funcref", "a number is expected where 'funcref' stands"),
        (TableType, "(memory 1)", "a number is expected where '(' stands"),
        (MemoryType, "1 x", "'x' is left over at its end"),
        (MemoryType, "-1", "minimum is -1: a 32-bit memory has from 0 to 65536 pages of 65536 bytes"),
        (MemoryType, "1 shared", "a shared memory must have a maximum"),
        (ImportType, "(import env f (func))", "a name in double quotes is expected where 'env' stands"),
        (ImportType, '(import "env" "f)', "a string has no end"),
        (ImportType, r'(import "\q1" "f" (func))', r"a string has the unknown escape \q1"),
        (ImportType, r'(import "\ 1" "f" (func))', r"a string has the unknown escape \ 1"),
        (ImportType, r'(import "\ff" "f" (func))', "a string is not UTF-8"),
        (ImportType, r'(import "\u{110000}" "f" (func))', r"a string has the unknown escape \u{110000}"),
        (ImportType, r'(import "\u{d800}" "f" (func))', r"a string has the unknown escape \u{d800}"),
        (ImportType, '(import "\ud800" "f" (func))', "a string is not UTF-8"),
        (ExportType, '(export "f" (func)', "')' is expected where nothing stands"),
        (ExportType, '(export "f" i32)', "it has no '->', as in 'i32, i32 -> i64'"),
    ],
)
def test_text_that_is_no_type_is_refused_with_the_reason(kind: Any, text: str, problem: str) -> None:
    what = {
        ValType: "a value type",
        FuncType: "a function type",
        TableType: "a table type",
        MemoryType: "a memory type",
        ImportType: "an import",
        ExportType: "an export",
    }[kind]
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared
        kind.parse(text)
    shown = repr(text if len(text) <= 200 else text[:200] + "...")
    assert str(caught.value) == f"{shown} is not {what}: {problem}"


@pytest.mark.parametrize(
    "kind", [ValType, FuncType, TagType, GlobalType, TableType, MemoryType, ImportType, ExportType]
)
def test_only_text_is_parsed(kind: Any) -> None:
    with pytest.raises(TypeError, match=r" is parsed from a str, not int$"):
        kind.parse(5)


def test_any_text_parses_or_is_a_value_error() -> None:
    random = Random(7)
    words = [
        "i32",
        "(",
        ")",
        ",",
        "->",
        "ref",
        "null",
        "func",
        "param",
        "mut",
        '"a"',
        '"',
        "\\",
        "$x",
        "1",
        "0x",
        "...",
    ]
    for _ in range(3000):
        text = " ".join(random.choices(words, k=random.randrange(8)))
        for kind in (ValType, FuncType, TagType, GlobalType, TableType, MemoryType, ImportType, ExportType):
            try:
                found: Any = kind.parse(text)
            except ValueError:
                continue
            assert kind.parse(str(found)) == found
