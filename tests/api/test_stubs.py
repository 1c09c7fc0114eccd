"""Stubs: mypy --strict accepts what uses a module as its stub says, and no name of a wasm file does harm there."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wasmtime_gen import Engine, Module
from wasmtime_gen._stubs import stubs

ROOT = Path(__file__).parent.parent.parent
TEXT = """(module
  (import "env" "log-line" (func (param i32 f64)))
  (import "env" "memory" (memory 1))
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "split") (param f64 v128 externref) (result f32 i64) (f32.const 1) (i64.const 2))
  (func (export "add-one") (param i64))
  (func (export "keys"))
  (func (export "_start"))
  (memory (export "heap") 1) (table (export "table") 1 funcref) (global (export "class") i32 (i32.const 1)))"""
USES = """
from typing import TYPE_CHECKING, cast

import guest
import wasmtime_gen.importer
from wasmtime_gen import Engine, Global, Instance, Memory, MemoryType, Store, Table

if TYPE_CHECKING:
    from guest import EnvImports, Exports


class Env:
    def log_line(self, level: int, value: float) -> None:
        print(level, value)

    def memory(self, store: Store) -> Memory:
        return Memory(store, MemoryType(1))


env: "EnvImports" = Env()
wasmtime_gen.importer.provide("env", env)
total: int = guest.add(1, 2)
pair: tuple[float, int] = guest.split(1.0, bytes(16), object())
guest.add_one(2**40)
heap: Memory = guest.heap
table: Table = guest.table
one: Global = guest.class_


def use(instance: Instance) -> None:
    exports = cast("Exports", instance.exports)
    total: int = exports.add(1, 2)
    exports._start()
    exports["add-one"](1)
    exports["keys"]()
    heap: Memory = exports.heap
    one: Global = exports["class"]
"""
MISUSES = """
import guest

guest.add("1", 2)
guest.add(1)
guest.add(a0=1, a1=2)
guest.missing()
text: str = guest.add(1, 2)


class Env:
    def log_line(self, level: str) -> None: ...


env: guest.EnvImports = Env()
"""


def mypy(folder: Path, *names: str) -> tuple[int, str]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "generated")])
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache"), *names]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "MYPYPATH": path}, capture_output=True, text=True)
    return done.returncode, done.stdout


def test_mypy_strict_accepts_what_uses_a_stub_and_refuses_what_misuses_it(tmp_path: Path) -> None:
    (tmp_path / "guest.pyi").write_text(stubs(Module.from_text(Engine(), TEXT), "guest"))
    (tmp_path / "uses.py").write_text(USES)
    (tmp_path / "misuses.py").write_text(MISUSES)
    code, told = mypy(tmp_path, "guest.pyi", "uses.py", "misuses.py")
    lines = sorted({int(line.split(":")[1]) for line in told.splitlines() if line.startswith("misuses.py")})
    assert (code, lines, "uses.py:" in told.replace("misuses.py:", "")) == (1, [4, 5, 6, 7, 8, 15], False), told


HOSTILE = [
    "",
    "class",
    "None",
    "__init__",
    "__path__",
    "__getattr__",
    "_b",
    "_t",
    "_w",
    "int",
    "property",
    "Exports",
    "EnvImports",
    "self",
    "x\\nimport os",
    "x: ...  # type: ignore",
    '\\"\\"\\"',
    "'); import os; ('",
    "\\1b[2J",
    "\\e2\\80\\ae",
    "ﬁ",
    "fi",
    "\\\\",
    "x" * 5000,
    *(chr(code) for code in range(33, 48) if code not in (34, 47)),
]


@pytest.mark.parametrize("origin", ["env", "", "os", "a\\nb", "__class__"])
def test_no_name_of_a_wasm_file_becomes_code(tmp_path: Path, origin: str) -> None:
    imports = [f'(import "{origin}" "{name}" (func (param i32) (result i32)))' for name in HOSTILE]
    exports = [f'(export "{name}" (func {position}))' for position, name in enumerate(HOSTILE)]
    text = stubs(Module.from_text(Engine(), f"(module {' '.join(imports + exports)})"), "a'\nimport os # ")
    assert text.isascii()
    assert all(each.isprintable() for each in text.splitlines())
    kinds = [type(node).__name__ for node in ast.parse(text).body]
    assert kinds == ["Import"] * 3 + ["FunctionDef"] * len(HOSTILE) + ["ClassDef"] * 2
    assert max(map(len, text.splitlines())) < 6000
    if origin == "env":
        (tmp_path / "guest.pyi").write_text(text)
        assert mypy(tmp_path, "guest.pyi") == (0, "Success: no issues found in 1 source file\n")


def test_many_names_that_become_one_take_no_longer_than_others() -> None:
    exports = [f'(export "{"-" * (position % 90)}{position // 90:x}ä" (func 0))' for position in range(4000)]
    text = stubs(Module.from_text(Engine(), f"(module (func) {' '.join(exports)})"), "guest")
    names = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert len(set(names)) == 4000


def test_a_module_without_anything_has_a_stub_too(tmp_path: Path) -> None:
    (tmp_path / "guest.pyi").write_text(stubs(Module.from_text(Engine(), "(module)"), "guest"))
    assert mypy(tmp_path, "guest.pyi") == (0, "Success: no issues found in 1 source file\n")
