"""Memory, tables and globals under attack: threads, re-entry, liars, and whatever would end the process."""

from __future__ import annotations

import gc
import os
import signal
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.api.memories import KINDS, PAGE, small
from wasmtime_gen import (
    Caller,
    ClosedError,
    ConcurrentUseError,
    Engine,
    Func,
    Global,
    Instance,
    Linker,
    Memory,
    Module,
    Store,
    StoreMismatchError,
    Table,
    WasmtimeError,
)

Instantiate = Callable[..., Instance]
WAITING = """
(module (import "host" "wait" (func $wait)) (memory (export "memory") 1 10) (table (export "table") 1 9 funcref)
  (memory (export "wide") i64 1 10) (func (export "run") (call $wait)))
"""
ACCESSES: list[Callable[[Any], object]] = [
    lambda x: x.memory.read(0, 4),
    lambda x: x.memory[0],
    lambda x: x.memory[0:4],
    lambda x: x.memory.write(0, b"a"),
    lambda x: x.memory.__setitem__(0, 1),
    lambda x: x.memory.u32[0],
    lambda x: x.memory.u32.__setitem__(0, 1),
    lambda x: x.memory.view(),
    lambda x: x.memory.numpy(),
    lambda x: x.memory.read_cstring(0),
    lambda x: x.memory.find(b"a"),
    lambda x: x.memory.fill(0, 1),
    lambda x: x.memory.grow(1),
    lambda x: len(x.memory),
    lambda x: x.wide.read(0, 4),
    lambda x: x.wide.u32.__setitem__(0, 1),
    lambda x: x.table[0],
    lambda x: x.table.__setitem__(0, None),
    lambda x: len(x.table),
    lambda x: x.table.grow(1),
]


def test_no_other_thread_gets_at_the_data_while_the_guest_runs(instantiate: Instantiate, store: Store) -> None:
    started, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        started.set()
        go_on.wait(30)

    exports: Any = instantiate(WAITING, wait=Func.wrap(store, wait)).exports
    for access in ACCESSES:
        access(exports)
    view = exports.memory.view()
    thread = threading.Thread(target=exports.run)
    thread.start()
    started.wait(30)
    try:
        for access in ACCESSES:
            with pytest.raises(ConcurrentUseError, match="this Store is in use by another thread"):
                access(exports)
        view[5] = 5  # a view asks nobody
    finally:
        go_on.set()
        thread.join()
    assert exports.memory[5] == 5
    for access in ACCESSES:
        access(exports)


def test_a_host_function_gets_at_the_data_of_its_caller(instantiate: Instantiate, store: Store) -> None:
    def wait(caller: Caller) -> None:
        caught: Any = type("Exports", (), {name: caller[name] for name in ("memory", "table", "wide")})
        for x in (exports, caught):
            for access in ACCESSES:
                access(x)
            with pytest.raises(ConcurrentUseError, match="this Store cannot be closed while a call runs in it"):
                store.close()

    exports: Any = instantiate(WAITING, wait=Func.wrap(store, wait)).exports
    exports.run()
    for access in ACCESSES:
        access(exports)
    exports.run()


