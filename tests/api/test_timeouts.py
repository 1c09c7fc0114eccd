"""Timeouts: a block of bounded time ends what guests do in it, in time, and the store is usable afterwards.

What is promised is 50 ms late at most; what is asserted is twenty times that, as machines are busy. Figures are in the
bench.
"""

from __future__ import annotations

import copy
import gc
import os
import pickle
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from typing import Any

import pytest
from wasmtime_capi.cdata import IS_TRIED

from tests.api.interruptible_guests import (
    ends_in_time,
    guest,
)
from tests.api.wasi_guests import fails
from wasmtime_gen import (
    ConcurrentUseError,
    Config,
    Engine,
    GuestTimeout,
    InterruptTrap,
    Store,
    WasmtimeError,
    _pulse,
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(interruptible=True)


def test_an_endless_loop_ends_and_the_store_is_usable_afterwards(store: Store) -> None:
    instance = guest(store)
    for _ in range(5):
        error = ends_in_time(store, 0.05, instance.exports.forever)
        assert isinstance(error, (TimeoutError, WasmtimeError, InterruptTrap))
        assert error.message == "the guest ran longer than 0.05 seconds"
        assert [frame.function for frame in error.frames] == ["forever"]
        assert error.cause is not None
        assert instance.exports.seven() == 7


@pytest.mark.parametrize("options", [{"strategy": "winch"}, {"target": "pulley64"}, {"consume_fuel": True}], ids=str)
def test_it_does_so_however_guests_are_compiled(options: dict[str, Any]) -> None:
    store = Store(Engine(interruptible=True, **options))
    if "consume_fuel" in options:
        store.fuel = 2**63
    ends_in_time(store, 0.05, guest(store).exports.forever)


def test_deep_calls_and_the_start_function_end_as_well(store: Store) -> None:
    assert len(ends_in_time(store, 0.05, guest(store).exports.recurse, 1000).frames) == 20
    error = ends_in_time(store, 0.05, guest, store, print, "(module (func $f (loop (br 0))) (start $f))")
    assert getattr(error, "__notes__", None) == ["in the start function of the module that was being instantiated"]


def test_it_does_so_in_any_thread_and_in_many_at_once(engine: Engine) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        with Store(engine) as store:
            errors.append(ends_in_time(store, 0.1, guest(store).exports.forever))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 8


def test_a_timeout_is_for_its_own_store(engine: Engine) -> None:
    store, other = Store(engine), Store(engine)
    runs = threading.Thread(target=ends_in_time, args=(other, 0.5, guest(other).exports.forever))
    runs.start()
    ends_in_time(store, 0.05, guest(store).exports.forever)
    assert runs.is_alive()
    runs.join()


def test_the_innermost_deadline_that_passed_wins(store: Store) -> None:
    forever = guest(store).exports.forever
    for first, second, told in (0.05, 5, 0.05), (5, 0.05, 0.05), (0.05, 0.05, 0.05):
        with pytest.raises(GuestTimeout) as caught, store.timeout(first), store.timeout(second):
            forever()
        assert caught.value.seconds == told
    late = guest(store, lambda: time.sleep(0.05)).exports.call_host_forever
    with pytest.raises(GuestTimeout) as caught, store.timeout(0.01), store.timeout(0.02):
        late()
    assert caught.value.seconds == 0.02


def test_an_outer_deadline_passes_through_who_catches_the_inner_one(store: Store) -> None:
    forever, caught = guest(store).exports.forever, []

    def catch() -> None:
        while True:
            try:
                with store.timeout(0.03):
                    forever()
            except GuestTimeout as error:
                caught.append(error.seconds)
                if error.seconds != 0.03:
                    raise

    ends_in_time(store, 0.1, catch)
    assert (caught[0], caught[-1]) == (0.03, 0.1)


def test_a_host_function_that_returns_late_is_told_of(store: Store) -> None:
    instance = guest(store, lambda: time.sleep(0.1))
    assert ends_in_time(store, 0.05, instance.exports.call_host_forever).frames != ()
    assert ends_in_time(store, 0.05, instance.exports.call_host).seconds == 0.05
    assert ends_in_time(store, 0.05, time.sleep, 0.1).frames == ()


def test_what_else_leaves_a_late_block_is_not_replaced(store: Store) -> None:
    def call() -> None:
        time.sleep(0.02)
        raise KeyError

    instance = guest(store, call)
    with pytest.raises(KeyError), store.timeout(0.01):
        instance.exports.call_host()


def test_a_block_in_time_leaves_nothing(store: Store) -> None:
    instance = guest(store)
    with store.timeout(0.02) as timeout:
        assert instance.exports.seven() == 7
        assert repr(timeout) == "<Timeout of 0.02 seconds>"
    assert repr(timeout) == "<Timeout of 0.02 seconds (not running)>"
    time.sleep(0.03)
    assert instance.exports.seven() == 7
    with timeout:  # a second time, from anew
        assert instance.exports.seven() == 7
    ends_in_time(store, 0, instance.exports.forever)


def test_a_host_function_bounds_what_it_calls(store: Store) -> None:
    caught: list[BaseException] = []

    def call() -> None:
        caught.append(ends_in_time(store, 0.05, instance.exports.forever))

    instance = guest(store, call)
    instance.exports.call_host()
    with store.timeout(30):
        instance.exports.call_host()
    assert len(caught) == 2


def test_a_timeout_that_a_host_function_leaves_running_ends_its_caller(store: Store) -> None:
    timeout = store.timeout(0.05)

    def begin() -> None:
        timeout.__enter__()

    instance = guest(store, begin)
    instance.exports.call_host()
    assert fails(instance.exports.forever)[0] is GuestTimeout
    assert fails(timeout.__exit__, None, None, None)[0] is GuestTimeout
    assert instance.exports.seven() == 7


def test_an_engine_that_is_not_interruptible_says_how_to_make_one(engine: Engine) -> None:
    told = (WasmtimeError, "this Store has no timeouts: make its engine with Engine(interruptible=True)")
    assert fails(Store(Engine()).timeout, 1) == fails(Store(Engine(epoch_interruption=True)).timeout, 1) == told
    assert Engine(Config(interruptible=True)).config == engine.config


def test_a_timeout_takes_seconds(store: Store) -> None:
    assert fails(store.timeout, "1") == (TypeError, "a timeout must be a number of seconds, not str")
    assert fails(store.timeout, True) == (TypeError, "a timeout must be a number of seconds, not bool")
    for wrong in (-1, float("nan"), float("inf"), 10**400):
        kind, told = fails(store.timeout, wrong)
        assert kind is ValueError
        assert told.startswith("a timeout must be from 0 to 1000000000 seconds, not ")


def test_a_timeout_that_runs_is_not_begun_again(store: Store) -> None:
    with store.timeout(30) as timeout:
        told = (RuntimeError, "this timeout runs already: make another one with store.timeout()")
        assert fails(timeout.__enter__) == told


def test_timeouts_that_end_in_another_order_end(store: Store) -> None:
    one, two = store.timeout(0.01).__enter__(), store.timeout(30).__enter__()
    with suppress(GuestTimeout):
        one.__exit__(None, None, None)
    time.sleep(0.02)
    assert guest(store).exports.seven() == 7
    two.__exit__(None, None, None)
    assert store._interruption is not None
    assert store._interruption.timeouts == ()


def test_a_store_in_use_by_another_thread_begins_none(store: Store) -> None:
    entered, leave = threading.Event(), threading.Event()

    def meet() -> None:
        entered.set()
        leave.wait(10)

    thread = threading.Thread(target=guest(store, meet).exports.call_host)
    thread.start()
    assert entered.wait(10)
    kind, _ = fails(store.timeout(1).__enter__)
    leave.set()
    thread.join()
    assert kind is ConcurrentUseError


def test_a_closed_store_begins_none(engine: Engine) -> None:
    store = Store(engine)
    timeout = store.timeout(1)
    store.close()
    assert fails(timeout.__enter__)[1].startswith("this Store is closed")


def test_timeouts_are_not_copied_and_their_errors_are(store: Store) -> None:
    refused = (TypeError, "a Timeout belongs to its store and cannot be copied or pickled")
    assert fails(copy.copy, store.timeout(1)) == fails(pickle.dumps, store.timeout(1)) == refused
    error = ends_in_time(store, 0.02, guest(store).exports.forever)
    for other in pickle.loads(pickle.dumps(error)), copy.copy(error):
        assert (type(other), str(other), other.frames, other.seconds) == (
            GuestTimeout,
            str(error),
            error.frames,
            0.02,
        )


def test_its_stores_count_no_ticks_themselves(store: Store) -> None:
    told = (
        WasmtimeError,
        "the stores of an engine with interruptible=True have their deadlines by store.timeout(): make the engine with "
        "epoch_interruption=True alone to count ticks yourself",
    )
    assert fails(store.set_epoch_deadline, 1) == fails(store.set_epoch_callback, lambda: 1) == told
    with store.engine.ticker(0.001):  # disturbs nobody
        ends_in_time(store, 0.05, guest(store).exports.forever)
    store.engine.increment_epoch()
    assert guest(store).exports.seven() == 7


def test_a_guest_outlives_the_handle_of_its_engine() -> None:
    engine = Engine(interruptible=True)
    store = Store(engine)
    forever = guest(store).exports.forever
    engine.close()
    time.sleep(0.4)
    ends_in_time(store, 0.05, forever)


# At rest


def rests(engine: Engine) -> bool:
    """Whether no thread of the engine is left, after the time that it takes to end."""
    pulse, end = engine._pulse, time.monotonic() + 20 * (_pulse.INTERVAL * _pulse._IDLE + 0.1)
    assert pulse is not None
    while pulse._beating is not None and time.monotonic() < end:
        time.sleep(0.01)
    return pulse._beating is None


def test_there_is_no_thread_at_rest() -> None:
    engine = Engine(interruptible=True)
    with Store(engine) as store:
        assert rests(engine)  # an engine and a store alone need none
        for _ in range(3):
            ends_in_time(store, 0.02, guest(store).exports.forever)
            assert rests(engine)
            assert guest(store).exports.seven() == 7


def test_an_engine_is_freed_by_reference_counts_alone() -> None:
    gc.disable()
    try:
        engine = Engine(interruptible=True)
        store = Store(engine)
        with store.timeout(30):
            guest(store).exports.seven()
        gone = weakref.ref(store), weakref.ref(engine)
        del store, engine
        assert [reference() for reference in gone] == [None, None]
    finally:
        gc.enable()


# Processes

BEFORE = """
import os, signal, sys, threading, time, _thread
from tests.api.interruptible_guests import SLEEPS, guest, subscribe, wasi_guest
from wasmtime_gen import *
engine = Engine(interruptible=True)
store = Store(engine)
instance = guest(store)
def stop(store=store, forever=instance.exports.forever):
    try:
        with store.timeout(0.05):
            forever()
    except GuestTimeout:
        return "stopped"
"""


def run(program: str) -> tuple[int, str, str]:
    """How a process of this program ends, and what it writes."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-X", "dev", "-W", "ignore::DeprecationWarning", "-c", BEFORE + program]
    done = subprocess.run(command, capture_output=True, env=environment, timeout=60, text=True)
    return done.returncode, done.stdout, done.stderr


ENDS = {
    "in a timeout": "store.timeout(1).__enter__(); instance.exports.seven()",
    "while it beats": "stop()",
    "a guest in another thread": """
threading.Thread(target=instance.exports.forever, daemon=True).start()
time.sleep(0.05)
""",
    "a sleep in another thread": """
other = wasi_guest(store, SLEEPS)
subscribe(other, (0, 1, 3600 * 10**9))
threading.Thread(target=other.exports.poll, args=(1,), daemon=True).start()
time.sleep(0.05)
""",
    "a guest at exit": "import atexit; atexit.register(instance.exports.seven); time.sleep(0.5)",
    "a timeout at exit": "import atexit; atexit.register(instance.exports.seven); stop()",
    "killed": "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); os.kill(os.getpid(), 15); stop()",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
def test_a_process_ends_without_a_word(end: str) -> None:
    assert run(end) == (0, "", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("rest", [0, 0.5])
@pytest.mark.parametrize("before", ["stop()", "instance.exports.seven()"])
def test_a_forked_child_has_timeouts(rest: float, before: str) -> None:
    program = f"""
{before}
time.sleep({rest})
if os.fork() == 0:
    print(stop(), stop(), flush=True)
    time.sleep(0.5)
    print(stop(), flush=True)
    os._exit(0)
print(stop(), flush=True)
os.wait()
"""
    code, out, err = run(program)
    assert (code, sorted(out.split()), err) == (0, ["stopped"] * 4, "")


def test_there_are_timeouts_when_the_interpreter_ends() -> None:
    """It starts no thread any more, so the guest calls back at each chance."""
    assert run("import atexit\natexit.register(lambda: print(stop()))\n") == (0, "stopped\n", "")


@pytest.mark.skipif(not IS_TRIED, reason="leans on how callbacks are entered")
def test_an_interrupt_never_leaves_a_timeout_behind() -> None:
    """Signals come in at all moments of many short blocks; afterwards the store must have no deadline."""
    program = """
seven, interrupts, end = instance.exports.seven, 0, time.monotonic() + 2
def kill():
    while time.monotonic() < end:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.0002)
def blocks():
    while time.monotonic() < end:
        with store.timeout(10):
            seven()
def interrupt(_, frame):
    while frame:
        if frame.f_code is blocks.__code__:
            raise KeyboardInterrupt
        frame = frame.f_back
signal.signal(signal.SIGINT, interrupt)
thread = threading.Thread(target=kill)
thread.start()
while time.monotonic() < end:
    try:
        blocks()
    except KeyboardInterrupt:
        interrupts += 1
thread.join()
print(interrupts > 100, store._interruption.timeouts)
"""
    assert run(program) == (0, "True ()\n", "")
