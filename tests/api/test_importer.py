"""wasmtime_gen.importer: WebAssembly as Python modules, and what a wasm file cannot do by that."""

from __future__ import annotations

import importlib.util
import inspect
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from wasmtime_gen import (
    CompileCache,
    Engine,
    Instance,
    Memory,
    MemoryType,
    Store,
    UnreachableTrap,
    WasiConfig,
    importer,
    wat2wasm,
)

GCD = """(module
  (func $gcd (export "gcd") (param i32 i32) (result i32)
    (if (result i32) (i32.eqz (local.get 1)) (then (local.get 0))
      (else (call $gcd (local.get 1) (i32.rem_u (local.get 0) (local.get 1))))))
  (func (export "half") (param f64) (result f64 i64) (f64.div (local.get 0) (f64.const 2)) (i64.const 7))
  (memory (export "log-memory") 1))"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """write(file name, text): a file in a folder of sys.path. What is imported meanwhile is forgotten afterwards."""
    monkeypatch.setenv("WASMTIME_GEN_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(importer, "_provided", {})
    monkeypatch.setattr(importer, "_wasi", importer._wasi)
    known = set(sys.modules)

    def make(name: str, content: str | bytes) -> Path:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    importer.install()
    yield make
    for name in set(sys.modules) - known:
        del sys.modules[name]


def load(name: str) -> Any:
    return importlib.import_module(name)


@pytest.mark.parametrize("name", ["guest_gcd.wat", "guest_gcd.wasm"])
def test_exports_are_functions_with_signatures(write: Write, name: str) -> None:
    file = write(name, GCD if name.endswith("wat") else wat2wasm(GCD))
    guest = load("guest_gcd")
    assert (guest.gcd(12, 18), guest.half(3.0)) == (6, (1.5, 7))
    assert str(inspect.signature(guest.gcd)) == "(a0: int, a1: int, /) -> int"
    assert str(inspect.signature(guest.half)) == "(a0: float, /) -> tuple[float, int]"
    assert inspect.get_annotations(guest.gcd) == {"a0": int, "a1": int, "return": int}
    assert (guest.gcd.__name__, guest.gcd.__module__) == ("gcd", "guest_gcd")
    assert guest.gcd.__doc__ == "A function of WebAssembly: i32, i32 -> i32"
    assert (guest.__file__, guest.__all__) == (str(file), ["gcd", "half", "log_memory"])
    assert isinstance(guest.log_memory, Memory)
    assert importer.instance_of(guest).exports["log-memory"] is guest.log_memory
    with pytest.raises(TypeError, match=r"gcd\(\) takes 2 positional arguments but 3 were given"):
        guest.gcd(1, 2, 3)


def test_a_module_in_a_package_is_found_there(write: Write) -> None:
    write("guest_package/__init__.py", "from guest_package.inner import gcd\n")
    write("guest_package/inner.wat", GCD)
    assert load("guest_package").gcd(9, 6) == 3


def test_python_modules_are_never_shadowed(write: Write, tmp_path: Path) -> None:
    write("guest_both.wasm", wat2wasm(GCD))
    write("guest_both.py", "kind = 'python'\n")
    write("json.wat", GCD)
    write("guest_late.wat", GCD)
    assert load("guest_both").kind == "python"
    assert load("json").loads("1") == 1

    class Empty:
        create_module = exec_module = staticmethod(lambda _: None)

    empty: Any = Empty()

    class Late:
        def find_spec(self, fullname: str, *more: object) -> Any:
            return importlib.util.spec_from_loader(fullname, empty) if fullname == "guest_late" else None

    late: Any = Late()
    sys.meta_path.append(late)
    try:
        assert not hasattr(load("guest_late"), "gcd")
    finally:
        sys.meta_path.remove(late)


def test_a_folder_of_the_same_name_is_no_module_but_a_package_is(write: Write, tmp_path: Path) -> None:
    write("guest_folder/notes.txt", "")
    write("guest_folder.wat", GCD)
    (tmp_path / "before" / "guest_folder").mkdir(parents=True)
    sys.path.insert(0, str(tmp_path / "before"))  # monkeypatch restores it
    assert load("guest_folder").gcd(9, 6) == 3
    write("guest_outer/guest_inner/notes.txt", "")
    write("guest_outer/guest_inner.wat", GCD)
    assert load("guest_outer.guest_inner").gcd(9, 6) == 3
    assert load("guest_outer").__file__ is None
    write("guest_package.wat", GCD)
    write("guest_package/__init__.py", "kind = 'python'\n")
    assert load("guest_package").kind == "python"


def test_a_guest_is_told_to_be_no_program_for_python(write: Write) -> None:
    file = write("guest_main.wat", GCD)
    with pytest.raises(ImportError) as caught:
        runpy.run_module("guest_main")
    assert str(caught.value) == (
        "guest_main is WebAssembly and no program for Python: import it, or run its file as "
        f"`wasmtime-gen run {file}` does"
    )
    (file.parent / "sitecustomize.py").write_text("import wasmtime_gen.importer")
    done = subprocess.run(
        [sys.executable, "-m", "guest_main"],
        cwd=file.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr.splitlines()[-1:]) == (1, [f"{sys.executable}: {caught.value}"])


def test_imports_are_never_taken_from_python_modules(write: Write) -> None:
    file = write("guest_os.wat", '(module (import "os" "getpid" (func (result i32))) (import "env" "m" (memory 1)))')
    with pytest.raises(ImportError) as caught:
        load("guest_os")
    assert str(caught.value) == (
        f"guest_os cannot be imported from {file}: its imports are not all there:\n"
        "  import os.getpid is not provided (() -> i32): "
        "wasmtime_gen.importer.provide('os', {'getpid': function})\n"
        "  import env.m is not provided ((memory 1)): "
        "wasmtime_gen.importer.provide('env', {'m': lambda store: memory})"
    )
    assert (caught.value.name, caught.value.path) == ("guest_os", str(file))
    assert "guest_os" not in sys.modules
    with pytest.raises(TypeError) as refused:
        importer.provide("os", os)
    assert str(refused.value) == (
        "'os' cannot be provided by a whole Python module: the wasm file would choose what it calls. Give a dict of "
        "what it may call, such as {'log': os.log}"
    )
    for wrong in (None, "os", 5, [print], dict):
        with pytest.raises(TypeError, match="must be provided by a mapping from names to functions, or by an object"):
            importer.provide("os", wrong)
    with pytest.raises(TypeError, match="a WasiConfig provides 'wasi_snapshot_preview1', not 'env'"):
        importer.provide("env", WasiConfig())
    with pytest.raises(TypeError, match="name must be a str, not int"):
        importer.provide(5, {})  # type: ignore[arg-type]


LOGS = """(module
  (import "env" "log-line" (func $log (param i32))) (import "env" "memory" (memory 1))
  (import "env" "log-line" (func $again (param i32)))
  (func (export "run") (call $log (i32.load (i32.const 0))) (call $again (i32.const 2))))"""


def test_what_was_provided_by_name_is_imported(write: Write) -> None:
    write("guest_logs.wat", LOGS)
    logged: list[int] = []

    def memory(store: Store) -> Memory:
        made = Memory(store, MemoryType(1))
        made.write(0, b"\7")
        return made

    importer.provide("env", {"log-line": logged.append, "memory": memory})
    load("guest_logs").run()
    assert logged == [7, 2]


def test_an_object_provides_its_public_methods_alone(write: Write) -> None:
    class Env:
        memory = staticmethod(lambda store: Memory(store, MemoryType(1)))

        def __init__(self) -> None:
            self.logged: list[int] = []

        def log_line(self, value: int) -> None:
            self.logged.append(value)

        def _private(self) -> None:
            raise AssertionError("a guest has called it")

    env = Env()
    importer.provide("env", env)
    write("guest_logs.wat", LOGS)
    load("guest_logs").run()
    assert env.logged == [0, 2]
    for position, name in enumerate(["_private", "__class__", "__init__", "__reduce__", "logged"]):
        write(f"guest_{position}.wat", f'(module (import "env" "{name}" (func)))')
        with pytest.raises(ImportError, match="is not provided" if name != "logged" else "was provided as list: give"):
            load(f"guest_{position}")


def test_wasi_is_there_without_files_and_can_be_provided(write: Write, capfd: pytest.CaptureFixture[str]) -> None:
    text = """(module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env (param i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "\\08\\00\\00\\00\\03\\00\\00\\00hi\\n")
      (func (export "_initialize") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20))))
      (func (export "env") (result i32) (drop (call $env (i32.const 32) (i32.const 36))) (i32.load (i32.const 32))))"""
    write("guest_wasi.wat", text)
    write("guest_wasi_2.wat", text)
    guest = load("guest_wasi")
    assert (guest.env(), guest.wasm_initialize(), capfd.readouterr().out) == (0, None, "hi\nhi\n")
    importer.provide("wasi_snapshot_preview1", WasiConfig(env={"A": "B"}))
    guest = load("guest_wasi_2")
    assert (guest.env(), capfd.readouterr().out) == (1, "")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("guest_bad.wat", "(module\n  (fun))", "--> {}:2:4"),
        ("guest_bad.wasm", b"\0asm\1\0\0\0\1", "unexpected end-of-file (at offset 0x9)"),
        ("guest_bad.wasm", b"\0asm\x0d\0\1\0", "this is a component, not a module"),
        ("guest_bad.wat", "(component)", "this is a component, not a module"),
        ("guest_bad.wat", "(module (func $f unreachable) (start $f))", "wasm trap: wasm `unreachable` instruction"),
        ("guest_bad.wat", '(module (func (export "\x1b[2J")) (import "e" "\\1b[2J" (func)))', "import"),
    ],
)
def test_errors_name_the_file(write: Write, name: str, content: str | bytes, told: str) -> None:
    file = write(name, content)
    with pytest.raises(ImportError) as caught:
        load("guest_bad")
    assert str(caught.value).startswith(f"guest_bad cannot be imported from {file}: ")
    assert told.format(file) in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert "guest_bad" not in sys.modules


def test_what_a_provided_function_raises_comes_out_as_itself(write: Write) -> None:
    file = write("guest_raises.wat", '(module (import "env" "f" (func $f)) (start $f))')

    def fails() -> None:
        raise LookupError("mine")

    importer.provide("env", {"f": fails})
    with pytest.raises(LookupError, match="mine") as caught:
        load("guest_raises")
    if sys.version_info >= (3, 11):
        assert f"while guest_raises was imported from {file}" in caught.value.__notes__


def test_exports_cannot_take_the_place_of_what_python_needs(write: Write) -> None:
    names = ["__path__", "__spec__", "__getattr__", "__class__", "__all__", "class", "a b", "\\n", ""]
    functions = [f'(func (export "{name}"))' for name in names]
    write("guest_names.wat", f"(module {' '.join(functions)})")
    guest = load("guest_names")
    assert guest.__all__ == [
        "wasm__path__",
        "wasm__spec__",
        "wasm__getattr__",
        "wasm__class__",
        "wasm__all__",
        "class_",
        "a_b",
        "wasm_",
        "wasm__2",
    ]
    assert not hasattr(guest, "__path__")
    assert type(guest) is ModuleType


def test_reload_takes_the_new_file_or_leaves_all_as_it_was(write: Write) -> None:
    write("guest_reload.wat", GCD)
    guest = load("guest_reload")
    write("guest_reload.wat", '(module (func (export "two") (result i32) (i32.const 2)))')
    assert importlib.reload(guest) is guest
    assert (guest.two(), guest.__all__, hasattr(guest, "gcd")) == (2, ["two"], False)
    write("guest_reload.wat", "(module")
    with pytest.raises(ImportError):
        importlib.reload(guest)
    assert (guest.two(), isinstance(importer.instance_of(guest), Instance)) == (2, True)


def test_uninstall_leaves_nothing_behind(write: Write) -> None:
    write("guest_later.wat", GCD)
    others = [each for each in sys.meta_path if type(each).__module__ != "wasmtime_gen.importer"]
    importer.install()
    assert [each for each in sys.meta_path if type(each) is not importer.Finder] == others
    assert len(sys.meta_path) == len(others) + 1
    importer.uninstall()
    try:
        assert sys.meta_path == others
        with pytest.raises(ModuleNotFoundError):
            load("guest_later")
    finally:
        importer.install()
    assert load("guest_later").gcd(2, 4) == 2


def test_only_identifiers_are_looked_for_and_in_their_case(write: Write, tmp_path: Path) -> None:
    write("guest_case.wat", GCD)
    (tmp_path / "outside.wat").write_text(GCD)
    for name in ("Guest_Case", "/outside", "guest_case.wat"):
        with pytest.raises(ImportError):
            load(name)


def test_modules_are_compiled_through_the_cache(write: Write, tmp_path: Path) -> None:
    write("guest_cached.wat", GCD)
    load("guest_cached")
    assert CompileCache(tmp_path / "cache").has(Engine(interruptible=True), wat2wasm(GCD))
    (tmp_path / "cache").chmod(0o777)  # others could write there, so it is not used
    write("guest_uncached.wat", GCD)
    assert load("guest_uncached").gcd(2, 4) == 2


def test_a_trap_comes_out_of_a_call(write: Write) -> None:
    write("guest_traps.wat", '(module (func (export "f") unreachable))')
    with pytest.raises(UnreachableTrap):
        load("guest_traps").f()
    with pytest.raises(TypeError, match="sys was not imported from WebAssembly"):
        importer.instance_of(sys)


def test_it_is_opt_in(write: Write) -> None:
    folder = write("guest_gcd.wat", GCD).parent
    code = "import wasmtime_gen, sys\ntry:\n    import guest_gcd\nexcept ImportError:\n    print('not found')"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("not found\n", "")