def test_many_threads_use_one_store_in_turns_and_see_whole_values() -> None:
    memory, wide = small(), KINDS["64-bit"]()
    for each in (memory, wide):
        each.u64[0] = 0
    wrong: list[int] = []
    halves = {0, 2**64 - 1}

    def use(each: Any) -> None:
        end = time.monotonic() + 0.5
        number = 0
        while time.monotonic() < end:
            number += 1
            try:
                each.u64[0] = (2**64 - 1) * (number & 1)
                if each.u64[0] not in halves:
                    wrong.append(each.u64[0])
                each.read(0, 8)
                if not number & 1023 and len(each) < 9 * PAGE:
                    each.grow(1)
            except ConcurrentUseError:
                pass

    threads = [threading.Thread(target=use, args=(each,)) for each in (memory, wide) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert memory.read(0, 1)


class Liar(int):
    """An int whose comparisons and sums are lies."""

    def __lt__(self, other: object) -> bool:
        return True

    __le__ = __gt__ = __ge__ = __eq__ = __lt__
    __hash__ = int.__hash__

    def __add__(self, other: object) -> int:
        return Liar(2**40)

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __add__


LIES: list[Callable[[Any, Any], object]] = [
    lambda m, n: m.read(n, 4),
    lambda m, n: m.read(0, n),
    lambda m, n: m.write(n, b"abcd"),
    lambda m, n: m[n],
    lambda m, n: m[n:n],
    lambda m, n: m[0:n],
    lambda m, n: m[n : Liar(2**50)],
    lambda m, n: m.__setitem__(slice(n, n), b"abcd"),
    lambda m, n: m.__setitem__(slice(0, n), b"abcd"),
    lambda m, n: m.__setitem__(n, 3),
    lambda m, n: m.u32[n],
    lambda m, n: m.u32.__setitem__(n, 3),
    lambda m, n: m.u32.__setitem__(0, n),
    lambda m, n: m.view(n, 4)[0],
    lambda m, n: m.view(0, n)[-1],
    lambda m, n: m.numpy("u4", n, 4)[0],
    lambda m, n: m.numpy("u4", 0, n)[-1],
    lambda m, n: m.fill(n, 4),
    lambda m, n: m.fill(0, n),
    lambda m, n: m.fill(0, 1, n),
    lambda m, n: m.copy_within(n, 0, 4),
    lambda m, n: m.copy_within(0, n, 4),
    lambda m, n: m.copy_within(0, 0, n),
    lambda m, n: m.find(b"a", n),
    lambda m, n: m.find(b"a", 0, n),
    lambda m, n: m.read_cstring(n),
    lambda m, n: m.read_cstring(0, n),
    lambda m, n: m.write_cstring(n, "abc", 10),
    lambda m, n: m.write_cstring(0, "abc", n),
    lambda m, n: m.read_string(n, 4),
    lambda m, n: m.read_string(0, n),
    lambda m, n: m.unpack("I", n),
    lambda m, n: m.pack("I", n, 2),
    lambda m, n: m.grow(n),
]


@pytest.mark.parametrize("kind", KINDS)
def test_integers_that_lie_reach_nothing_beyond_the_memory(kind: str) -> None:
    memory = KINDS[kind]()
    for lie in LIES:
        for number in (2**40, -5, PAGE - 2, 70000, 2**31, 2**63, 2**70, 3):
            with suppress(IndexError, OverflowError, ValueError, TypeError, WasmtimeError, struct.error):
                lie(memory, Liar(number))
    memory.write(0, b"fine")
    assert memory.read(0, 4) == b"fine"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "shared"])
def test_an_index_that_grows_the_memory_or_uses_it_spoils_nothing(kind: str) -> None:
    memory: Any = KINDS[kind]()
    memory.write(0, b"abcdefgh")

    class Index:
        def __init__(self, index: int) -> None:
            self.index = index

        def __index__(self) -> int:
            if memory.pages < 10:
                memory.grow(1)
            memory.u32[100] = 5
            assert memory.read(0, 1) == b"a"
            return self.index

    one: Any = Index(1)
    assert memory.read(one, one) == memory[one : Index(2)] == b"b"
    assert (memory[one], memory.u8[one], memory.unpack("B", one)) == (ord("b"), ord("b"), (ord("b"),))
    memory[Index(2)] = Index(ord("C"))
    memory[Index(3) : Index(4)] = b"D"
    memory.write(Index(4), b"E")
    memory.u8[Index(5)] = Index(ord("F"))
    assert memory[:8] == b"abCDEFgh"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "shared"])
def test_an_index_that_closes_the_store_is_refused_or_comes_too_late(kind: str) -> None:
    uses: list[Callable[[Any, Any], object]] = [
        lambda m, i: m.read(i, 4),
        lambda m, i: m.write(i, b"a"),
        lambda m, i: m[i],
        lambda m, i: m.u32.__setitem__(0, i),
        lambda m, i: m.view(i),
        lambda m, i: m.find(b"a", i),
        lambda m, i: m.fill(i, 1),
        lambda m, i: m.grow(i),
    ]
    for use in uses:
        memory: Any = KINDS[kind]()
        memory.read(0, 1)

        class Index:
            def __index__(self) -> int:
                memory.store.close()  # noqa: B023
                return 0

        with pytest.raises((ClosedError, ConcurrentUseError, BufferError)):
            use(memory, Index())


