"""One store, one thread at a time, and re-entry without a wrong result."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from wasmtime_capi.cdata import IS_TRIED

from tests.api import reentry_stress
from wasmtime_gen import (
    ClosedError,
    ConcurrentUseError,
    Engine,
    Func,
    Instance,
    InterruptTrap,
    Linker,
    Module,
    Store,
)
from wasmtime_gen._turn import Turn

ROOT = Path(__file__).parent.parent.parent
Instantiate = Callable[..., Instance]
NEEDS_DETAILS = pytest.mark.skipif(not IS_TRIED, reason="leans on details of interpreters that were tried")

TEXT = """
(module
  (import "host" "back" (func $back (param i32) (result i32)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "add3") (param i32 i32 i32) (result i32)
    (i32.add (local.get 2) (i32.add (local.get 0) (local.get 1))))
  (func (export "count") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $back (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func (export "through") (param i32) (result i32) (call $back (local.get 0))))
"""


class Guest:
    def __init__(self, instantiate: Instantiate, store: Store) -> None:
        self.back: Callable[[int], int] = lambda n: n
        instance = instantiate(TEXT, back=Func.wrap(store, lambda n: self.back(n), "i32 -> i32"))
        self.add, self.add3, self.count, self.through = (
            instance.get_function(store, name) for name in ("add", "add3", "count", "through")
        )


@pytest.fixture
def guest(instantiate: Instantiate, store: Store) -> Guest:
    return Guest(instantiate, store)


@pytest.fixture
def quick_switches() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def test_a_guest_and_its_host_call_each_other_in_turns(guest: Guest) -> None:
    guest.back = lambda n: guest.count(n)
    # Python 3.10 keeps each of its frames on the C stack, where they count against the guest's 512 KiB.
    depth = 100 if sys.version_info >= (3, 11) else 40
    assert guest.count(depth) == depth


def test_the_same_export_is_called_from_within_itself(guest: Guest) -> None:
    guest.back = lambda n: guest.add(n, 1) + guest.add3(1, 2, 3)
    assert [guest.through(n) for n in range(100)] == [n + 7 for n in range(100)]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
def test_a_signal_handler_that_calls_the_same_export_spoils_nothing(guest: Guest) -> None:
    wrong: list[object] = []
    handled, is_over = 0, False

    def handler(number: int, frame: object) -> None:
        nonlocal handled
        handled += 1
        wrong.extend(got for k in range(3) if (got := guest.add(k, 1000)) != k + 1000)
        signal.setitimer(signal.ITIMER_REAL, 0 if is_over else 0.00005)

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.00005)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            wrong.extend(got for k in range(1000) if (got := guest.add(k, k)) != 2 * k)
    finally:
        is_over = True
        signal.setitimer(signal.ITIMER_REAL, 0)  # and a signal that has come is handled before the next line
        signal.signal(signal.SIGALRM, before)
    assert wrong == []
    assert handled > 100


def test_a_finalizer_that_calls_the_same_export_spoils_nothing(guest: Guest) -> None:
    seen: list[int] = []

    class Late:
        def __init__(self) -> None:
            self.me = self

        def __index__(self) -> int:
            gc.collect()
            return 1

        def __del__(self) -> None:
            seen.append(guest.add(1000, 1))

    for n in range(100):
        Late()
        assert guest.add(Late(), n) == n + 1  # collects, and so calls, between the arguments
    gc.collect()
    assert len(seen) == 200
    assert set(seen) == {1001}


def test_a_trace_function_that_calls_the_same_export_spoils_nothing(guest: Guest) -> None:
    seen: list[int] = []
    busy = False

    def trace(frame: object, event: str, argument: object) -> object:
        nonlocal busy
        if not busy:
            busy = True
            seen.append(guest.add(1000, 1))
            busy = False
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        results = [guest.add(n, n) for n in range(100)]
    finally:
        sys.settrace(before)
    assert results == [2 * n for n in range(100)]
    assert set(seen) == {1001}


@pytest.mark.usefixtures("quick_switches")
def test_threads_that_share_a_store_get_right_results_or_an_error(guest: Guest) -> None:
    wrong: list[object] = []
    counts = {"right": 0, "refused": 0}

    def work(base: int) -> None:
        for k in range(20_000):
            try:
                got = guest.add(k, base)
            except ConcurrentUseError:
                counts["refused"] += 1
            else:
                counts["right"] += 1
                if got != k + base:
                    wrong.append((k, base, got))

    threads = [threading.Thread(target=work, args=(1000 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert counts["right"] > 0
    assert guest.add(1, 2) == 3


def test_another_thread_is_refused_while_a_host_function_runs(guest: Guest, store: Store) -> None:
    errors: list[BaseException] = []

    def attempt(use: Callable[[], object]) -> None:
        try:
            use()
        except BaseException as error:
            errors.append(error)

    def back(n: int) -> int:
        for use in (lambda: guest.add(1, 2), store.close, lambda: Func.wrap(store, lambda: None)):
            thread = threading.Thread(target=attempt, args=(use,))
            thread.start()
            thread.join()
        return n

    guest.back = back
    assert guest.through(5) == 5
    assert [type(error) for error in errors] == [ConcurrentUseError] * 3
    assert {str(error) for error in errors} == {
        "this Store is in use by another thread: a store runs one call at a time"
    }


def test_other_threads_go_on_while_a_guest_runs() -> None:
    store = Store(Engine(consume_fuel=True, epoch_interruption=True))
    linker, begun = Linker(store.engine), threading.Event()
    linker.define_func("host", "begin", begun.set)
    text = '(module (import "host" "begin" (func $begin)) (func (export "spin") (call $begin) (loop (br 0))))'
    spin = linker.instantiate(store, Module.from_text(store.engine, text)).exports.spin
    steps = 0

    def work() -> None:
        nonlocal steps
        begun.wait()
        for _ in range(20):
            time.sleep(0.001)  # has to get the lock back each time
            steps += 1
        store.engine.increment_epoch()

    thread = threading.Thread(target=work)
    thread.start()
    store.set_epoch_deadline(1)
    store.fuel = 5_000_000_000  # some seconds: a thread that waits for them comes too late to interrupt the guest
    with pytest.raises(InterruptTrap):
        spin()
    thread.join()
    assert steps == 20


def test_an_interrupted_call_leaves_the_store_usable(guest: Guest) -> None:
    class Interrupts:
        def __index__(self) -> int:
            raise KeyboardInterrupt

    for _ in range(100):
        with pytest.raises(KeyboardInterrupt):
            guest.add(Interrupts(), 1)
    assert guest.add(1, 2) == 3


def test_re_entry_of_every_kind_gives_right_results() -> None:
    """A short run of what `make stress` does millions of times; in a process of its own, for signals and thresholds."""
    command = [sys.executable, "-m", "tests.api.reentry_stress", "10000"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [way.__name__ for way in reentry_stress.WAYS]
    assert all(", 0 wrong" in line for line in done.stdout.splitlines())


def test_a_wrong_result_under_re_entry_would_be_seen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reentry_stress, "TEXT", reentry_stress.TEXT.replace("i32.add", "i32.or"))
    for way in (reentry_stress.recursion, reentry_stress.failures, reentry_stress.finalizers, reentry_stress.threads):
        monkeypatch.setattr(reentry_stress, "WAYS", (way,))
        assert reentry_stress.main(1000) == 1
        assert " 0 wrong" not in capsys.readouterr().out


RECURSE = """
import sys, threading
from wasmtime_gen import Engine, Func, Linker, Module, Store
engine = Engine()
store, linker = Store(engine), Linker(engine)
def back():
    run()
linker.define(store, "host", "back", Func.wrap(store, back))
text = '(module (import "host" "back" (func $back)) (func (export "run") (call $back)))'
run = linker.instantiate(store, Module.from_text(engine, text)).exports.run
seen = set()
def attempt():
    try:
        run()
        seen.add("returned")
    except BaseException as error:
        seen.add(type(error).__name__)
for limit in range(LOW, LOW + 60):
    sys.setrecursionlimit(limit)
    attempt()
    sys.setrecursionlimit(1000)
    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
run = Func.wrap(store, lambda: None)
back()
print(*sorted(seen))
"""


@pytest.mark.parametrize("low", [150, 400, 950])
def test_endless_recursion_through_a_guest_ends_with_an_exception(low: int) -> None:
    program = RECURSE.replace("LOW", str(low))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(done.stdout.split()) <= {"RecursionError", "StackOverflowTrap"}


INTERRUPTED = """
import signal, sys
from collections import Counter
from wasmtime_gen import Engine, Linker, Module, Store

TYPES = {
    "none": ("() -> ()", "", "", lambda: None),
    "views": ("i32 -> i32", "(param i32) (result i32)", "i32.const 1", lambda x: x + 1000),
    "struct": ("i32, i32, i32 -> i32", "(param i32 i32 i32) (result i32)", "i32.const 1 " * 3, lambda *_: 7),
    "refs": ("externref -> externref", "(param externref) (result externref)", "ref.null extern", lambda x: x),
}
def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
store = Store(Engine())
linker = Linker(store.engine)
seen = Counter()
for name, (type, clause, arguments, function) in TYPES.items():
    linker.define_func("host", name, function, type)
    drop = "drop" if "result" in clause else ""
    run = linker.instantiate(store, Module.from_text(store.engine, f'''(module
      (import "host" "{name}" (func $host {clause}))
      (func $spin (local $k i32)
        (loop $on
          (local.set $k (i32.add (local.get $k) (i32.const 1)))
          (br_if $on (i32.lt_u (local.get $k) (i32.const 20000000)))))
      (func (export "run") (call $spin) {arguments} (call $host) {drop}))''')).exports.run
    for _ in range(10):
        signal.setitimer(signal.ITIMER_REAL, 0.002)
        try:
            run()
            seen["returned"] += 1
        except KeyboardInterrupt:
            seen["interrupted"] += 1
print(seen)
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
@NEEDS_DETAILS
def test_a_signal_that_is_noticed_on_the_way_into_a_host_function_is_raised() -> None:
    """The guest spins until long after the signal, and Python looks for signals when the host function is entered."""
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Counter({'interrupted': 40})\n", "")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has no RESUME")
@NEEDS_DETAILS
def test_callbacks_are_entered_by_an_instruction_that_looks_for_no_signals() -> None:
    import dis

    from wasmtime_gen import _entry

    def function() -> int:
        try:
            return 1
        except BaseException:
            return 0

    assert dis.opmap["RESUME"] == _entry._RESUME
    instructions = list(dis.get_instructions(_entry.unsignalled(function)))
    assert [each.arg for each in instructions if each.opname == "RESUME"] == [2]


