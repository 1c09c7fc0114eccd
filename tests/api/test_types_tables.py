"""The limits of tables are read from a module's bytes: all that is valid is understood, anything else is an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from tests.api import natives as c
from tests.api.test_types_native import Library
from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._table.limits import Limits
from wasmtime_gen._types.extern import ExportType
from wasmtime_gen._types.externreading import exports_from_native, externtype_from_native, imports_from_native
from wasmtime_gen._types.functype import FuncType
from wasmtime_gen._types.making import tabletype_to_native
from wasmtime_gen._types.sized import MemoryType, TableType


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    made = Library()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        # one module name for two imports with types of their own
        (b"\x01\x01m\x00\x7f\x02\x01f\x00\x00\x01t\x01\x70\x05\x01\x80\x80\x80\x80\x10", [None, (1, 2**32, True)]),
        # one module name and one type for three imports
        (b"\x01\x01m\x00\x7e\x01\x70\x00\x07\x03\x01a\x01b\x01c", [(7, None, False)] * 3),
    ],
)
def test_compact_imports_are_understood(library: Library, content: bytes, wanted: list[Any]) -> None:
    wasm = b"\0asm\1\0\0\0" + b"\x01\x04\x01\x60\0\0" + bytes([2, len(content)]) + content
    found = imports_from_native(library.compiled(wasm), wasm)
    assert len(found) == len(wanted)
    for each, limits in zip(found, wanted, strict=True):
        if limits:
            assert isinstance(each.type, TableType)
            assert (each.type.minimum, each.type.maximum, each.type.is_64) == limits
        else:
            assert each.type == FuncType()


def test_tables_cannot_be_told_without_the_wasm_bytes(library: Library) -> None:
    table, _ = library.module('(module (import "" "" (table 1 funcref)) (table (export "t") 1 funcref))')
    other, _ = library.module('(module (memory (export "m") 1))')
    for read in (imports_from_native, exports_from_native):
        with pytest.raises(WasmtimeError, match=r"^the types of a module's tables can be read only where the module's"):
            read(table, None)
    assert exports_from_native(other, None) == (ExportType("m", MemoryType(1)),)
    native = tabletype_to_native(TableType("funcref", 1))
    with pytest.raises(WasmtimeError, match=r"^the limits of a table cannot be read from its native type"):
        externtype_from_native(native)
    assert externtype_from_native(native, Limits(2, 3, True)) == TableType("funcref", 2, 3, is_64=True)
    c.wasm_tabletype_delete(native)


@pytest.mark.parametrize(
    ("wasm", "problem"),
    [
        (b"", "they do not begin as a module does"),
        (b"\0asm\x0d\0\1\0", "they do not begin as a module does"),
        (b"\0asm\1\0\0\0\x02\x04\x01\x00", "they end too early"),
        (b"\0asm\1\0\0\0\x02\x05\x01\x00\x00\x09\x00", "an import has the unknown kind 0x9"),
        (b"\0asm\1\0\0\0\x04\x07\x01\x40\x00\x70\x00\x01\xf0", "a constant expression has the unknown opcode 0xf0"),
        (b"\0asm\1\0\0\0\x04\x01", "they end too early"),
    ],
)
def test_bytes_that_are_not_understood_are_an_error(library: Library, wasm: bytes, problem: str) -> None:
    module, _ = library.module('(module (table (export "t") 1 funcref))')
    with pytest.raises(WasmtimeError) as caught:
        exports_from_native(module, wasm)
    assert str(caught.value) == f"the tables of a module cannot be read from its wasm bytes: {problem}"


def test_cut_and_scrambled_bytes_are_an_error_or_another_type(library: Library) -> None:
    module, wasm = library.module("""(module
        (import "env" "m" (memory 1)) (import "env" "log" (func (param i32))) (import "env" "t" (table 1 2 funcref))
        (table (export "u") 3 (ref i31) (ref.i31 (i32.const 9))) (export "t" (table 0)))""")
    random = Random(5)
    for _ in range(2000):
        changed = bytearray(wasm[: random.randrange(len(wasm))] if random.random() < 0.3 else wasm)
        for _ in range(random.randrange(1, 4)):
            if changed:
                changed[random.randrange(len(changed))] = random.randrange(256)
        for read in (imports_from_native, exports_from_native):
            with suppress(WasmtimeError, ValueError):
                assert len(read(module, bytes(changed))) in (2, 3)