@pytest.mark.skipif(sys.version_info < (3, 12), reason="classes take part in the buffer protocol from 3.12 on")
def test_a_buffer_that_grows_the_memory_or_lies_about_its_length_spoils_nothing() -> None:
    for kind in KINDS:
        memory: Any = KINDS[kind]()

        class Data:
            def __len__(self) -> int:
                return 10**6

            def __buffer__(self, flags: int) -> memoryview:
                if memory.pages < 10:  # noqa: B023
                    memory.grow(1)  # noqa: B023
                return memoryview(b"abc")

        memory.write(PAGE - 3, Data())
        memory[0:3] = Data()
        assert (memory[PAGE - 3 : PAGE], memory[0:3], memory.find(Data(), 1)) == (b"abc", b"abc", PAGE - 3)


def test_a_data_buffer_cannot_shrink_while_it_is_written() -> None:
    memory, data = small(), bytearray(b"abcd")

    class Address:
        def __index__(self) -> int:
            data.clear()
            return 0

    address: Any = Address()
    with pytest.raises(BufferError):
        KINDS["64-bit"]().write(address, data)
    memory.write(0, data)
    assert memory[0:4] == b"abcd"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
def test_signal_handlers_that_use_the_same_data_spoil_no_value() -> None:
    memory, wide = small(), KINDS["64-bit"]()
    number, table = Global(memory.store, "(mut i64)", 0), Table(memory.store, "4 funcref")
    functions: Any = [Func.wrap(memory.store, lambda: 0, "-> i32") for _ in range(2)]
    handled, busy = 0, False

    def handle(*_: object) -> None:
        nonlocal handled, busy
        if busy:  # a signal that interrupts its own handler would lose a count
            return
        busy = True
        handled += 1
        for each in (memory, wide):
            each.u64[8] = each.u64[8] + 1
            each.write(16, b"xxxxxxxx")
        number.value = -1
        number.value = 0
        table[3] = functions[1]
        assert table[3] is not None
        busy = False

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            for each in (memory, wide):
                each.u64[0] = 77
                assert each.u64[0] == 77
                each.write(32, b"abcd")
                assert each.read(32, 4) == each[32:36] == b"abcd"
            assert number.value in (0, -1)
            number.value = 0
            table[0] = functions[0]
            assert table[0]() == 0
            table[1] = None
            assert table[1] is None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert handled > 20
    assert memory.u64[8] == wide.u64[8] == handled


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
def test_no_signal_handler_moves_a_memory_that_is_being_read() -> None:
    """What is read and written lies elsewhere after each growth; a stale address would end the process."""
    store = Store(Engine(memory_reservation=0, memory_reservation_for_growth=0))
    memory = Memory(store, "1")
    grow = Linker(store.engine)
    grow.define(store, "env", "m", memory)
    text = '(module (import "env" "m" (memory 1)) (func (export "grow") (drop (memory.grow (i32.const 1)))))'
    exports: Any = grow.instantiate(store, Module.from_text(store.engine, text)).exports
    grown, refused, busy = 0, 0, False

    def handle(*_: object) -> None:
        nonlocal grown, refused, busy
        if not busy and memory.pages < 100:
            busy = True
            refused += 1
            with suppress(ConcurrentUseError):
                memory.grow(1) if grown & 1 else exports.grow()
                grown, refused = grown + 1, refused - 1
            memory.write(1000, b"still")
            assert memory[1000:1005] == b"still"
            busy = False

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            memory.u64[0] = 77
            assert memory.u64[0] == 77
            memory.write(PAGE - 100, bytes(100))
            assert memory.find(b"still", 900, PAGE) in (1000, -1)
            memory.fill(0, 900)
            memory.copy_within(5, 0, 500)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert grown
    assert memory.grow(1) == memory.pages - 1


def test_a_finalizer_does_not_move_a_memory_that_is_being_read() -> None:
    store = Store(Engine(memory_reservation=0, memory_reservation_for_growth=0))
    memory = Memory(store, "1")

    class Grower:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            with suppress(ConcurrentUseError):
                memory.grow(1)

    thresholds = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for _ in range(10):
            Grower()
            memory.u32[8] = 5
            assert memory.read(8, 4) == memory[8:12] == b"\5\0\0\0"
    finally:
        gc.set_threshold(*thresholds)
    assert memory.pages > 1


