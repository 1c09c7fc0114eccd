"""Traps: a class, a code and frames for each cause, whichever way they take."""

from __future__ import annotations

import copy
import pickle

import pytest
import wasmtime_capi.constants as codes
from wasmtime_capi import wasmtime_trap_code_enum

import wasmtime_gen
from wasmtime_gen import (
    BadConversionTrap,
    BadSignatureTrap,
    Engine,
    Exit,
    Frame,
    Func,
    IndirectCallToNullTrap,
    IntegerDivisionByZeroTrap,
    IntegerOverflowTrap,
    InterruptTrap,
    Linker,
    MemoryOutOfBoundsTrap,
    Module,
    NullReferenceTrap,
    OutOfFuelTrap,
    StackOverflowTrap,
    Store,
    TableOutOfBoundsTrap,
    Trap,
    UncaughtExceptionTrap,
    UnreachableTrap,
    WasmException,
    WasmtimeError,
    wat2wasm,
)

# By code: the class, what the module has besides the function, the function's body, and the message.
CAUSES: dict[str, tuple[type[Trap], str, str, str]] = {
    "STACK_OVERFLOW": (StackOverflowTrap, "", "call $run", "call stack exhausted"),
    "MEMORY_OUT_OF_BOUNDS": (
        MemoryOutOfBoundsTrap,
        "(memory 1)",
        "i32.const 65536 i32.load drop",
        "out of bounds memory access",
    ),
    "HEAP_MISALIGNED": (Trap, "(memory 1)", "i32.const 1 i32.atomic.load drop", "unaligned atomic"),
    "TABLE_OUT_OF_BOUNDS": (
        TableOutOfBoundsTrap,
        "(table 1 funcref)",
        "i32.const 1 table.get 0 drop",
        "undefined element: out of bounds table access",
    ),
    "INDIRECT_CALL_TO_NULL": (
        IndirectCallToNullTrap,
        "(table 1 funcref)",
        "i32.const 0 call_indirect",
        "uninitialized element",
    ),
    "BAD_SIGNATURE": (
        BadSignatureTrap,
        "(table 1 funcref) (elem (i32.const 0) $other) (func $other (param i32))",
        "i32.const 0 call_indirect",
        "indirect call type mismatch",
    ),
    "INTEGER_OVERFLOW": (
        IntegerOverflowTrap,
        "",
        "i32.const -2147483648 i32.const -1 i32.div_s drop",
        "integer overflow",
    ),
    "INTEGER_DIVISION_BY_ZERO": (
        IntegerDivisionByZeroTrap,
        "",
        "i32.const 1 i32.const 0 i32.div_s drop",
        "integer divide by zero",
    ),
    "BAD_CONVERSION_TO_INTEGER": (
        BadConversionTrap,
        "",
        "f32.const nan i32.trunc_f32_s drop",
        "invalid conversion to integer",
    ),
    "UNREACHABLE_CODE_REACHED": (UnreachableTrap, "", "unreachable", "wasm `unreachable` instruction executed"),
    "INTERRUPT": (InterruptTrap, "", "(loop br 0)", "interrupt"),
    "OUT_OF_FUEL": (OutOfFuelTrap, "", "(loop br 0)", "all fuel consumed by WebAssembly"),
    "NULL_REFERENCE": (NullReferenceTrap, "(type $t (func))", "ref.null $t call_ref $t", "null reference"),
    "ARRAY_OUT_OF_BOUNDS": (
        Trap,
        "(type $a (array i32))",
        "i32.const 1 array.new_default $a i32.const 5 array.get $a drop",
        "out of bounds array access",
    ),
    "UNCAUGHT_EXCEPTION": (WasmException, "(tag $tag)", "throw $tag", "thrown Wasm exception"),
}


UNCAUGHT = ("UNCAUGHT_EXCEPTION",)


def trap_of(code: str) -> tuple[Trap, bytes]:
    """The trap that the guest really gets, and its module."""
    _, items, body, _ = CAUSES[code]
    engine = Engine(
        consume_fuel=code == "OUT_OF_FUEL",
        epoch_interruption=code == "INTERRUPT",
        wasm_exceptions=True,
        wasm_function_references=True,
        wasm_gc=True,
        wasm_threads=True,
    )
    store = Store(engine)
    if code == "OUT_OF_FUEL":
        store.fuel = 500
    wasm = wat2wasm(f'(module $guest (func $run (export "run") {body}) {items})')
    run = Linker(engine).instantiate(store, Module(engine, wasm)).exports.run
    if code == "INTERRUPT":
        store.set_epoch_deadline(1)
        engine.increment_epoch()
    with pytest.raises(Trap) as caught:
        run()
    return caught.value, wasm


@pytest.mark.parametrize("code", CAUSES)
def test_each_cause_has_its_class_code_message_and_frames(code: str) -> None:
    kind, _, _, message = CAUSES[code]
    trap, wasm = trap_of(code)
    number = getattr(codes, f"WASMTIME_TRAP_CODE_{code}")
    assert type(trap) is kind
    assert (trap.code, trap.cause) == (number, wasmtime_trap_code_enum(number))
    assert trap.message.removeprefix("wasm trap: ").endswith(message)
    assert "\n" not in trap.message
    frame = trap.frames[-1]
    assert (frame.function, frame.function_index, frame.module) == ("run", 0, "guest")
    assert frame.function_offset is not None
    assert frame.module_offset is not None
    assert 0 <= frame.function_offset < frame.module_offset < len(wasm)
    assert str(trap).startswith(f"{trap.message}\n  at run in guest")
    told = "<Tag tag>" if code in UNCAUGHT else repr(trap.message)
    assert repr(trap) == f"{kind.__name__}({told})"


