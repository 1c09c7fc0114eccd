"""Guests that do not end by themselves, and what has to end them, in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from wasmtime_gen import GuestTimeout, Instance, Linker, Module, Store, WasiConfig

LATE = 1.0  # seconds: twenty times what is promised, as machines are busy. Figures are in the bench
TEXT = """(module
  (import "host" "call" (func $call))
  (func $forever (export "forever") (loop (br 0)))
  (func (export "recurse") (param i32) (if (local.get 0) (then (call 2 (i32.sub (local.get 0) (i32.const 1)))) (else
    (call $forever))))
  (func (export "call_host") (call $call))
  (func (export "call_host_forever") (loop (call $call) (br 0)))
  (func (export "seven") (result i32) (i32.const 7)))"""


def guest(store: Store, call: Callable[[], object] = lambda: None, text: str = TEXT) -> Instance:
    linker = Linker(store.engine)
    linker.define_func("host", "call", call, "() -> ()")
    return linker.instantiate(store, Module.from_text(store.engine, text))


def ends_in_time(store: Store, seconds: float, function: Callable[..., object], *args: object) -> GuestTimeout:
    """What the block raises, which must not be early nor much too late."""
    begin = time.monotonic()
    with pytest.raises(GuestTimeout) as caught, store.timeout(seconds):
        function(*args)
    assert seconds <= time.monotonic() - begin < seconds + LATE
    assert caught.value.seconds == seconds
    return caught.value


def wasi_guest(store: Store, text: str, **given: Any) -> Instance:
    linker = Linker(store.engine)
    linker.define_wasi()
    store.wasi = WasiConfig(**given)
    return linker.instantiate(store, Module.from_text(store.engine, text))


SLEEPS = """(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 4)
  (func (export "poll") (param $count i32) (result i32)
    (call $poll (i32.const 1024) (i32.const 8192) (local.get $count) (i32.const 0)))
  (func (export "poll_at") (param i32 i32 i32 i32) (result i32)
    (call $poll (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "now") (param i32) (result i64)
    (drop (call $clock (local.get 0) (i64.const 1) (i32.const 16))) (i64.load (i32.const 16)))
  (func (export "read") (result i32)
    (i32.store (i32.const 32) (i32.const 100)) (i32.store (i32.const 36) (i32.const 10))
    (call $read (i32.const 0) (i32.const 32) (i32.const 1) (i32.const 40)))
  (func (export "flood") (i32.store (i32.const 32) (i32.const 100)) (i32.store (i32.const 36) (i32.const 100000))
    (loop (drop (call $write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 40))) (br 0))))"""
CLOCK, FD_READ, FD_WRITE = range(3)
HOUR = 3600 * 10**9


def subscribe(instance: Instance, *subscriptions: tuple[int, ...]) -> None:
    """Write clocks as (CLOCK, which, nanoseconds, flags) and descriptors as (FD_READ, fd)."""
    memory = instance.exports["memory"]
    for position, (kind, what, *rest) in enumerate(subscriptions):
        at = 1024 + 48 * position
        nanoseconds, flags = [*rest, 0, 0][:2]
        memory.write(at, bytes(48))  # type: ignore[union-attr]
        memory.u64[at] = 1000 + position  # type: ignore[union-attr]
        memory.u8[at + 8] = kind  # type: ignore[union-attr]
        memory.u32[at + 16] = what  # type: ignore[union-attr]
        memory.u64[at + 24] = nanoseconds  # type: ignore[union-attr]
        memory.u16[at + 40] = flags  # type: ignore[union-attr]


def events(instance: Instance) -> list[tuple[int, int, int, int]]:
    """Of each event whose it is, its error, its kind and its bytes."""
    memory: Any = instance.exports["memory"]
    starts = [8192 + 32 * position for position in range(memory.u32[0])]
    return [(memory.u64[at] - 1000, memory.u16[at + 8], memory.u8[at + 10], memory.u64[at + 16]) for at in starts]