def test_all_of_it_is_freed_without_the_garbage_collector() -> None:
    def one() -> weakref.ref[Store]:
        store = Store(Engine())
        memory, wide = Memory(store, "1"), Memory(store, "i64 1")
        number, table = Global(store, "(mut i32)", 0), Table(store, "2 funcref")
        function = Func.wrap(store, lambda: 1, "-> i32")
        for _ in range(20):
            number.value += 1
            table[0] = function
            assert table[0]() == 1
            for each in (memory, wide):
                each.u32[0] += each[0] + len(each.read(0, 1))
                each[0:2] = each[2:4]
        memory.view()
        memory.numpy()
        memory.read_cstring(0)
        return weakref.ref(store)

    gc.disable()
    try:
        assert [one()() for _ in range(5)] == [None] * 5
    finally:
        gc.enable()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_process_has_its_own_memory() -> None:
    code = """
import os
from wasmtime_gen import Engine, Memory, Store
memory = Memory(Store(Engine()), "1 10")
view = memory.view()
memory[0] = 7
child = os.fork()
if not child:
    assert memory[0] == view[0] == 7
    memory[0] = 8
    memory.grow(1)
    memory.u32[65536] = 1
    os._exit(0)
print(os.waitpid(child, 0)[1], memory[0], view[0], len(memory))
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("0 7 7 65536\n", "")


def test_views_alive_at_exit_end_well() -> None:
    code = """
import sys, threading
from wasmtime_gen import Engine, Memory, SharedMemory, Store
kept = []
for _ in range(3):
    memory = Memory(Store(Engine()), "1")
    kept.append((memory.view(), memory.numpy() if "numpy" in sys.modules else None, memory))
    memory.store.close()
kept.append(SharedMemory(Engine(shared_memory=True), "1 1 shared").view())
kept.append(kept)
"""
    done = subprocess.run([sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


HARMLESS = {
    "a table of 2**32-1 elements is asked to grow from one": "Table(store, '1 externref').grow(2**63)",
    "a guest grows its table without end": (
        'store.set_limits(table_elements=1000); print(exports(\'(module (table (export "t") 1 externref) (func '
        '(export "g") (result i32) (table.grow 0 (ref.null extern) (i32.const -3))))\').g())'
    ),
    "limits of a wide table are asked": (
        "print(exports('(module (table (export \"t\") i64 1 0xffffffffffffffff funcref))').t.type)"
    ),
    "a wide table grows by 2**61": (
        "exports('(module (table (export \"t\") i64 1 0xffffffffffffffff funcref))').t.grow(2**61)"
    ),
    "a memory of 2**63 bytes": "Memory(store, MemoryType(2**47, is_64=True))",
    "a memory of 2**64 bytes": "Memory(store, MemoryType(2**48, is_64=True))",
    "a function of another store": "Table(store, '1 funcref')[0] = Func.wrap(Store(engine), print, '() -> ()')",
    "no heap for an externref": (
        "Global(Store(Engine(gc_support=False, wasm_exceptions=False)), '(mut externref)', 'a')"
    ),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_the_process_lives_on(what: str) -> None:
    code = f"""
from wasmtime_gen import *
engine = Engine()
store = Store(engine)
def exports(text): return Linker(engine).instantiate(store, Module.from_text(engine, text)).exports
try:
    {HARMLESS[what]}
except Exception as error:
    print(type(error).__name__)
print("alive")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.endswith("alive\n"), done


def test_a_memory_of_another_store_is_not_even_measured_for_an_import(engine: Engine) -> None:
    linker, memory = Linker(engine), small(engine)
    linker.define(memory.store, "env", "m", memory)
    module = Module.from_text(engine, '(module (import "env" "m" (memory 1)))')
    with pytest.raises(StoreMismatchError, match=r"env\.m was defined with an item of another Store"):
        linker.instantiate(Store(engine), module)


def test_what_a_signal_handler_may_not_do_just_then_is_told() -> None:
    memory = KINDS["64-bit"]()
    assert isinstance(memory, Memory)

    def within(base: int, size: int) -> str:
        assert memory.read(0, 1) == b"\0"  # to read is fine
        with pytest.raises(ConcurrentUseError) as raised:
            memory.grow(1)
        return str(raised.value)

    assert memory._within(within) == (
        "this Store cannot be called into at this moment, in a signal handler or finalizer that has interrupted the "
        "reading or writing of its memory"
    )
    assert memory.grow(1) == 1