TRACED = """
import sys, threading
from wasmtime_gen import ConcurrentUseError, Engine, Linker, Module, Store

inside, most = set(), []
entered, go_on = threading.Event(), threading.Event()
def host(wait):
    inside.add(threading.get_ident())
    most.append(len(inside))
    if wait:
        entered.set()
        go_on.wait(30)
    inside.discard(threading.get_ident())

store = Store(Engine())
linker = Linker(store.engine)
linker.define_func("host", "host", host, "i32 -> ()")
run = linker.instantiate(store, Module.from_text(store.engine, '''(module
  (import "host" "host" (func $host (param i32)))
  (func (export "run") (param i32) (call $host (local.get 0))))''')).exports.run
run(0), run(0)
threads = []
def trace(frame, event, argument):
    if frame.f_code.co_filename == "<call of a guest>" and event == "return" and not threads:
        frame.f_locals  # as debuggers do
        threads.append(threading.Thread(target=run, args=(1,)))
        threads[0].start()
        entered.wait(30)
    return trace
sys.settrace(trace)
run(0)
sys.settrace(None)
try:
    run(0)
    print("ran")
except ConcurrentUseError as error:
    print(error)
go_on.set()
threads[0].join()
run(0)
print(max(most))
"""


def test_a_debugger_that_looks_at_our_frames_lets_no_second_thread_in() -> None:
    done = subprocess.run([sys.executable, "-c", TRACED], capture_output=True, text=True)
    text = "this Store is in use by another thread: a store runs one call at a time\n1\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, text, "")


