"""What a program of the package `wasmtime` relies on, seen to hold there and here."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy
import pytest


def instantiate(w: Any, store: Any, text: str, *imports: Any) -> Any:
    return w.Instance(store, w.Module(store.engine, text), imports).exports(store)


DIVIDE = """(module $calculator
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1))))"""


def test_a_trap_tells_its_code_and_its_frames_in_the_words_of_the_library(w: Any) -> None:
    store = w.Store()
    divide = instantiate(w, store, DIVIDE)["divide"]
    assert divide(store, 7, 2) == 3
    with pytest.raises(w.Trap) as caught:
        divide(store, 1, 0)
    trap = caught.value
    assert trap.trap_code == w.TrapCode.INTEGER_DIVISION_BY_ZERO
    assert str(trap) == trap.message
    assert trap.message.startswith("error while executing at wasm backtrace:\n")
    assert "wasm trap: integer divide by zero" in trap.message
    frame = trap.frames[0]
    assert (frame.func_index, frame.func_name, frame.module_name) == (0, None, "calculator")
    assert 0 < frame.func_offset < frame.module_offset


def test_a_trap_while_instantiating_tells_the_same(w: Any) -> None:
    with pytest.raises(w.Trap) as caught:
        instantiate(w, w.Store(), "(module (func $first unreachable) (start $first))")
    assert caught.value.message.startswith("error while executing at wasm backtrace:\n")
    assert [frame.func_name for frame in caught.value.frames] == ["first"]


def test_a_trap_is_no_error_and_an_exit_is_one(w: Any) -> None:
    assert not issubclass(w.Trap, w.WasmtimeError)
    assert issubclass(w.ExitTrap, w.WasmtimeError)
    assert w.Trap("mine").trap_code is None
    assert (str(w.Trap("mine")), w.Trap("mine").frames, str(w.WasmtimeError("bad"))) == ("mine", [], "bad")


def test_an_exception_of_a_host_function_comes_out_as_itself(w: Any) -> None:
    store, raised = w.Store(), KeyError("mine")

    def fail() -> None:
        raise raised

    text = '(module (import "" "" (func $f)) (func (export "run") call $f))'
    run = instantiate(w, store, text, w.Func(store, w.FuncType([], []), fail))["run"]
    with pytest.raises(KeyError) as caught:
        run(store)
    assert caught.value is raised


def test_numbers_wrap_and_kinds_are_told_apart(w: Any) -> None:
    store = w.Store()
    i32, f32 = w.ValType.i32(), w.ValType.f32()
    seen: list[Any] = []
    func = w.Func(store, w.FuncType([i32, f32], []), lambda *args: seen.extend(args))
    func(store, 2**32 - 1, 0.5)
    func(store, w.Val.i32(2**31), w.Val.f32(0.1))
    func(store, True, 1e300)
    assert seen == [-1, 0.5, -(2**31), pytest.approx(0.1), 1, float("inf")]
    for wrong in ((0.5, 0.5), (1, 1), (None, 0.5), (w.Val.i64(1), 0.5)):
        with pytest.raises(TypeError):
            func(store, *wrong)
    with pytest.raises(w.WasmtimeError, match="too few parameters provided: given 1, expected 2"):
        func(store, 1)
    with pytest.raises(w.WasmtimeError, match="too many parameters provided: given 3, expected 2"):
        func(store, 1, 2.0, 3)


def test_results_of_the_host_are_checked(w: Any) -> None:
    store, i32 = w.Store(), w.ValType.i32()
    with pytest.raises(w.WasmtimeError, match="callback produced results when it shouldn't"):
        w.Func(store, w.FuncType([], []), lambda: 1)(store)
    with pytest.raises(w.WasmtimeError, match="callback produced wrong number of results"):
        w.Func(store, w.FuncType([], [i32, i32]), lambda: [1])(store)
    assert w.Func(store, w.FuncType([], [i32, i32]), lambda: (1, 2))(store) == [1, 2]


def test_any_object_goes_through_a_guest_and_comes_back_as_itself(w: Any) -> None:
    store, thing = w.Store(), object()
    echo = instantiate(w, store, '(module (func (export "f") (param externref) (result externref) local.get 0))')["f"]
    assert echo(store, thing) is thing
    assert echo(store, None) is None
    assert echo(store, w.Val.externref(thing)) is thing


def test_functions_are_values(w: Any) -> None:
    store = w.Store()
    text = """(module (table (export "t") 2 funcref) (elem (i32.const 0) $one)
      (func $one (result i32) i32.const 1) (func (export "get") (param funcref) (result funcref) local.get 0))"""
    exports = instantiate(w, store, text)
    one = exports["t"].get(store, 0)
    assert one(store) == 1
    assert exports["get"](store, one)(store) == 1
    assert exports["get"](store, None) is None
    exports["t"].set(store, 1, one)
    assert exports["t"].get(store, 1)(store) == 1
    empty = exports["t"].grow(store, 1, None)
    assert (empty, exports["t"].size(store), exports["t"].get(store, 99)) == (2, 3, None)
    null = exports["t"].get(store, 2)
    assert (type(null), null.value) == (w.Val, None)
    with pytest.raises(w.WasmtimeError):
        exports["t"].set(store, 99, one)


def test_globals_give_values_and_take_values(w: Any) -> None:
    store = w.Store()
    counter = w.Global(store, w.GlobalType(w.ValType.i64(), True), 2**40)
    counter.set_value(store, w.Val.i64(-1))
    assert (counter.value(store), counter.type(store).mutable, counter.type(store).content) == (
        -1,
        True,
        w.ValType.i64(),
    )
    constant = w.Global(store, w.GlobalType(w.ValType.externref(), False), None)
    null = constant.value(store)
    assert (type(null), null.value) == (w.Val, None)
    with pytest.raises(w.WasmtimeError):
        constant.set_value(store, 1)


def test_a_caller_stands_for_its_store_until_the_call_ends(w: Any) -> None:
    store, kept = w.Store(), []

    def look(caller: Any, address: int) -> int:
        kept.append(caller)
        memory = caller["memory"]
        assert caller.get("nothing") is None
        with pytest.raises(KeyError, match="failed to find export nothing"):
            caller["nothing"]
        memory.write(caller, b"!", 3)
        return int(memory.read(caller, address, address + 1)[0])

    i32 = w.ValType.i32()
    text = """(module (import "" "look" (func $look (param i32) (result i32))) (memory (export "memory") 1)
      (data (i32.const 0) "abc") (func (export "run") (result i32) (call $look (i32.const 1))))"""
    exports = instantiate(w, store, text, w.Func(store, w.FuncType([i32], [i32]), look, access_caller=True))
    assert exports["run"](store) == ord("b")
    assert exports["memory"].read(store, 0, 4) == b"abc!"
    assert kept[0].get("memory") is None
    with pytest.raises(ValueError, match="caller is no longer valid"):
        exports["memory"].size(kept[0])


def test_memories_read_and_write_by_the_rules_of_slices(w: Any) -> None:
    store = w.Store()
    memory = w.Memory(store, w.MemoryType(w.Limits(1, 2)))
    assert memory.write(store, b"abc") == 3
    assert memory.write(store, bytearray(b"xyz"), -3) == 3
    assert (memory.read(store, 0, 3), memory.read(store, -3), memory.read(store, 5, 2)) == (b"abc", b"xyz", b"")
    assert isinstance(memory.read(store), bytearray)
    assert len(memory.read(store)) == memory.data_len(store) == 65536
    for start in (65536, 65534):
        with pytest.raises(IndexError, match="index out of range"):
            memory.write(store, b"abc", start)
    assert (memory.page_size(store), memory.page_size_log2(store), memory.size(store)) == (65536, 16, 1)
    assert memory.grow(store, 1) == 1
    with pytest.raises(w.WasmtimeError, match="cannot grow by negative amount"):
        memory.grow(store, -1)
    with pytest.raises(w.WasmtimeError):
        memory.grow(store, 1)


def test_memories_are_seen_by_ctypes_and_numpy(w: Any) -> None:
    store = w.Store()
    memory = w.Memory(store, w.MemoryType(w.Limits(1, None)))
    array = numpy.frombuffer(memory.get_buffer_ptr(store), dtype=numpy.uint8)
    array[2:5] = [1, 2, 3]
    assert memory.read(store, 0, 6) == bytes([0, 0, 1, 2, 3, 0])
    pointer = memory.data_ptr(store)
    pointer[0] = 9
    assert list(memory.get_buffer_ptr(store, 3, 0)) == [9, 0, 1]
    assert isinstance(memory.get_buffer_ptr(store, 2), ctypes.Array)


def test_shared_memories(w: Any) -> None:
    config = w.Config()
    config.shared_memory = True
    engine = w.Engine(config)
    memory = w.SharedMemory(engine, w.MemoryType(w.Limits(1, 2), shared=True))
    memory.data_ptr()[7] = 42
    assert (memory.grow(1), memory.data_len(), memory.type().is_shared) == (1, 131072, True)
    assert memory.data_ptr()[7] == 42


def test_types_tell_what_they_were_made_of(w: Any) -> None:
    i32, anything = w.ValType.i32(), w.ValType.externref()
    assert [str(each) for each in (i32, w.ValType.f64(), w.ValType.funcref(), anything)] == [
        "i32",
        "f64",
        "funcref",
        "anyref",
    ]
    assert w.FuncType([i32, anything], [i32]).params == [i32, anything]
    table = w.TableType(w.ValType.funcref(), w.Limits(1, None))
    assert (table.element, table.limits) == (w.ValType.funcref(), w.Limits(1, None))
    memory = w.MemoryType(w.Limits(1, 2), is_64=True, page_size_log2=0)
    assert (memory.is_64, memory.is_shared, memory.page_size, memory.page_size_log2) == (True, False, 1, 0)
    with pytest.raises(w.WasmtimeError, match="minimum size too large"):
        w.MemoryType(w.Limits(2**32, None))
    with pytest.raises(w.WasmtimeError, match="cannot construct directly"):
        w.ValType()
    assert w.TagType(w.FuncType([i32], [])).functype.params == [i32]


def test_modules_tell_their_imports_and_exports(w: Any) -> None:
    module = w.Module(
        w.Engine(),
        '(module (import "a" "m" (memory 1 2)) (import "a" "t" (tag (param i32))) (global (export "g") f32 f32.const 0)'
        ' (table (export "t") 1 externref) (func (export "f") (result i64) i64.const 0))',
    )
    assert [(each.module, each.name, type(each.type)) for each in module.imports] == [
        ("a", "m", w.MemoryType),
        ("a", "t", w.TagType),
    ]
    assert [(each.name, type(each.type)) for each in module.exports] == [
        ("g", w.GlobalType),
        ("t", w.TableType),
        ("f", w.FuncType),
    ]


def test_modules_come_from_text_bytes_files_and_images(w: Any, tmp_path: Path) -> None:
    engine, text = w.Engine(), '(module (func (export "f")))'
    binary = w.wat2wasm(text)
    assert isinstance(binary, bytearray)
    (tmp_path / "m.wat").write_text(text)
    w.Module.validate(engine, binary)
    image = w.Module(engine, text.encode()).serialize()
    (tmp_path / "m.image").write_bytes(image)
    for module in (
        w.Module(engine, bytes(binary)),
        w.Module.from_file(engine, tmp_path / "m.wat"),
        w.Module.deserialize(engine, image),
        w.Module.deserialize_file(engine, str(tmp_path / "m.image")),
    ):
        assert [each.name for each in module.exports] == ["f"]
    for wrong in ("(modul)", b"\0asm", b""):
        with pytest.raises(w.WasmtimeError):
            w.Module(engine, wrong)
    with pytest.raises(w.WasmtimeError):
        w.Module.deserialize(engine, b"nothing")
    with pytest.raises(TypeError, match="expected an Engine"):
        w.Module(1, text)


def test_exports_are_a_mapping_with_an_order(w: Any) -> None:
    store = w.Store()
    exports = instantiate(w, store, '(module (func (export "b")) (memory (export "a") 1))')
    assert (list(exports), len(exports), "b" in exports, exports.get("c")) == (["b", "a"], 2, True, None)
    assert [type(each) for each in exports.by_index] == [w.Func, w.Memory]
    assert exports.by_index[1] is exports["a"]
    with pytest.raises(KeyError):
        exports["c"]


def test_linkers_define_get_and_instantiate(w: Any) -> None:
    store = w.Store()
    linker = w.Linker(store.engine)
    i32 = w.ValType.i32()
    linker.define_func("env", "twice", w.FuncType([i32], [i32]), lambda x: 2 * x)
    linker.define(store, "env", "g", w.Global(store, w.GlobalType(i32, False), 4))
    module = w.Module(
        store.engine,
        """(module (import "env" "twice" (func $twice (param i32) (result i32))) (import "env" "g" (global $g i32))
        (func (export "run") (result i32) (call $twice (global.get $g))))""",
    )
    for instance in (linker.instantiate(store, module), linker.instantiate_pre(module).instantiate(store)):
        assert instance.exports(store)["run"](store) == 8
    assert linker.get(store, "env", "twice")(store, 3) == 6
    with pytest.raises(w.WasmtimeError, match="item not defined in linker"):
        linker.get(store, "env", "nothing")
    with pytest.raises(w.WasmtimeError):
        linker.define_func("env", "twice", w.FuncType([], []), lambda: None)
    linker.allow_shadowing = True
    linker.define_func("env", "twice", w.FuncType([i32], [i32]), lambda x: 3 * x)
    assert linker.instantiate(store, module).exports(store)["run"](store) == 12
    linker.define_instance(store, "other", instance)
    assert linker.get_default(store, "nobody")(store) is None


def test_what_is_missing_traps_or_is_a_default(w: Any) -> None:
    store = w.Store()
    module = w.Module(store.engine, '(module (import "a" "f" (func $f (result i32))) (export "f" (func $f)))')
    with pytest.raises(w.WasmtimeError):
        w.Linker(store.engine).instantiate(store, module)
    linker = w.Linker(store.engine)
    linker.define_unknown_imports_as_traps(module)
    with pytest.raises(w.WasmtimeError, match="unknown import: `a::f` has not been defined"):
        linker.instantiate(store, module).exports(store)["f"](store)
    linker = w.Linker(store.engine)
    linker.define_unknown_imports_as_default_values(store, module)
    assert linker.instantiate(store, module).exports(store)["f"](store) == 0


def test_fuel_and_epochs_stop_guests(w: Any) -> None:
    config = w.Config()
    config.consume_fuel = True
    config.epoch_interruption = True
    store = w.Store(w.Engine(config))
    store.set_fuel(1000)
    store.set_epoch_deadline(1)
    loop = instantiate(w, store, '(module (func (export "f") (loop (br 0))))')["f"]
    with pytest.raises(w.Trap) as caught:
        loop(store)
    assert (caught.value.trap_code, store.get_fuel()) == (w.TrapCode.OUT_OF_FUEL, 0)
    store.set_fuel(10**6)
    store.engine.increment_epoch()
    with pytest.raises(w.Trap) as caught:
        loop(store)
    assert caught.value.trap_code == w.TrapCode.INTERRUPT
    assert store.engine.is_pulley() is False


def test_limits_bound_what_guests_take(w: Any) -> None:
    store = w.Store()
    store.set_limits(memory_size=65536)
    grow = instantiate(w, store, '(module (memory 1) (func (export "f") (result i32) (memory.grow (i32.const 1))))')[
        "f"
    ]
    assert grow(store) == -1


def test_what_is_closed_or_used_up_raises_a_value_error(w: Any) -> None:
    with w.Store(data=[1]) as store:
        assert store.data() == [1]
    with pytest.raises(ValueError, match=r"closed"):
        store.gc()
    config = w.Config()
    w.Engine(config)
    for use in (lambda: w.Engine(config), lambda: setattr(config, "debug_info", True)):
        with pytest.raises(ValueError, match="already closed"):
            use()


def test_modules_and_stores_outlive_the_engine_that_they_were_made_with(w: Any) -> None:
    with w.Engine() as engine:
        store, module = w.Store(engine), w.Module(engine, '(module (func (export "f") (result i32) i32.const 5))')
    assert w.Instance(store, module, []).exports(store)["f"](store) == 5
    for use in (engine.increment_epoch, lambda: w.Store(engine), lambda: w.Module(engine, "(module)")):
        with pytest.raises(ValueError, match="already closed"):
            use()


def test_options_are_set_and_checked_one_by_one(w: Any) -> None:
    config = w.Config()
    with pytest.raises(TypeError, match="expected a bool"):
        config.wasm_simd = 1
    with pytest.raises(TypeError, match="expected an int"):
        config.max_wasm_stack = "1"
    with pytest.raises(w.WasmtimeError, match="unknown strategy: winsch"):
        config.strategy = "winsch"
    with pytest.raises(w.WasmtimeError, match="unknown opt level: fast"):
        config.cranelift_opt_level = "fast"
    with pytest.raises(w.WasmtimeError, match="caching cannot be explicitly disabled"):
        config.cache = False
    with pytest.raises(AttributeError):
        config.wasm_simd  # noqa: B018 - it cannot be read
    config.wasm_simd = config.wasm_relaxed_simd = False
    store = w.Store(w.Engine(config))
    with pytest.raises(w.WasmtimeError):
        w.Module(store.engine, "(module (func (result v128) unreachable))")


WASI = """(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\08\\00\\00\\00\\07\\00\\00\\00Hello!\\n")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
    (drop (call $args (i32.const 32) (i32.const 36)))
    (call $exit (i32.load (i32.const 32)))))"""


def run_wasi(w: Any, config: Any) -> int:
    """The exit code, which is the number of arguments."""
    store = w.Store()
    linker = w.Linker(store.engine)
    linker.define_wasi()
    store.set_wasi(config)
    instance = linker.instantiate(store, w.Module(store.engine, WASI))
    with pytest.raises(w.ExitTrap) as caught:
        instance.exports(store)["_start"](store)
    assert str(caught.value).rstrip().endswith(f"Exited with i32 exit status {caught.value.code}")
    return int(caught.value.code)


def test_a_wasi_program_writes_to_a_file_and_exits_with_a_code(w: Any, tmp_path: Path) -> None:
    config = w.WasiConfig()
    config.argv = ["one", "two", "three"]
    config.env = [["LANG", "C"]]
    config.stdout_file = str(tmp_path / "out")
    config.preopen_dir(str(tmp_path), ".")
    assert run_wasi(w, config) == 3
    assert (tmp_path / "out").read_text() == "Hello!\n"


def test_a_wasi_program_writes_to_a_function(w: Any) -> None:
    pieces: list[bytes] = []

    def take_four(data: bytes) -> int:
        pieces.append(data)
        return min(len(data), 4)

    config = w.WasiConfig()
    config.stdout_custom = take_four
    assert (run_wasi(w, config), b"".join(piece[:4] for piece in pieces)) == (0, b"Hello!\n")


def test_wasi_refuses_files_that_it_cannot_open_when_they_are_given(w: Any, tmp_path: Path) -> None:
    config = w.WasiConfig()
    nowhere = str(tmp_path / "nowhere" / "file")
    for name in ("stdin", "stdout", "stderr"):
        with pytest.raises(w.WasmtimeError, match=f"failed to set {name} file"):
            setattr(config, f"{name}_file", nowhere)
    with pytest.raises(w.WasmtimeError, match="failed to add preopen dir"):
        config.preopen_dir(nowhere, ".")


def test_tags_are_told_apart(w: Any) -> None:
    config = w.Config()
    config.wasm_exceptions = True
    store = w.Store(w.Engine(config))
    first, second = (w.Tag(store, w.TagType(w.FuncType([w.ValType.i32()], []))) for _ in range(2))
    assert (first.eq(store, first), first.eq(store, second)) == (True, False)
    assert first.type(store).functype.params == [w.ValType.i32()]


def test_values_know_their_types(w: Any) -> None:
    assert (w.Val.i32(2**31).value, w.Val.i64(-1).as_i64(), w.Val.i32(1).as_f32()) == (-(2**31), -1, None)
    assert (w.Val.f64(1.5).type, w.Val.f64(1.5) == 1.5, w.Val.i32(1) == w.Val.i64(1)) == (w.ValType.f64(), True, False)
    assert w.Val.ref_null(w.ValType.externref()).as_externref() is None
    with pytest.raises(w.WasmtimeError, match="Invalid reference type for `ref_null`: i32"):
        w.Val.ref_null(w.ValType.i32())
    with pytest.raises(TypeError, match="expected an integer"):
        w.Val.i32(1.0)
    with pytest.raises(TypeError, match="expected a float"):
        w.Val.f64(1)
