"""One thread defines alone, any number instantiate, and whoever comes second is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from wasmtime_capi.cdata import IS_TRIED

from tests.api.linked_guests import calls, text
from wasmtime_gen import (
    ClosedError,
    ConcurrentUseError,
    Engine,
    Func,
    FuncType,
    Linker,
    LinkError,
    SharedMemory,
    Store,
)
from wasmtime_gen._linkeruse import DEFINING

# threads


def run_all(work: Callable[[int], None], threads: int) -> list[BaseException]:
    errors: list[BaseException] = []
    start = threading.Barrier(threads)

    def run(number: int) -> None:
        start.wait()
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return errors


def test_many_threads_instantiate_through_one_linker(engine: Engine) -> None:
    linker = Linker(engine)
    linker.define_func("env", "f", lambda: 1, "-> i32")
    module = calls(engine, "f")

    def work(_: int) -> None:
        for _ in range(100):
            with Store(engine) as store:
                assert linker.instantiate(store, module).exports.call_f() == 1
                assert not linker.explain(module)

    assert run_all(work, 8) == []


def test_threads_that_define_at_once_are_told_so_and_nothing_is_lost(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    done: list[tuple[int, int]] = []
    refused: set[str] = set()

    def work(thread: int) -> None:
        for number in range(500):
            try:
                linker.define_func(f"t{thread}", str(number), print, "i32 -> ()")
            except ConcurrentUseError as error:
                refused.add(str(error))
            else:
                done.append((thread, number))

    assert run_all(work, 4) == []
    known = {(t, n) for t in range(4) for n in range(500) if linker.get(store, f"t{t}", str(n))}
    assert known == set(done)
    assert done
    assert refused <= {
        "this Linker is being defined in another thread: define with one thread at a time, and instantiate afterwards"
    }


def test_defining_while_another_thread_instantiates_is_refused(engine: Engine) -> None:
    linker, entered, leave = Linker(engine), threading.Event(), threading.Event()

    @linker.func("env", "wait")
    def wait() -> None:
        entered.set()
        leave.wait(10)

    module = text(engine, '(module (import "env" "wait" (func $w)) (start $w))')
    thread = threading.Thread(target=lambda: linker.instantiate(Store(engine), module))
    thread.start()
    assert entered.wait(10)
    try:
        with pytest.raises(ConcurrentUseError, match="this Linker is instantiating in another thread"):
            linker.define_func("env", "f", lambda: None)
        linker.instantiate_pre(module)
    finally:
        leave.set()
        thread.join()
    linker.define_func("env", "f", lambda: None)


def test_defining_from_within_a_start_function_is_refused(engine: Engine, store: Store) -> None:
    linker = Linker(engine)

    @linker.func("env", "sneak")
    def sneak() -> None:
        linker.instantiate(store, text(engine, "(module)"))
        linker.define_func("env", "f", lambda: None)

    with pytest.raises(ConcurrentUseError, match="this Linker is instantiating further out in this thread: wait until"):
        linker.instantiate(store, text(engine, '(module (import "env" "sneak" (func $s)) (start $s))'))
    linker.define_func("env", "f", lambda: None)


@pytest.mark.skipif(not IS_TRIED, reason="leans on counts of references")
def test_a_use_whose_end_was_swallowed_does_not_bar_the_linker(engine: Engine) -> None:
    linker, use = Linker(engine), [DEFINING, threading.get_ident()]
    linker._users[id(use)] = use
    with pytest.raises(ConcurrentUseError, match="this Linker is being defined further out in this thread"):
        linker.define_func("env", "f", lambda: None)
    del use
    linker.define_func("env", "f", lambda: None)
    assert linker._users == {}


def test_closing_while_others_instantiate_is_safe(engine: Engine) -> None:
    module = calls(engine, "f")

    def work(linker: Linker) -> None:
        with Store(engine) as store:
            for _ in range(50):
                with suppress(ClosedError):
                    linker.instantiate(store, module)

    for _ in range(10):
        linker = Linker(engine)
        linker.define_func("env", "f", lambda: 1, "-> i32")

        def each(number: int, linker: Linker = linker) -> None:
            if number:
                work(linker)
            else:
                time.sleep(0.001)
                linker.close()

        assert run_all(each, 3) == []


def test_closing_the_stores_of_items_while_others_instantiate_is_safe(engine: Engine) -> None:
    module = text(engine, '(module (import "env" "f" (func (param f32 f64 f32 i64))))')
    for _ in range(20):
        linker, store = Linker(engine), Store(engine)
        linker.define(store, "env", "f", Func(store, FuncType("f32, f64, f32, i32 -> ()"), print))

        def each(number: int, linker: Linker = linker, store: Store = store) -> None:
            if not number:
                store.close()
                return
            for _ in range(20):
                with pytest.raises((ClosedError, LinkError)):
                    linker.instantiate_pre(module)
                assert linker.explain(module)

        assert run_all(each, 2) == []


def test_a_shared_memory_can_be_a_default_and_is_looked_up() -> None:
    engine = Engine(shared_memory=True)
    linker, store = Linker(engine), Store(engine)
    module = text(engine, '(module (import "env" "m" (memory 1 2 shared)) (export "m" (memory 0)))')
    linker.define_unknown_imports_as_defaults(store, module)
    exported = linker.instantiate(store, module).get_shared_memory(store, "m")
    found = linker.get(store, "env", "m")
    assert isinstance(found, SharedMemory)
    found[0] = 7
    assert exported[0] == 7