AT_THE_LIMIT = """
from collections import Counter
from wasmtime_gen import Caller, Engine, Linker, Module, Store

def fails(*_):
    raise KeyError

def fails_with_caller(caller: Caller) -> None:
    raise KeyError

TYPES = {"none": "() -> ()", "views": "i32 -> i32", "struct": "i32, i32, i32 -> i32", "refs": "externref -> externref"}
store = Store(Engine())
linker = Linker(store.engine)
for name, text in TYPES.items():
    linker.define_func("host", name, fails, text)
linker.define_func("host", "caller", fails_with_caller)
module = Module.from_text(store.engine, '''(module
  (import "host" "none" (func $none))
  (import "host" "caller" (func $caller))
  (import "host" "views" (func $views (param i32) (result i32)))
  (import "host" "struct" (func $struct (param i32 i32 i32) (result i32)))
  (import "host" "refs" (func $refs (param externref) (result externref)))
  (func (export "0") (call $none))
  (func (export "1") (call $caller))
  (func (export "2") (drop (call $views (i32.const 1))))
  (func (export "3") (drop (call $struct (i32.const 1) (i32.const 1) (i32.const 1))))
  (func (export "4") (drop (call $refs (ref.null extern)))))''')
exports = linker.instantiate(store, module).exports
runs = [exports[str(n)] for n in range(5)]

def down(levels, run):
    return down(levels - 1, run) if levels else run()

seen = Counter()
for run in runs:
    for levels in (*range(3), *range(850, 1000)):
        try:
            down(levels, run)
        except Exception as error:
            seen[type(error).__name__] += 1
print(*sorted(seen))
"""


