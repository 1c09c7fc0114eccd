"""The fixtures of pytest, in a project of a user."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wasmtime_gen import Engine, Exports, LinkError, Store

ADD = '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))'


def test_a_text_becomes_its_exports(wat: Callable[..., Exports]) -> None:
    assert wat(ADD).add(1, 2) == 3


def test_imports_are_given_by_name(wat: Callable[..., Exports], wasm_store: Store) -> None:
    logged: list[int] = []
    text = '(module (import "env" "log" (func $log (param i32))) (func (export "run") (call $log (i32.const 7))))'
    wat(text, {"env": {"log": logged.append}}).run()
    assert logged == [7]
    library = wat(ADD)
    text = '(module (import "lib" "add" (func $add (param i32 i32) (result i32))) (export "plus" (func $add)))'
    assert wat(text, {"lib": library}).plus(2, 3) == 5
    with pytest.raises(LinkError, match=r"import env\.log is missing"):
        wat('(module (import "env" "log" (func)))')


def test_wasi_is_there(wat: Callable[..., Exports], wasm_store: Store) -> None:
    wat("""(module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "\\08\\00\\00\\00\\03\\00\\00\\00hi\\n")
      (func (export "f") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20)))))""").f()
    assert wasm_store.wasi.stdout == b"hi\n"


def test_a_store_is_new_and_the_engine_the_same(wasm_engine: Engine, wasm_store: Store) -> None:
    assert wasm_store.engine is wasm_engine
    assert wasm_engine.config.interruptible


USED = f"""
import pytest

kept = []

def test_one(wat, wasm_store, wasm_engine):
    kept.append((wasm_store, wasm_engine))
    assert wat('{ADD}').add(1, 2) == 3

def test_two(wasm_store, wasm_engine):
    store, engine = kept[0]
    assert store.closed and store is not wasm_store and engine is wasm_engine

def test_three(wat, wasm_store):
    with pytest.raises(TimeoutError), wasm_store.timeout(0.1):
        wat('(module (func (export "f") (loop (br 0))))').f()
"""
UNUSED = """
import sys

def test_nothing():
    print("loaded:", sorted(name for name in sys.modules if name.startswith("wasmtime_")))
"""
ASSERTIONS = """
import sys, wasmtime_gen

def test_rewritten():
    wasmtime_gen.Engine()
    modules = [module for name, module in sys.modules.items() if name.startswith(("wasmtime_gen._", "wasmtime_capi"))]
    print("rewritten:", [module.__name__ for module in modules if hasattr(module, "@pytest_ar")])
"""
OVERRIDES = """
import pytest, wasmtime_gen

@pytest.fixture(scope="session")
def wasm_engine():
    return wasmtime_gen.Engine(consume_fuel=True)
"""


def pytest_run(folder: Path, *options: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_a_project_has_them_without_asking(tmp_path: Path) -> None:
    (tmp_path / "test_used.py").write_text(USED)
    assert "3 passed" in pytest_run(tmp_path)
    listed = pytest_run(tmp_path, "--fixtures")
    for told in ("wasm_engine [session scope]", "wasm_store", "wat(text, imports={}): the exports of a module"):
        assert told in listed


def test_unused_they_load_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_unused.py").write_text(UNUSED)
    assert "loaded: ['wasmtime_gen', 'wasmtime_gen._fixtures']\n" in pytest_run(tmp_path, "-s")


def test_a_project_can_have_an_engine_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(OVERRIDES)
    (tmp_path / "test_fuel.py").write_text(
        "def test_fuel(wasm_store):\n    wasm_store.fuel = 5\n    assert wasm_store.fuel == 5\n"
    )
    assert "1 passed" in pytest_run(tmp_path)


def test_our_own_assertions_are_not_rewritten(tmp_path: Path) -> None:
    (tmp_path / "test_assertions.py").write_text(ASSERTIONS)
    assert "rewritten: ['wasmtime_gen._fixtures']\n" in pytest_run(tmp_path, "-s")
