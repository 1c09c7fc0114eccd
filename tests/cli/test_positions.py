"""Where the text has what is invalid: outside of functions, whatever the order of fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from wasmtime_gen import Module, ValidationError, wat2wasm
from wasmtime_gen._process import process_engine
from wasmtime_gen._usercache import cached_config
from wasmtime_gen.cli.files import File

# Of each section, text that is wrong where the mark § stands.
OUTSIDE = r"""
(type (func)) (rec (type (func)) (type (func))) §(type (func (param (ref 7))))
(type (func)) §(rec (type $a (struct (field (ref $b)))) (type $b (array (mut (ref 9)))))
(type $a (sub (struct (field i32)))) (type (func)) §(type $b (sub $a (struct (field i64))))
(type (func)) §(type (cont 0))
(type (func)) (func (param i32)) §(func (param (ref 7)))
(type (func)) §(func (import "a" "x") (param (ref 7)))
(type (func)) (tag) §(tag (param (ref 7)))
(import "a" "b" (func)) §(import "a" "c" (memory 70000))
(import "a" "b" (func)) §(memory (import "a" "c") 5 2)
(import "a" (item "b" (func)) §(item "c" (memory 9 2)))
(tag (import "a" "b")) (import "a" "c" (global i32)) §(import "a" "d" (tag (result i32)))
(func (import "a" "b")) (func) §(func (type 5))
(table 1 funcref) §(table 5 2 funcref)
(table (import "a" "b") 1 funcref) §(table 1 funcref (i32.const 0))
(func) §(memory 5 2)
(memory (data "a")) §(memory 65537)
(tag) §(tag (result i32))
(global i32 (i32.const 1)) §(global i32 (i64.const 1))
(global (import "a" "b") i32) (global i32 (global.get 0)) §(global i32 (i32.ctz (i32.const 1)))
(global v128 (v128.const i64x2 1 2)) §(global v128 (i32x4.splat (i32.const 0)))
(func (export "a") (export "b")) (global (export "c") i32 (i32.const 1)) (memory §(export "b") 1)
(func (export "a")) §(export "b" (func 4))
(func (import "x" "y")) (func) §(start 7)
(func) (start 0) §(start 0)
(table funcref (elem (ref.func 0))) (func) §(elem declare func 9)
(func) (elem func 0) (table funcref §(elem 0 9))
(func) (table 1 funcref) (elem (i32.const 0) funcref (ref.func 0)) §(elem (table 3) (i32.const 0) func 0)
(func) (table 1 funcref) (elem externref) (elem (table 0) (i32.const 0) func) §(elem (i64.const 0) 0)
(memory 1) (data "x") §(data (i64.const 0) "a")
(memory (data "x")) (data (memory 0) (i32.const 0) "y") §(data (memory 3) (i32.const 0) "a")
(memory 1) §(data (offset (call 0)) "a") (func (result i32) (i32.const 1))
(data "(global ) \" ;; (;") (; (global) ;) (@custom "global" "(global)") ( global i32 (i32.const 1)) §( global i32)
"""


@pytest.mark.parametrize("text", OUTSIDE.strip().split("\n"))
def test_what_is_wrong_outside_of_functions_is_found_in_the_text(text: str) -> None:
    engine, given = process_engine(cached_config()), text.replace("§", "\n").encode()
    for content in (given, b"(module $m\n" + given + b")"):
        file = File("wrong.wat", content, wat2wasm(content))
        with pytest.raises(ValidationError) as caught:
            file.use("be validated", lambda wasm: Module.validate(engine, wasm))
        assert f"\n --> wrong.wat:{2 if content is given else 3}:1\n" in str(caught.value)


def test_what_spans_lines_is_told_to_begin_there(cli: Cli, folder: Path) -> None:
    for text, told in (
        ("(global i32\n (i64.const 1))", "expected i32, found i64, in what begins here"),
        ('(func (export "a"))\n(func (export "a")\n)', "duplicate export name `a` already defined"),
        (
            "(rec (type (func))\n(type (func (param (ref 7)))))",
            "unknown type 7: type index out of bounds, in what begins here",
        ),
        ("(func\n(local (ref 7)))", "unknown type 7: type index out of bounds, in this function"),
    ):
        (folder / "wrong.wat").write_text(text)
        assert cli("validate", "wrong.wat").stderr.splitlines()[0].endswith(told)


def test_where_the_text_has_no_place_for_it_the_section_is_told(cli: Cli, folder: Path) -> None:
    for text, told in (
        ("(func (block (param (ref 7)) (drop)))", "0xe of the binary format in entry 1 of the section 'type'"),
        ("(table 1 funcref)" * 101, "0xb of the binary format in the section 'table'"),
        (
            r'(module binary "\00asm\01\00\00\00\01\02\01\40\02\03\01\ff\ff")',
            "0xb of the binary format in entry 0 of the section 'type'",
        ),
    ):
        (folder / "wrong.wat").write_text(text)
        assert cli("validate", "wrong.wat").stderr.splitlines()[1:] == [f" --> wrong.wat, at offset {told}"]