def test_a_host_function_that_raises_near_the_limit_of_recursion_raises() -> None:
    done = subprocess.run([sys.executable, "-c", AT_THE_LIMIT], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "KeyError RecursionError\n", "")


@NEEDS_DETAILS
def test_a_lost_turn_is_found_again(guest: Guest, store: Store) -> None:
    del store._turn.cell.cell_contents  # what a trace function leaves that raises right behind the taking
    assert guest.add(1, 2) == 3


def test_a_closed_store_refuses_calls(guest: Guest, store: Store) -> None:
    store.close()
    for function, arguments in ((guest.add, (1, 2)), (guest.add3, (1, 2, 3)), (guest.through, (1,))):
        with pytest.raises(ClosedError, match="this Store is closed: nothing that was made in it can be used any more"):
            function(*arguments)


@NEEDS_DETAILS
def test_the_turn_of_a_store_that_is_closed_meanwhile_is_not_recovered(store: Store) -> None:
    """Another thread may close it between the look at that and the look at who has the turn."""
    seen = []

    def closing(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code is not Turn.reenters.__code__:
            return None
        seen.append(event)
        if seen.count("line") == 2:
            sys.settrace(None)
            store.close()
        return closing

    sys.settrace(closing)
    try:
        with pytest.raises(ClosedError, match="this Store is closed: nothing that was made in it can be used any more"):
            store._turn.reenters()
    finally:
        sys.settrace(None)
    assert store.closed
