"""The commands that look at a file, translate it or make something of it."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from wasmtime_gen import wat2wasm


def lines(text: str) -> list[list[str]]:
    """The cells of tables."""
    return [line.split() for line in text.splitlines() if line.strip() and "───" not in line]


def test_inspect_tells_of_a_module(cli: Cli) -> None:
    done = cli("inspect", "cat.wat")
    found = lines(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert " ".join(found[0]).startswith("cat.wat: a module named 'guest' in the text format, 1.")
    for row in (
        ["module", "name", "kind", "type"],
        ["wasi_snapshot_preview1", "proc_exit", "func", "i32", "->", "()"],
        ["memory", "memory", "(memory", "1)"],
        ["_start", "func", "()", "->", "()"],
        ["64", "KiB", "4", "GiB", "no"],
        ["memory", "3", "B"],
    ):
        assert row in found, row


def test_inspect_tells_the_same_as_json(cli: Cli, folder: Path) -> None:
    text = """(module $x (import "env" "m" (memory 1 2)) (table 1 2 funcref) (table 3 externref) (memory 2)
      (func (export "f") (result i32 i64) unreachable) (@custom "note" "by hand")
      (@producers (language "C" "11") (processed-by "clang" "19.1")))"""
    (folder / "x.wasm").write_bytes(wat2wasm(text))
    facts = json.loads(cli("inspect", "--json", "x.wasm").stdout)
    sections = {each["name"]: each for each in facts.pop("sections")}
    assert (sections["note"], sections["memory"]["custom"]) == ({"name": "note", "custom": True, "size": 7}, False)
    assert facts == {
        "file": "x.wasm",
        "kind": "module",
        "format": "binary",
        "name": "x",
        "size": (folder / "x.wasm").stat().st_size,
        "imports": [{"module": "env", "name": "m", "kind": "memory", "type": "(memory 1 2)"}],
        "exports": [{"name": "f", "kind": "func", "type": "() -> i32, i64"}],
        "memories": [{"minimum": 131072, "maximum": 4294967296, "shared": False}],
        "tables": [{"minimum": 1, "maximum": 2}, {"minimum": 3, "maximum": None}],
        "binary_size": (folder / "x.wasm").stat().st_size,
        "producers": {"language": [["C", "11"]], "processed-by": [["clang", "19.1"]]},
    }


def test_inspect_recognises_components(cli: Cli, folder: Path) -> None:
    done = cli("inspect", "component.wat")
    assert done.stdout.startswith("component.wat: a component named 'adder' in the text format, ")
    facts = json.loads(cli("inspect", "--json", "component.wat").stdout)
    assert (facts["kind"], facts["name"]) == ("component", "adder")
    assert facts["imports"] == [{"name": "a:b/c@1.0.0", "kind": "function"}, {"name": "r", "kind": "type"}]
    assert facts["exports"] == [{"name": "y", "kind": "function"}]
    assert [each["name"] for each in facts["sections"]].count("core module") == 1
    (folder / "broken.wasm").write_bytes(b"\0asm\x0d\0\1\0\x0a\x05\xff\xff\xff\xff\x0f\0\xff")
    facts = json.loads(cli("inspect", "--json", "broken.wasm").stdout)
    assert (facts["kind"], facts["imports"]) == ("component", [])


def test_no_name_of_a_file_reaches_the_terminal_as_it_is(cli: Cli, folder: Path) -> None:
    wasm = wat2wasm((folder / "hostile.wat").read_text())
    (folder / "hostile.wasm").write_bytes(wasm)
    (folder / "a\x1b[2J.wasm").write_bytes(wasm)
    for command in (
        ("inspect", "hostile.wat"),
        ("inspect", "--json", "hostile.wat"),
        ("inspect", "a\x1b[2J.wasm"),
        ("stubs", "hostile.wat"),
        ("stubs", "a\x1b[2J.wasm"),
        ("run", "hostile.wat"),
        ("run", "--invoke", "x", "hostile.wat"),
        ("run", "--invoke", "\x1b[1A\n\u202e", "hostile.wat"),
        ("bench", "hostile.wat", "x"),
        ("validate", "hostile.wat", "a\x1b[2J.wasm", "syntax.wat", "missing\x1b[2J"),
        ("compile", "hostile.wat", "a\x1b[2J.wasm"),
        ("cache", "list"),
        ("wat", "missing\x1b[2J"),
    ):
        done = cli(*command)
        for each in done.stdout + done.stderr:
            assert each.isprintable() or each == "\n", (command, each, done)
    assert r"\x1b[2J" in cli("inspect", "hostile.wat").stdout


def test_validate_shows_the_line(cli: Cli, folder: Path) -> None:
    done = cli("validate", "hello.wat", "syntax.wat", "missing.wat", "cat.wat")
    assert (done.returncode, done.stdout) == (1, "hello.wat: valid\ncat.wat: valid\n")
    assert done.stderr == (
        "error: unknown operator or unexpected token\n --> syntax.wat:2:24\n  |\n"
        f"2 |     (func (; ä\u4e16 \\x1b[2J ;) (i32.ad)))\n  |{' ' * 30}^\n"
        "error: missing.wat: No such file or directory\n"
    )
    (folder / "long.wat").write_text(f"(module{' ' * 500}(fun{'c' * 500}))")
    done = cli("validate", "long.wat")
    _, place, _, line, caret = done.stderr.splitlines()
    assert place == " --> long.wat:1:509"
    assert line == f"1 | …{' ' * 59}(fun{'c' * 57}…"
    assert caret == f"  | {' ' * 61}^"


def test_validate_shows_the_instruction_or_the_bytes(cli: Cli, folder: Path) -> None:
    done = cli("validate", "invalid.wat")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: type mismatch: expected i32, found i64\n --> invalid.wat:7:16\n  |\n"
        "7 |     i64.const 1)\n  |                ^\n"
    )
    assert cli("wat", "invalid.wat").returncode == 0
    done = cli("validate", "invalid.wasm")
    assert done.stderr == (
        "error: type mismatch: expected i32, found i64\n"
        " --> invalid.wasm, at offset 0x31 in entry 1 of the section 'code'\n"
        f"0x30: {(folder / 'invalid.wasm').read_bytes()[0x30:0x40].hex(' ')}\n         ^^\n"
    )
    (folder / "empty.wasm").touch()
    (folder / "cut.wasm").write_bytes(b"\0asm\1\0\0\0\1\7\1")
    done = cli("validate", "empty.wasm", "cut.wasm", "component.wat")
    assert done.stderr.splitlines()[0] == "error: expected at least one module field"
    assert " --> cut.wasm, at offset 0xa" in done.stderr
    assert "component.wat is a component, not a module: components cannot be validated yet" in done.stderr


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("(module (func (param i32) (result i32)\n  local.get 0\n  i64.const 5\n  ;; (i32.add\n  i32.add))", "5:3"),
        (
            "(func) (func (local i64)\n  (drop (i32.add (i32.const 1)\n    (i32.mul (i32.const 2) (local.get 0)))))",
            "3:5",
        ),
        ("(func i32.const 1 if (; x ;)\n i32.const 2 drop\n f32.load offset=5\n drop\n end)", "3:2"),
        ("(func\n (if (result i32) (i32.const 0) (then\n  (i32.const 1)) (else\n  (i64.const 1)))\n drop)", "4:16"),
        ("(module (func $f\n  (block (br_if 0 (i64.const 1)))))", "2:10"),
        ('(module (func (import "a" "b")) (func (; é ;) (drop\n\t(local.get 5))))', "2:2"),
        ("(func (result i32) (i32.const 1) (i32.const 2)\n)", "2:1"),
        ("(table 1 funcref) (type $t (func))\n(func (call_indirect (type $t) (i64.const 0)))", "2:7"),
        ("(func (param i64) (result i32)\n(select (result i32) (i32.const 1) (local.get 0) (i32.const 1)))", "2:1"),
        (f"(func {'(drop (i32.const 1)) ' * 3000}\n(drop (f32.neg (i32.const 1))))", "2:7"),
    ],
)
def test_the_wrong_instruction_is_found_in_the_text(cli: Cli, folder: Path, text: str, place: str) -> None:
    (folder / "wrong.wat").write_text(text)
    done = cli("validate", "wrong.wat")
    assert (done.returncode, done.stderr.splitlines()[1].strip()) == (1, f"--> wrong.wat:{place}"), done.stderr


def test_wat_translates(cli: Cli, folder: Path) -> None:
    wasm = wat2wasm((folder / "hello.wat").read_text())
    done = cli("wat", "hello.wat")
    assert (done.returncode, done.stdout, (folder / "hello.wasm").read_bytes()) == (0, "", wasm)
    assert cli("wat", "-", "-o", "other.wasm", input="(module)").returncode == 0
    assert (folder / "other.wasm").read_bytes() == wat2wasm("(module)")
    assert cli("wat", "-", input="(module)").stdout == "\0asm\1\0\0\0"
    for command in ("wat", "stubs"):
        done = cli(command, "hello.wat", "-o", "")
        assert (done.returncode, done.stderr.splitlines()[-1]) == (
            2,
            "Error: -o was given an empty name: name a file, or - for stdout.",
        )
    done = cli("wat", "hello.wat", "-o", "hello.wat")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        "Error: hello.wat would be written over itself: name another file with -o.",
    )
    done = cli("wat", "syntax.wat")
    assert (done.returncode, (folder / "syntax.wasm").exists()) == (1, False)
    done = cli("wat", "hello.wat", "-o", "missing/x.wasm")
    assert (done.returncode, done.stderr) == (1, "error: missing/x.wasm: No such file or directory\n")


def test_compile_fills_the_cache_that_run_and_the_importer_use(cli: Cli, tmp_path: Path) -> None:
    done = cli("compile", "hello.wat", "numbers.wat")
    assert [line.partition(" in ")[0] for line in done.stdout.splitlines()] == [
        "hello.wat: compiled",
        "numbers.wat: compiled",
    ]
    assert cli("compile", "hello.wat").stdout == "hello.wat: in the cache already\n"
    before = sorted((tmp_path / "cache").iterdir())
    assert cli("run", "hello.wat").returncode == 0
    assert sorted((tmp_path / "cache").iterdir()) == before
    assert "compiled in" in cli("compile", "--fuel", "hello.wat").stdout
    assert "compiled in" in cli("compile", "--cache", tmp_path / "other", "hello.wat").stdout
    done = cli("compile", "component.wat", "missing.wat", "cat.wat")
    assert (done.returncode, done.stdout.partition(" in ")[0]) == (1, "cat.wat: compiled")
    assert "components cannot be compiled yet" in done.stderr
    assert done.stderr.endswith("error: missing.wat: No such file or directory\n")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    done = cli("compile", "--cache", tmp_path / "shared", "hello.wat")
    assert (done.returncode, "other users can write to it" in done.stderr) == (1, True)


def test_the_cache_is_listed_measured_and_cleaned(cli: Cli, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert cli("cache", "size").stdout == "0 B in 0 modules\n"
    assert cli("cache", "clean").stdout == "removed 0 B\n"
    cli("compile", "hello.wat", "numbers.wat")
    (cache / "notes.txt").write_text("mine")
    (cache / f"{'0' * 64}.image").write_bytes(b"damaged")
    (cache / f"{'1' * 64}.image.5.abc").write_bytes(b"left over")
    (cache / f"{'2' * 64}.image").symlink_to(tmp_path / "work" / "hello.wat")
    done = cli("cache", "list")
    assert (done.returncode, done.stderr) == (0, "")
    rows = lines(done.stdout)
    assert [next(row[0] for row in rows if row[0] == "guest"), rows[1][3]] == ["guest", "by"]
    assert any(row[0] == "0" * 12 and "cannot be read: this is no image" in " ".join(row) for row in rows)
    assert not any(row[0].startswith("222") for row in rows)
    assert " in 4 modules\n" in cli("cache", "size").stdout
    assert cli("cache", "clean").stdout.startswith("removed ")
    assert sorted(os.listdir(cache)) == [f"{'2' * 64}.image", "notes.txt"]
    assert (tmp_path / "work" / "hello.wat").exists()
    cache.chmod(0o777)
    (cache / f"{'0' * 64}.image").write_bytes(b"x")
    done = cli("cache", "clean")
    assert (done.returncode, "other users can write to it" in done.stderr) == (1, True)


def test_stubs_are_written(cli: Cli, folder: Path) -> None:
    done = cli("stubs", "numbers.wat")
    assert (done.returncode, done.stderr) == (0, "")
    assert "def add(a0: _w.i32, a1: _w.i32, /) -> _w.i32: ...\n" in done.stdout
    ast.parse(done.stdout)
    assert cli("stubs", "numbers.wat", "-o", "numbers.pyi").stdout == ""
    assert (folder / "numbers.pyi").read_text() == done.stdout
    ast.parse(cli("stubs", "hostile.wat").stdout)
    assert cli("stubs", "numbers.wat", "-o", "-").stdout == done.stdout
    before = (folder / "numbers.wat").read_text()
    done = cli("stubs", "numbers.wat", "-o", "./numbers.wat")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        "Error: ./numbers.wat would be written over itself: name another file with -o.",
    )
    assert (folder / "numbers.wat").read_text() == before


@pytest.mark.parametrize("command", ["inspect", "stubs", "compile", "wat", "validate"])
def test_a_missing_file_is_told(cli: Cli, command: str) -> None:
    done = cli(command, "missing.wasm")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "error: missing.wasm: No such file or directory\n")
