"""WASI in linkers and stores: both halves are needed, in the right order, and how programs end."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
import wasmtime_capi

from tests.api.linked_guests import text
from tests.api.snippets import check_snippet
from tests.api.wasi_guests import TEXT, captured, fails, guest, linker_with_wasi
from wasmtime_gen import (
    Capture,
    ConcurrentUseError,
    Engine,
    Exit,
    Func,
    FuncType,
    Linker,
    LinkError,
    Module,
    Store,
    Wasi,
    WasiConfig,
    WasmtimeError,
    WritableDir,
)
from wasmtime_gen._wasi import linking
from wasmtime_gen._wasi.calls import MODULE, TYPES

NO_WASI = "the linker has WASI and the store has none: set store.wasi = WasiConfig() before"


def test_a_store_without_wasi_is_told_which_line_is_missing(engine: Engine, store: Store) -> None:
    linker, module = linker_with_wasi(engine), text(engine, TEXT)
    assert fails(linker.instantiate, store, module) == (WasmtimeError, NO_WASI)
    assert fails(linker.instantiate_pre(module).instantiate, store) == (WasmtimeError, NO_WASI)
    assert fails(linker.get, store, MODULE, "fd_write") == (WasmtimeError, NO_WASI)
    assert fails(linker.define_module, store, "guest", module) == (WasmtimeError, NO_WASI)
    command = text(engine, f'(module (import "{MODULE}" "sched_yield" (func (result i32))) (func (export "_start")))')
    assert fails(linker.define_module, store, "command", command) == (WasmtimeError, NO_WASI)
    store.wasi = WasiConfig()
    linker.instantiate(store, module).exports.write(1, 100, 6)
    linker.instantiate_pre(module).instantiate(store).exports.write(1, 100, 6)
    assert captured(store) == (b"hello\n" * 2, b"")


def test_a_linker_without_wasi_is_told_which_line_is_missing(engine: Engine, store: Store) -> None:
    store.wasi = WasiConfig()
    linker, module = (
        Linker(engine),
        text(engine, f'(module (import "{MODULE}" "fd_sync" (func (param i32) (result i32))))'),
    )
    assert fails(linker.instantiate, store, module) == (
        LinkError,
        "1 import is missing or of another type:\n"
        f"  import {MODULE}.fd_sync is missing: define it with linker.define_wasi()",
    )
    assert linker.explain(module)[0].fix == "linker.define_wasi()"


def test_a_module_that_does_not_import_wasi_needs_none(engine: Engine, store: Store) -> None:
    linker = linker_with_wasi(engine)
    module = text(engine, '(module (import "host" "call" (func $f)) (func (export "run") (call $f)))')
    linker.instantiate(store, module).exports.run()
    linker.instantiate_pre(module).instantiate(store).exports.run()
    assert fails(lambda: store.wasi) == (WasmtimeError, "this Store has no WASI: set store.wasi = WasiConfig()")


def test_a_function_that_replaces_one_of_wasi_needs_no_store_with_wasi(engine: Engine, store: Store) -> None:
    linker = linker_with_wasi(engine)
    linker.allow_shadowing = True
    linker.define_func(MODULE, "sched_yield", lambda: 7, "() -> i32")
    module = text(engine, f'(module (import "{MODULE}" "sched_yield" (func (result i32))) (export "run" (func 0)))')
    assert linker.instantiate(store, module).exports.run() == 7


def test_each_function_of_wasi_is_known_with_its_type(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    linker.define_wasi()
    store.wasi = WasiConfig()
    for name, type_ in TYPES.items():
        found = linker.get(store, MODULE, name)
        assert isinstance(found, Func)
        assert found.type == FuncType.parse(type_), name
    wrong = text(engine, f'(module (import "{MODULE}" "fd_sync" (func (param i64) (result i32))))')
    assert str(linker.explain(wrong)) == (
        f"import {MODULE}.fd_sync does not fit: it wants function i64 -> i32 and is given function i32 -> i32; "
        f"define it with linker.define_func('{MODULE}', 'fd_sync', ..., 'i64 -> i32')"
    )


def test_the_kind_of_i32_is_the_generated_one() -> None:
    assert linking._I32 == wasmtime_capi.WASM_I32


def test_the_library_defines_nothing_that_is_not_known_here(engine: Engine) -> None:
    # Every name of the specification that the library has is in TYPES; of preview 0 and the adapter it has none.
    linker = Linker(engine)
    linker.define_wasi()
    for module, name in (("wasi_unstable", "fd_write"), (MODULE, "adapter_open_badfd"), (MODULE, "sock_open")):
        store = Store(engine)
        store.wasi = WasiConfig()
        assert linker.get(store, module, name) is None


def test_wasi_cannot_be_defined_over_other_definitions_unless_that_is_allowed(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    linker.define_wasi()
    taken = (
        f"{MODULE}.sched_yield would be defined twice: linker.allow_shadowing = True lets a definition replace an "
        "earlier one"
    )
    assert fails(linker.define_wasi) == (LinkError, taken)
    assert fails(linker.define_func, MODULE, "sched_yield", lambda: 0, "() -> i32") == (LinkError, taken)
    linker.allow_shadowing = True
    linker.define_wasi()
    assert linker.allow_shadowing


def test_defining_wasi_leaves_shadowing_as_it_was(engine: Engine) -> None:
    linker = linker_with_wasi(engine)
    assert not linker.allow_shadowing
    assert fails(linker.define_func, "host", "call", print, "() -> ()")[0] is LinkError


@pytest.mark.parametrize("value", [None, {}, "inherit", WasiConfig], ids=repr)
def test_only_a_config_can_be_set(store: Store, value: object) -> None:
    kind = type(value).__name__
    assert fails(setattr, store, "wasi", value) == (TypeError, f"store.wasi must be a WasiConfig, not {kind}")
    assert fails(lambda: store.wasi)[0] is WasmtimeError


def test_a_store_tells_what_it_was_given(store: Store) -> None:
    config = WasiConfig(args=["a"])
    store.wasi = config
    assert store.wasi.config is config
    assert repr(store.wasi) == "<Wasi of WasiConfig(args=('a',))>"


def test_a_wasi_is_made_by_its_store_and_stays_there(store: Store) -> None:
    store.wasi = WasiConfig()
    assert fails(Wasi) == (TypeError, "a Wasi is made by store.wasi = WasiConfig(...)")
    refused = (TypeError, "a Wasi belongs to its store and cannot be copied or pickled: its config can")
    assert (
        fails(copy.copy, store.wasi) == fails(copy.deepcopy, store.wasi) == fails(pickle.dumps, store.wasi) == refused
    )


def test_a_config_serves_several_stores_and_each_has_its_own_output(engine: Engine) -> None:
    config = WasiConfig(args=["a"], stdin="abc")
    stores = [Store(engine), Store(engine)]
    for store in stores:
        instance = guest(store, config)
        instance.exports.write(1, 100, 6)
        assert instance.exports.read(0, 1000, 10) == 0
        assert instance.exports.done() == 3
    assert [captured(store) for store in stores] == [(b"hello\n", b"")] * 2


def test_setting_it_again_gives_guests_new_streams(store: Store) -> None:
    instance = guest(store, WasiConfig(args=["a"]))
    before = store.wasi
    assert instance.exports.write(1, 100, 6) == 0
    store.wasi = WasiConfig(args=["a", "b"], env={"A": "1"})
    instance.exports.write(1, 110, 6)
    assert instance.exports.counts() == (2, 1)
    assert captured(store) == (b"error\n", b"")
    assert before.stdout == b"hello\n"


def test_a_config_that_cannot_be_set_changes_nothing(store: Store, tmp_path: Path) -> None:
    instance = guest(store, WasiConfig())
    missing = tmp_path / "missing"
    assert fails(setattr, store, "wasi", WasiConfig(stdin=missing)) == (
        FileNotFoundError,
        f"[Errno 2] the file for the guest's stdin cannot be opened: No such file or directory: '{missing}'",
    )
    assert fails(setattr, store, "wasi", WasiConfig(stdout=missing / "out")) == (
        FileNotFoundError,
        f"[Errno 2] the file for the guest's stdout cannot be opened: No such file or directory: '{missing / 'out'}'",
    )
    assert fails(setattr, store, "wasi", WasiConfig(stdin=tmp_path)) == (
        IsADirectoryError,
        f"[Errno 21] the file for the guest's stdin cannot be opened: Is a directory: '{tmp_path}'",
    )
    (tmp_path / "file").write_text("")
    assert fails(setattr, store, "wasi", WasiConfig(preopens={"/a": WritableDir(tmp_path / "file")})) == (
        NotADirectoryError,
        f"[Errno 20] the directory for the guest's '/a' cannot be opened: Not a directory: '{tmp_path / 'file'}'",
    )
    instance.exports.write(1, 100, 6)
    assert captured(store) == (b"hello\n", b"")


def test_it_cannot_be_set_while_a_call_runs(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("kept")
    instance = guest(store, WasiConfig(), lambda: setattr(store, "wasi", WasiConfig(stdout=file)))
    assert fails(instance.exports.call_host) == (
        ConcurrentUseError,
        "setting store.wasi cannot be done while a call runs in this Store: do it before or after the call",
    )
    assert file.read_text() == "kept"


def test_it_cannot_be_set_while_another_thread_calls(store: Store) -> None:
    entered, leave = threading.Event(), threading.Event()
    instance = guest(store, WasiConfig(), lambda: _meet(entered, leave))
    thread = threading.Thread(target=instance.exports.call_host)
    thread.start()
    assert entered.wait(10)
    refused = fails(setattr, store, "wasi", WasiConfig())
    leave.set()
    thread.join()
    assert refused == (
        ConcurrentUseError,
        "this Store is in use by another thread: a store runs one call at a time",
    )


def _meet(entered: threading.Event, leave: threading.Event) -> None:
    entered.set()
    leave.wait(10)


def test_a_closed_store_takes_no_config_and_still_tells_its_output(engine: Engine) -> None:
    store = Store(engine)
    guest(store, WasiConfig()).exports.write(1, 100, 6)
    store.close()
    assert captured(store) == (b"hello\n", b"")
    assert fails(setattr, store, "wasi", WasiConfig())[1].startswith("this Store is closed")


@pytest.mark.parametrize("code", range(256))
def test_each_exit_code_arrives(exits: Callable[[int], None], code: int) -> None:
    with pytest.raises(Exit) as caught:
        exits(code)
    assert caught.value.code == code
    assert str(caught.value) == f"the guest exited with code {code}"
    assert not hasattr(caught.value, "__notes__")


@pytest.fixture(scope="module")
def exits() -> Callable[[int], None]:
    exit_: Callable[[int], None] = guest(Store(Engine()), WasiConfig()).exports.exit
    return exit_


@pytest.mark.parametrize(("code", "told"), [(256, 0), (-1, 255), (511, 255), (2**32 - 2, 254)])
def test_of_larger_exit_codes_the_last_eight_bits_arrive_as_on_posix(
    exits: Callable[[int], None], code: int, told: int
) -> None:
    with pytest.raises(Exit) as caught:
        exits(code)
    assert caught.value.code == told


def test_a_store_can_be_used_after_an_exit(store: Store) -> None:
    instance = guest(store, WasiConfig())
    assert fails(instance.exports.exit, 3) == (Exit, "the guest exited with code 3")
    instance.exports.write(1, 100, 6)
    assert captured(store) == (b"hello\n", b"")


def test_a_host_function_sees_the_exit_of_a_guest_that_it_calls(store: Store) -> None:
    def call() -> None:
        with pytest.raises(Exit, match="code 5"):
            inner.exports.exit(5)

    inner = guest(store, WasiConfig())
    outer = linker_with_wasi(store.engine, call).instantiate(store, text(store.engine, TEXT))
    outer.exports.call_host()
    outer.exports.write(1, 100, 6)
    assert captured(store)[0] == b"hello\n"


@pytest.mark.parametrize("early", [True, False])
def test_limits_on_instances_and_memories_count_the_guests_alone(engine: Engine, store: Store, early: bool) -> None:
    if early:
        store.set_limits(instances=1, memories=1)
    instance = guest(store, WasiConfig())
    if not early:
        store.set_limits(instances=1, memories=1)
    assert instance.exports.close(9) == 8
    assert instance.exports.close(2) == 0
    kind, told = fails(linker_with_wasi(engine).instantiate, store, text(engine, TEXT))
    assert (kind, told) == (WasmtimeError, "resource limit exceeded: instance count too high at 3")


def test_limits_hold_when_wasi_is_set_again(engine: Engine, store: Store) -> None:
    store.set_limits(instances=2)
    for _ in range(5):
        store.wasi = WasiConfig()
    for _ in range(2):
        guest(store, None).exports.close(0)
    assert fails(guest, store, None)[0] is WasmtimeError


def test_a_guest_that_exports_no_memory_is_told_so(engine: Engine, store: Store) -> None:
    store.wasi = WasiConfig()
    linker = linker_with_wasi(engine)
    for memory in ("", "(memory 1)", '(memory (export "mem") 1)', '(func (export "memory"))'):
        module = text(
            engine,
            f'(module (import "{MODULE}" "fd_write" (func $w (param i32 i32 i32 i32) (result i32))) {memory} '
            '(func (export "run") (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))',
        )
        assert fails(linker.instantiate(store, module).exports.run) == (
            WasmtimeError,
            "a guest of WASI must export its memory as 'memory', and this one does not",
        )


def test_a_shared_memory_will_not_do() -> None:
    store = Store(Engine(shared_memory=True, wasm_threads=True))
    store.wasi = WasiConfig()
    module = text(
        store.engine,
        f'(module (import "{MODULE}" "fd_write" (func $w (param i32 i32 i32 i32) (result i32))) '
        '(memory (export "memory") 1 1 shared) '
        '(func (export "run") (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))',
    )
    assert fails(linker_with_wasi(store.engine).instantiate(store, module).exports.run) == (
        WasmtimeError,
        "a guest of WASI must export its memory as 'memory', and a shared memory will not do",
    )


def test_a_command_is_run_anew_each_time_by_its_linker(engine: Engine, store: Store) -> None:
    store.wasi = WasiConfig()
    linker = linker_with_wasi(engine)
    command = text(
        engine,
        f'(module (import "{MODULE}" "fd_write" (func $w (param i32 i32 i32 i32) (result i32))) '
        f'(import "{MODULE}" "proc_exit" (func $exit (param i32))) '
        '(memory (export "memory") 1) (data (i32.const 0) "\\08\\00\\00\\00\\03\\00\\00\\00abc")'
        '(func (export "_start") (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))'
        "(call $exit (i32.const 9))))",
    )
    linker.define_module(store, "command", command)
    for _ in range(3):
        assert fails(linker.get_default(store, "command")) == (Exit, "the guest exited with code 9")
    assert captured(store) == (b"abcabcabc", b"")


def test_type_checkers_know_what_is_set_and_what_is_read(tmp_path: Path) -> None:
    snippet = """
