"""Where the package `wasmtime` ends the process, or gives away what this one does not: each says what to do."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.compat.differences import RAISED
from wasmtime_gen.compat import wasmtime as w


@pytest.mark.parametrize("name", [each.name for each in pkgutil.iter_modules(w.__path__) if each.name != "component"])
def test_the_examples_of_the_docstrings_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"{w.__name__}.{name}")).failed == 0


def module(store: w.Store, text: str) -> w.Module:
    return w.Module(store.engine, text)


@pytest.fixture
def store() -> w.Store:
    return w.Store()


POINTER = (
    "the native pointer of a Store is not given away: what is to be done with it can be done through wasmtime_gen, or "
    "through wasmtime_capi with pointers of its own"
)
TEXTS: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "Caller.__init__": (
        lambda: w.Caller(0),
        TypeError,
        "a Caller is given to host functions with access_caller=True, and not made otherwise",
    ),
    "Managed.ptr": (lambda: w.Store().ptr(), TypeError, POINTER),
    "Store.set_wasi_http": (
        lambda: w.Store().set_wasi_http(),
        w.WasmtimeError,
        "wasi:http is for components, which wasmtime_gen.compat.wasmtime does not have",
    ),
    "component": (
        lambda: importlib.import_module("wasmtime_gen.compat.wasmtime.component"),
        ImportError,
        "components are not part of wasmtime_gen.compat.wasmtime: it has core modules and WASI only. The package "
        "wasmtime can be used beside it for components",
    ),
    "StoreContext.__init__": (
        lambda: w.StoreContext(0),
        TypeError,
        "a StoreContext is made of a native pointer: give the Store or the Caller",
    ),
}


def test_every_name_that_only_raises_is_listed_here() -> None:
    assert set(TEXTS) == set(RAISED)


@pytest.mark.parametrize("name", TEXTS)
def test_a_name_that_only_raises_says_what_to_do(name: str) -> None:
    use, kind, text = TEXTS[name]
    with pytest.raises(kind, match=f"^{re.escape(text)}$"):
        use()


def test_an_item_of_another_store_is_refused(store: w.Store) -> None:
    memory = w.Memory(w.Store(), w.MemoryType(w.Limits(1, None)))
    text = "this Memory belongs to another Store than the one that was given"
    with pytest.raises(w.WasmtimeError, match=text):
        memory.size(store)
    with pytest.raises(w.WasmtimeError, match="another Store"):
        w.Instance(store, module(store, '(module (import "" "" (memory 1)))'), [memory])


def test_what_is_no_store_is_refused(store: w.Store) -> None:
    memory = w.Memory(store, w.MemoryType(w.Limits(1, None)))
    with pytest.raises(TypeError, match="expected a Store or a Caller, not NoneType"):
        memory.size(None)  # type: ignore[arg-type]


def test_an_import_by_position_has_to_be_one_by_name(store: w.Store) -> None:
    twice = module(store, '(module (import "a" "f" (func)) (import "a" "f" (func)))')
    first, second = (w.Func(store, w.FuncType([], []), lambda: None) for _ in range(2))
    w.Instance(store, twice, [first, first])
    with pytest.raises(w.WasmtimeError, match=r"the module imports a\.f twice, and each time another item is given"):
        w.Instance(store, twice, [first, second])
    with pytest.raises(w.WasmtimeError, match="expected 2 imports, found 1"):
        w.Instance(store, twice, [first])


def test_a_missing_import_is_told_with_its_fix(store: w.Store) -> None:
    with pytest.raises(w.WasmtimeError, match=r"import env\.log is missing: define it with linker\.define_func"):
        w.Linker(store.engine).instantiate(store, module(store, '(module (import "env" "log" (func)))'))


def test_a_view_of_a_memory_that_may_move_is_refused(store: w.Store) -> None:
    memory = w.Memory(store, w.MemoryType(w.Limits(1, None), is_64=True))
    for view in (memory.data_ptr, memory.get_buffer_ptr):
        with pytest.raises(w.WasmtimeError, match="this memory may move when it grows, so there can be no view of it"):
            view(store)


def test_a_view_beyond_the_memory_is_refused_and_one_inside_outlives_the_store(store: w.Store) -> None:
    memory = w.Memory(store, w.MemoryType(w.Limits(1, None)))
    with pytest.raises(IndexError, match="out of range"):
        memory.get_buffer_ptr(store, 65537)
    array = memory.get_buffer_ptr(store, 4)
    store.close()
    array[0] = 1
    assert list(array) == [1, 0, 0, 0]


def test_options_that_contradict_each_other_are_refused_when_the_engine_is_made() -> None:
    config = w.Config()
    config.strategy = "winch"
    config.debug_info = True
    with pytest.raises(w.WasmtimeError, match="strategy='winch' and debug_info=True contradict each other"):
        w.Engine(config)
    config = w.Config()
    config.cranelift_flag_enable("nonsense")
    with pytest.raises(w.WasmtimeError, match="Cranelift has no flag 'nonsense' on this machine"):
        w.Engine(config)


def test_a_module_that_imports_wasi_needs_a_store_that_has_it(store: w.Store) -> None:
    linker = w.Linker(store.engine)
    linker.define_wasi()
    text = '(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))'
    with pytest.raises(w.WasmtimeError, match="WASI"):
        linker.instantiate(store, module(store, text))


def test_a_store_is_not_closed_by_what_it_calls(store: w.Store) -> None:
    func = w.Func(store, w.FuncType([], []), store.close)
    with pytest.raises(w.WasmtimeError, match="this Store cannot be closed while a call runs in it"):
        func(store)


def test_a_store_is_not_used_by_another_thread_while_a_call_runs_in_it(store: w.Store) -> None:
    def elsewhere() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(store.gc).result()

    with pytest.raises(w.WasmtimeError, match="this Store is in use by another thread"):
        w.Func(store, w.FuncType([], []), elsewhere)(store)


def test_what_the_types_of_tables_do_not_allow_is_an_error(store: w.Store) -> None:
    with pytest.raises(w.WasmtimeError, match="element must be a reference type such as funcref, not i32"):
        w.TableType(w.ValType.i32(), w.Limits(1, None))
    with pytest.raises(w.WasmtimeError, match="minimum is 2 elements, above the maximum of 1"):
        w.TableType(w.ValType.funcref(), w.Limits(2, 1))
    with pytest.raises(w.WasmtimeError, match="a table has at most 10000000 elements at the start, not 10000001"):
        w.Table(store, w.TableType(w.ValType.funcref(), w.Limits(10_000_001, None)), None)


def test_the_number_of_an_open_file_is_no_path(store: w.Store, tmp_path: Path) -> None:
    config = w.WasiConfig()
    with open(tmp_path / "file", "wb") as file:
        for name in ("stdin_file", "stdout_file", "stderr_file"):
            with pytest.raises(TypeError, match="not int"):
                setattr(config, name, file.fileno())
        with pytest.raises(TypeError, match="not int"):
            w.Module.from_file(store.engine, file.fileno())  # type: ignore[arg-type]
        os.fstat(file.fileno())  # it is still open


def test_vectors_are_sixteen_bytes(store: w.Store) -> None:
    text = '(module (func (export "f") (param v128) (result v128) local.get 0))'
    func = w.Instance(store, module(store, text), []).exports(store)["f"]
    assert func(store, bytes(range(16))) == bytes(range(16))


def test_an_exception_of_an_output_function_comes_out_of_the_call(store: w.Store) -> None:
    def fail(data: bytes) -> None:
        raise KeyError(data)

    config = w.WasiConfig()
    config.stdout_custom = fail
    store.set_wasi(config)
    linker = w.Linker(store.engine)
    linker.define_wasi()
    text = """(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "\\08\\00\\00\\00\\02\\00\\00\\00Hi")
      (func (export "run") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))"""
    with pytest.raises(KeyError, match="Hi"):
        linker.instantiate(store, module(store, text)).exports(store)["run"](store)
