"""Guests that wait in WASI: they sleep as long as they ask for, see what is ready, and a timeout ends their waiting."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.api.interruptible_guests import (
    CLOCK,
    FD_READ,
    FD_WRITE,
    HOUR,
    LATE,
    SLEEPS,
    ends_in_time,
    events,
    subscribe,
    wasi_guest,
)
from tests.api.wasi_guests import fails
from wasmtime_gen import (
    Engine,
    Linker,
    Module,
    Store,
    Trap,
    WasiConfig,
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(interruptible=True)


@pytest.mark.parametrize("which", [0, 1], ids=["realtime", "monotonic"])
@pytest.mark.parametrize("absolute", [False, True])
def test_a_guest_sleeps_as_long_as_it_asks_for(store: Store, which: int, absolute: bool) -> None:
    instance = wasi_guest(store, SLEEPS)
    for seconds in (0.1, 0.0):
        duration = int(seconds * 1e9)
        at = instance.exports.now(which) + duration if absolute else duration
        subscribe(instance, (CLOCK, which, at, int(absolute)), (CLOCK, which, HOUR + at, int(absolute)))
        begin = time.monotonic()
        assert instance.exports.poll(2) == 0
        assert seconds - 0.01 <= time.monotonic() - begin < seconds + LATE
        assert events(instance) == [(0, 0, CLOCK, 0)]


def test_time_that_has_passed_is_not_waited_for(store: Store) -> None:
    instance = wasi_guest(store, SLEEPS)
    subscribe(instance, (CLOCK, 1, 0, 1), (CLOCK, 0, 5, 1), (CLOCK, 1, 2**64 - 1, 0), (CLOCK, 0, 2**64 - 1, 1))
    assert instance.exports.poll(4) == 0
    assert [event[0] for event in events(instance)] == [0, 1]


@pytest.mark.parametrize("nanoseconds", [HOUR, 2**64 - 1])
def test_a_guest_that_sleeps_ends_in_time(store: Store, nanoseconds: int) -> None:
    instance = wasi_guest(store, SLEEPS)
    subscribe(instance, (CLOCK, 1, nanoseconds))
    ends_in_time(store, 0.05, instance.exports.poll, 1)


def test_a_sleep_bomb_of_short_sleeps_ends_in_time(store: Store) -> None:
    instance = wasi_guest(store, SLEEPS)
    subscribe(instance, (CLOCK, 1, 1))

    def sleep() -> None:
        while True:
            instance.exports.poll(1)

    ends_in_time(store, 0.05, sleep)


def test_streams_are_ready_or_refused_as_the_library_does(store: Store, tmp_path: Path) -> None:
    instance = wasi_guest(store, SLEEPS, stdin=b"abc", stderr=lambda data: None, preopens={"/": tmp_path})
    subscribe(instance, (FD_READ, 0), (FD_WRITE, 1), (FD_WRITE, 2), (CLOCK, 0, HOUR))
    assert instance.exports.poll(4) == 0
    assert events(instance) == [(0, 0, FD_READ, 3), (1, 0, FD_WRITE, 1), (2, 0, FD_WRITE, 1)]
    badf, inval = 8, 28
    for subscription in (FD_READ, 1), (FD_WRITE, 0), (FD_READ, 3), (FD_READ, 77):
        subscribe(instance, subscription, (CLOCK, 0, 0))
        assert instance.exports.poll(2) == badf
    subscribe(instance, (9, 0))
    assert instance.exports.poll(1) == inval
    assert instance.exports.poll(0) == inval
    assert instance.exports.poll(4097) == inval
    subscribe(instance, (CLOCK, 2, 0))  # a processor's time
    assert instance.exports.poll(1) == 0
    assert events(instance) == [(0, inval, CLOCK, 0)]


def test_an_address_out_of_range_is_a_trap(store: Store) -> None:
    instance = wasi_guest(store, SLEEPS)
    for addresses in ((2**18 - 47, 0, 1, 8), (0, 2**18 - 31, 1, 8), (0, 64, 1, 2**18 - 3), (2**32 - 1, 0, 4096, 0)):
        assert fails(instance.exports.poll_at, *addresses)[0] is Trap


def test_a_guest_that_waits_for_a_pipe_ends_in_time_and_reads_later(store: Store, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    ours = os.open(fifo, os.O_RDWR)
    try:
        instance = wasi_guest(store, SLEEPS, stdin=fifo)
        ends_in_time(store, 0.05, instance.exports.read)
        subscribe(instance, (FD_READ, 0))
        ends_in_time(store, 0.05, instance.exports.poll, 1)
        subscribe(instance, (FD_READ, 0), (CLOCK, 1, 10**7))
        with store.timeout(30):
            assert instance.exports.poll(2) == 0
        assert events(instance) == [(1, 0, CLOCK, 0)]
        os.write(ours, b"abc")
        subscribe(instance, (FD_READ, 0))
        with store.timeout(30):
            assert instance.exports.poll(1) == 0
            assert events(instance) == [(0, 0, FD_READ, 1)]
            assert instance.exports.read() == 0
        assert instance.exports["memory"].read(100, 3) == b"abc"  # type: ignore[union-attr]
    finally:
        os.close(ours)


def test_a_guest_that_waits_for_a_reader_of_its_output_ends_in_time(store: Store, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    ours = os.open(fifo, os.O_RDWR)
    try:
        instance = wasi_guest(store, SLEEPS, stdout=fifo)
        ends_in_time(store, 0.1, instance.exports.flood)
        subscribe(instance, (FD_WRITE, 1))
        ends_in_time(store, 0.05, instance.exports.poll, 1)
        total = 0
        while total < 60_000:
            total += len(os.read(ours, 10_000))
        with store.timeout(30):
            assert instance.exports.poll(1) == 0
    finally:
        os.close(ours)


def test_output_and_sleep_in_a_loop_end_in_time(store: Store) -> None:
    instance = wasi_guest(store, SLEEPS, stdout=None)
    ends_in_time(store, 0.05, instance.exports.flood)
    store.wasi = WasiConfig(stdout=lambda data: None)
    ends_in_time(store, 0.05, instance.exports.flood)


def test_files_are_ready_at_once(python_wasm: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content")
    engine = Engine(interruptible=True)
    module = Module.from_file(engine, python_wasm, cache=python_wasm.with_name("images"))
    linker = Linker(engine)
    linker.define_wasi()
    store = Store(engine)
    code = "import select; file = open('/d/file'); print(select.select([file, 0], [1], [])[0][0] is file)"
    store.wasi = WasiConfig(args=["python", "-c", code], preopens={"/d": tmp_path})
    with store.timeout(60):
        linker.instantiate(store, module).exports._start()
    assert store.wasi.stdout == b"True\n"
