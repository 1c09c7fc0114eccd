"""Guests of WASI that the tests share: one whose exports are single operations, and a way to run programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wasmtime_gen import CompileCache, Engine, Instance, Linker, Module, Store, WasiConfig

# Texts at fixed addresses: "hello\n" at 100, "error\n" at 110. One vector at 0, its result at 8.
TEXT = """(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $stat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "host" "call" (func $call))
  (memory (export "memory") 2)
  (data (i32.const 100) "hello\\n")
  (data (i32.const 110) "error\\n")
  (func $one (export "write") (param $fd i32) (param $at i32) (param $size i32) (result i32)
    (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $size))
    (call $write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
  (func (export "write_vectors") (param i32 i32 i32 i32) (result i32)
    (call $write (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "read") (param $fd i32) (param $at i32) (param $size i32) (result i32)
    (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $size))
    (call $read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
  (func (export "done") (result i32) (i32.load (i32.const 8)))
  (func (export "byte") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "both_and_trap") (param $times i32)
    (loop
      (drop (call $one (i32.const 1) (i32.const 100) (i32.const 6)))
      (drop (call $one (i32.const 2) (i32.const 110) (i32.const 6)))
      (br_if 0 (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    unreachable)
  (func (export "flood") (param $size i32)
    (loop (drop (call $one (i32.const 1) (i32.const 1000) (local.get $size))) (br 0)))
  (func (export "close") (param i32) (result i32) (call $close (local.get 0)))
  (func (export "renumber") (param i32 i32) (result i32) (call $renumber (local.get 0) (local.get 1)))
  (func (export "file_type") (param i32) (result i32)
    (drop (call $stat (local.get 0) (i32.const 200))) (i32.load8_u (i32.const 200)))
  (func (export "counts") (result i32 i32)
    (drop (call $args (i32.const 200) (i32.const 204))) (drop (call $environ (i32.const 208) (i32.const 212)))
    (i32.load (i32.const 200)) (i32.load (i32.const 208)))
  (func (export "call_host") (call $call))
  (func (export "exit") (param i32) (call $exit (local.get 0))))"""


def linker_with_wasi(engine: Engine, call: Callable[[], object] = lambda: None) -> Linker:
    """A linker for the guest above. `call` is what "call_host" calls."""
    linker = Linker(engine)
    linker.define_wasi()
    linker.define_func("host", "call", call, "() -> ()")
    return linker


def guest(store: Store, config: WasiConfig | None, call: Callable[[], object] = lambda: None) -> Instance:
    """The guest above in a store that is given this config first."""
    if config is not None:
        store.wasi = config
    return linker_with_wasi(store.engine, call).instantiate(store, Module.from_text(store.engine, TEXT))


def read_stdin(instance: Instance, size: int) -> bytes:
    """What the guest gets when it reads so many bytes."""
    assert instance.exports.read(0, 1000, size) == 0
    return bytes(instance.exports.byte(1000 + at) for at in range(instance.exports.done()))


def captured(store: Store) -> tuple[bytes, bytes]:
    """What is captured of both streams."""
    return store.wasi.stdout, store.wasi.stderr


class Program:
    """A compiled program, to run many times: run(...) takes what WasiConfig does."""

    def __init__(self, path: Path, cache: Path | None = None) -> None:
        self.engine = Engine()
        self.module = Module.from_file(self.engine, path, cache=CompileCache(cache) if cache else None)
        self.linker = Linker(self.engine)
        self.linker.define_wasi()

    def start(self, **given: Any) -> Store:
        """Run it to its end in a new store. What it raises comes out."""
        store = Store(self.engine)
        store.wasi = WasiConfig(**given)
        self.linker.instantiate(store, self.module).exports._start()
        return store


def fails(operation: Callable[..., object], *arguments: object, **keywords: object) -> tuple[type[BaseException], str]:
    """The exception that this raises: its class and its text."""
    with pytest.raises(BaseException) as caught:  # noqa: PT011
        operation(*arguments, **keywords)
    return caught.type, str(caught.value)