from pathlib import Path
from wasmtime_gen import INHERIT, STDOUT, Capture, Engine, Store, WasiConfig, WritableDir
store = Store(Engine())
store.wasi = WasiConfig(args=["a"], stdin="b", stdout=Capture(5), stderr=STDOUT, preopens={"/a": WritableDir("b")})
store.wasi = WasiConfig(env=INHERIT, stdin=Path("a"), stdout=print, stderr=None, preopens={"/a": Path("b")})
reveal_type(store.wasi)  # Wasi
reveal_type(store.wasi.stdout)  # bytes
store.wasi = None  # error: assignment
WasiConfig(stdout="out.txt")  # error: arg-type
WasiConfig(stdout=STDOUT)  # error: arg-type
"""
    check_snippet(snippet, tmp_path)


def test_a_function_of_wasi_called_from_python_raises(engine: Engine, store: Store) -> None:
    store.wasi = WasiConfig()
    linker = linker_with_wasi(engine)
    for name, type_ in TYPES.items():
        function = linker.get(store, MODULE, name)
        assert isinstance(function, Func)
        if name not in ("fd_close", "fd_renumber"):
            assert issubclass(fails(function, *[0] * len(FuncType.parse(type_).params))[0], WasmtimeError)


def test_stores_with_wasi_are_collected_with_their_functions(engine: Engine) -> None:
    def make() -> weakref.ref[Store]:
        store = Store(engine)
        guest(store, WasiConfig(stdout=lambda data: store.data.append(data)), lambda: store.gc()).exports.close(2)
        return weakref.ref(store)

    stores = [make() for _ in range(20)]
    gc.collect()
    assert [store() for store in stores] == [None] * 20


def test_what_was_written_outlives_the_store(engine: Engine) -> None:
    store = Store(engine)
    guest(store, WasiConfig()).exports.write(1, 100, 6)
    wasi, gone = store.wasi, weakref.ref(store)
    del store
    gc.collect()
    assert (gone(), wasi.stdout) == (None, b"hello\n")


def test_a_memory_of_64_bits_is_written_from_as_well(store: Store) -> None:
    module = text(
        store.engine,
        f'(module (import "{MODULE}" "fd_write" (func $w (param i32 i32 i32 i32) (result i32))) '
        '(memory (export "memory") i64 1) (data (i64.const 0) "\\08\\00\\00\\00\\03\\00\\00\\00abc")'
        '(func (export "run") (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))',
    )
    store.wasi = WasiConfig(stdout=Capture(3))
    linker_with_wasi(store.engine).instantiate(store, module).exports.run()
    assert captured(store)[0] == b"abc"


def test_a_module_is_instantiated_with_wasi_by_many_threads_at_once(engine: Engine) -> None:
    linker, module = linker_with_wasi(engine), Module.from_text(engine, TEXT)
    outputs: list[bytes] = []

    def run() -> None:
        for _ in range(20):
            store = Store(engine)
            store.wasi = WasiConfig()
            instance = linker.instantiate(store, module)
            instance.exports.write(1, 100, 6)
            instance.exports.close(2)
            outputs.append(store.wasi.stdout)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outputs == [b"hello\n"] * 80
