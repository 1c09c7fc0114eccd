"""Owned objects: closed once, in any order, refused afterwards, never copied."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
import textwrap
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from wasmtime_gen import (
    ClosedError,
    ConcurrentUseError,
    Config,
    Engine,
    Func,
    Global,
    Linker,
    Memory,
    Module,
    Store,
    Table,
    Tag,
)
from wasmtime_gen._handle import Handle

MAKERS: dict[str, Callable[[], Handle]] = {
    "Engine": Engine,
    "Store": lambda: Store(Engine()),
    "Module": lambda: Module.from_text(Engine(), "(module)"),
    "Linker": lambda: Linker(Engine()),
}
REFUSES: dict[str, Callable[[Handle], object]] = {
    "Engine": lambda engine: Store(engine),  # type: ignore[arg-type]
    "Store": lambda store: Func.wrap(store, lambda: None),  # type: ignore[arg-type]
    "Module": lambda module: Linker(module.engine).instantiate(Store(module.engine), module),  # type: ignore
    "Linker": lambda linker: linker.instantiate(Store(linker.engine), Module(linker.engine, b"\0asm\1\0\0\0")),  # type: ignore
}


@pytest.fixture(params=MAKERS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_close_can_be_repeated_and_dispose_is_the_same(kind: str) -> None:
    made = MAKERS[kind]()
    assert not made.closed
    made.close()
    made.close()
    made.dispose()
    assert made.closed


def test_a_with_block_closes(kind: str) -> None:
    with MAKERS[kind]() as made:
        assert not made.closed
    assert made.closed


def test_a_closed_object_refuses_to_be_used(kind: str) -> None:
    made = MAKERS[kind]()
    made.close()
    with pytest.raises(ClosedError, match=f"this {kind} is closed"):
        REFUSES[kind](made)
    with pytest.raises(ClosedError, match=f"this {kind} is closed"):
        made.__enter__()


def test_copies_and_pickles_are_refused(kind: str) -> None:
    made = MAKERS[kind]()
    # A Module pickles: see test_processes.py.
    attempts: list[Callable[[Handle], object]] = [copy.copy, copy.deepcopy]
    for attempt in attempts if kind == "Module" else [*attempts, pickle.dumps]:
        with pytest.raises(TypeError, match=f"an? {kind} owns a native object and cannot be copied"):
            attempt(made)


def test_a_second_init_is_refused(kind: str) -> None:
    made = MAKERS[kind]()
    with pytest.raises(TypeError, match=f"this {kind} is initialized already: make a new one instead"):
        made.__init__(*([Engine()] if kind != "Engine" else []), *([b""] if kind == "Module" else []))  # type: ignore[misc]


def test_parents_may_be_closed_first() -> None:
    engine = Engine()
    store, linker = Store(engine), Linker(engine)
    module = Module.from_text(engine, '(module (func (export "answer") (result i32) (i32.const 42)))')
    answer = linker.instantiate(store, module).get_function(store, "answer")
    for handle in (engine, module, linker):
        handle.close()
    assert answer() == 42


def test_a_cycle_of_store_and_host_function_is_ordinary_garbage() -> None:
    engine = Engine()
    stores: list[weakref.ref[Store]] = []
    for _ in range(500):
        store = Store(engine)
        store.data = Func.wrap(store, lambda store=store: None, "-> ()")
        stores.append(weakref.ref(store))
    del store
    gc.collect()
    assert sum(ref() is not None for ref in stores) == 0


def test_a_store_is_not_closed_while_it_runs(store: Store) -> None:
    with pytest.raises(ConcurrentUseError, match="this Store cannot be closed while a call runs in it"):
        Func.wrap(store, store.close)()
    assert not store.closed


def test_nothing_native_runs_when_the_interpreter_ends() -> None:
    program = """
        import builtins, sys
        from wasmtime_gen import Engine, Func, Linker, Module, Store
        engine = Engine(); store = Store(engine); linker = Linker(engine)
        run = Func.wrap(store, lambda: None); run()
        store.data = [run, linker, Module.from_text(engine, "(module)")]
        builtins.kept = sys.kept = store
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_arguments_of_another_kind_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match="engine must be an Engine, not Store"):
        Store(Store(Engine()))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="config must be a Config, not dict"):
        Engine({"consume_fuel": True})  # type: ignore[arg-type]
    assert Engine(Config()).config == Config()


IN_A_CYCLE = """
import gc
from wasmtime_gen import Engine, Linker, Module, Store

TEXT = '(module (memory (export "memory") 1) (func (export "same") (param i32) (result i32) local.get 0))'
gc.disable()
seen = []

class Late:
    def __del__(self):
        linker = Linker(self.store.engine)
        again = linker.instantiate(self.store, self.instance.module)
        seen.append((self.call(7), self.instance.exports.same(8), self.view[0], again.exports.same(9)))

def make():
    store = Store(Engine())
    instance = Linker(store.engine).instantiate(store, Module.from_text(store.engine, TEXT))
    call = instance.exports.same
    call(1), call(1)
    late = Late(), Late()
    for one, other in (late, late[::-1]):
        one.other, one.call, one.instance, one.store = other, call, instance, store
        one.view = instance.exports.memory.view()
    store.data = late

for _ in range(50):
    make()
gc.collect()
print(len(seen), set(seen))
"""


def test_a_finalizer_may_use_a_store_that_is_collected_with_it() -> None:
    """The collector calls all finalizers in any order, and the store's own must not be among the first."""
    done = subprocess.run([sys.executable, "-c", IN_A_CYCLE], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "100 {(7, 8, 0, 9)}\n", "")


def test_no_object_is_given_another_class(engine: Engine, store: Store) -> None:
    """Native code would take one thing for another."""
    other = Store(engine)
    quick = [Global(each, "(mut i32)", 1) for each in (store, other)]
    for number in quick:
        assert sum(number.value for _ in range(20)) == 20
    memory, function = Memory(store, "1"), Func(store, "() -> ()", lambda: None)
    function()
    objects: list[Any] = [memory, Table(store, "1 funcref"), *quick, Tag(store, "(tag)"), function, engine, store]
    classes = [type(each) for each in objects]
    for each in objects:
        for kind in (*classes, type("Mine", (type(each),), {"__slots__": ()})):
            with pytest.raises(TypeError, match=r"^the class of an? \w+ cannot be changed$"):
                each.__class__ = kind
    assert [each.__class__ for each in objects] == classes
    assert isinstance(memory, Memory)
    assert not isinstance(memory, Table)