def test_every_subclass_has_a_cause_that_is_tested() -> None:
    subclasses = {
        each for name in wasmtime_gen.__all__ if name.endswith("Trap") and (each := getattr(wasmtime_gen, name))
    }
    assert subclasses == {UncaughtExceptionTrap, *(kind for kind, *_ in CAUSES.values())} - {WasmException}
    assert all(issubclass(each, Trap) for each in subclasses)


def test_a_memory_fault_tells_the_address() -> None:
    trap, _ = trap_of("MEMORY_OUT_OF_BOUNDS")
    assert trap.message == (
        "memory fault at wasm address 0x10000 in linear memory of size 0x10000: wasm trap: out of bounds memory access"
    )


def test_where_the_stack_overflows_the_offset_is_unknown() -> None:
    trap, _ = trap_of("STACK_OVERFLOW")
    assert len(trap.frames) == 20
    assert (trap.frames[0].function_offset, trap.frames[0].module_offset) == (None, None)
    assert str(trap.frames[0]) == "run in guest"
    assert trap.frames[1].module_offset is not None


def test_frames_are_told_innermost_first_with_indices_for_names(engine: Engine, store: Store) -> None:
    text = '(module (import "env" "f" (func)) (func unreachable) (func (export "run") call 1))'
    linker = Linker(engine)
    linker.define_func("env", "f", lambda: None)
    with pytest.raises(UnreachableTrap) as caught:
        linker.instantiate(store, Module.from_text(engine, text)).exports.run()
    inner, outer = caught.value.frames
    assert (inner.function, inner.function_index, inner.module) == (None, 1, None)
    assert (outer.function, outer.function_index) == (None, 2)
    assert str(inner) == f"function 1 in a module, offset {inner.module_offset:#x}"
    assert repr(inner) == f"<Frame {inner}>"


def test_an_exception_that_leaves_a_start_function_is_uncaught(store: Store) -> None:
    engine = Engine(wasm_exceptions=True)
    module = Module.from_text(engine, "(module (tag $tag) (func $begin (throw $tag)) (start $begin))")
    with pytest.raises(UncaughtExceptionTrap, match="thrown Wasm exception") as caught:
        Linker(engine).instantiate(Store(engine), module)
    assert [frame.function for frame in caught.value.frames] == ["begin"]


def test_a_code_that_is_new_is_kept_as_a_number() -> None:
    trap = Trap("news", 250)
    assert (trap.code, trap.cause) == (250, 250)
    assert pickle.loads(pickle.dumps(trap)).cause == 250
    assert Trap("mine").cause is None


def test_a_host_functions_trap_has_no_code(store: Store) -> None:
    trap = Trap("out of coffee")
    with pytest.raises(Trap, match="out of coffee") as caught:
        Func.wrap(store, lambda: (_ for _ in ()).throw(trap))()
    assert caught.value is trap
    assert (trap.code, trap.cause, trap.frames) == (None, None, ())


@pytest.mark.parametrize("code", ["UNREACHABLE_CODE_REACHED", "UNCAUGHT_EXCEPTION", "STACK_OVERFLOW"])
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda trap: pickle.loads(pickle.dumps(trap))])
def test_a_trap_pickles_with_all_that_it_has(code: str, copied: object) -> None:
    assert callable(copied)
    trap, _ = trap_of(code)
    vars(trap).update(__notes__=["while calculating"], user="ann")
    found = copied(trap)
    # A tag stays in its process.
    moved = code in UNCAUGHT and copied not in (copy.copy, copy.deepcopy)
    assert type(found) is (UncaughtExceptionTrap if moved else type(trap))
    assert (found.message, found.code, found.frames) == (trap.message, trap.code, trap.frames)
    assert vars(found)["__notes__"] == ["while calculating"]
    assert (vars(found)["user"], str(found)) == ("ann", str(trap))


class OwnTrap(Trap):
    def __init__(self, user: str) -> None:
        super().__init__(f"made for {user}")
        self.user = user


def test_a_subclass_with_another_init_pickles() -> None:
    found = pickle.loads(pickle.dumps(OwnTrap("ann")))
    assert (type(found), found.user, found.message, found.frames) == (OwnTrap, "ann", "made for ann", ())


def test_frames_are_values() -> None:
    frame = Frame("run", 1, 2, "guest", 3)
    assert frame == Frame("run", 1, 2, "guest", 3) == pickle.loads(pickle.dumps(frame))
    assert len({frame, Frame("run", 1, 2, "guest", 3), Frame("run", 1, 2, "guest", None)}) == 2
    assert frame != "run"


def test_an_exit_is_no_trap_and_pickles() -> None:
    found = pickle.loads(pickle.dumps(Exit(3)))
    assert (type(found), found.code, str(found)) == (Exit, 3, "the guest exited with code 3")
    assert isinstance(found, WasmtimeError)
    assert not isinstance(found, Trap)
