"""Random programs over the whole API: python -m tests.safety.fuzz COUNT [FIRST]

Each seed is a program of 60 operations on several stores, in a forked process of its own: calls, callbacks that
call back, items, linking, threads, closes, garbage collection and forked children, in any order and on anything that
there is. A program may raise what it likes, but not die. Prints the seeds that did, and a summary. The same seed is the
same program each time, though threads interleave as they like.
"""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from wasmtime_gen import (
    Engine,
    Exports,
    Func,
    Global,
    Linker,
    Memory,
    Module,
    SharedMemory,
    Store,
    Table,
    Tag,
    WasiConfig,
)

OPERATIONS = 60
SECONDS = 60.0
TEXT = """(module
  (import "host" "f" (func $f (param i32) (result i32)))
  (import "host" "refs" (func $refs (param externref) (result externref)))
  (import "host" "none" (func $none))
  (memory (export "memory") 1 5) (memory (export "wide") i64 1 5) (table (export "table") 2 9 externref)
  (table $funcs (export "funcs") 2 9 funcref) (global (export "number") (mut i64) (i64.const 1))
  (global (export "object") (mut externref) (ref.null extern)) (global (export "func") (mut funcref) (ref.func $f))
  (tag (export "tag") (param i32))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "two") (param i64 f64) (result f64 i64) (local.get 1) (local.get 0))
  (func (export "call") (param i32) (result i32) (call $f (local.get 0))) (func (export "none") (call $none))
  (func (export "echo") (param externref) (result externref) (call $refs (local.get 0)))
  (func (export "indirect") (param i32) (call_indirect $funcs (local.get 0))) (func (export "trap") unreachable)
  (func $deep (export "deep") (call $deep)) (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))"""
NAMES = (
    *("add", "two", "call", "none", "echo", "indirect", "trap", "deep", "load", "memory", "wide", "table", "funcs"),
    *("number", "object", "func", "tag", "missing"),
)


class Program:
    """The objects of one program, and what may be done to any of them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.depth = 0
        self.threads: list[threading.Thread] = []
        engine = Engine(shared_memory=True, wasm_threads=True)
        self.things: list[Any] = [engine, Store(engine), Linker(engine), Module.from_text(engine, TEXT)]

    def run(self) -> None:
        for _ in range(OPERATIONS):
            self.step()
        for thread in self.threads:
            thread.join()

    def some(self) -> None:
        for _ in range(5):
            self.step()

    def step(self) -> None:
        operation: Callable[[], object] = self.chance.choice(_OPERATIONS).__get__(self)
        try:
            made = operation()
        except Exception:
            return
        if made is not None and len(self.things) < 100:
            self.things.append(made)

    def any(self, *kinds: type) -> Any:
        """Something of these kinds most of the time, and anything else now and then."""
        found = [each for each in self.things if isinstance(each, kinds)]
        return self.chance.choice(found if found and self.chance.random() < 0.9 else self.things)

    def value(self) -> Any:
        numbers = (0, 1, -1, 7, 65535, 65536, 2**31, 2**32, 2**63, 2**64, -(2**63), 1.5, float("nan"), None, "x", b"y")
        return self.chance.choice((*numbers, self, self.any(object)))

    def host(self, *args: Any) -> Any:
        """Every host function: it does a few things itself."""
        if self.depth < 3:
            self.depth += 1
            try:
                for _ in range(self.chance.randrange(3)):
                    self.step()
            finally:
                self.depth -= 1
        if self.chance.random() < 0.1:
            raise self.chance.choice((KeyError, RecursionError, MemoryError))("mine")
        return args[0] if args else None

    # Each operation returns what it has made, if that may be used later.
    def engine(self) -> object:
        return Engine(**self.chance.choice(({"shared_memory": True}, {"consume_fuel": True}, {"target": "pulley64"})))

    def store(self) -> object:
        return Store(self.any(Engine), self.any(object))

    def linker(self) -> object:
        made = Linker(self.any(Engine))
        made.define_func("host", "f", self.host, "i32 -> i32")
        made.define_func("host", "refs", self.host, "externref -> externref")
        made.define_func("host", "none", lambda: self.host() and None, "() -> ()")
        return made

    def module(self) -> object:
        engine = self.any(Engine)
        return self.chance.choice((Module.from_text(engine, TEXT), Module(engine, self.damaged())))

    def damaged(self) -> bytes:
        content = bytearray(Module.from_text(self.any(Engine), TEXT)._wasm or b"")
        content[self.chance.randrange(8, len(content))] ^= 1 << self.chance.randrange(8)
        return bytes(content)

    def image(self) -> object:
        return Module.deserialize(self.any(Engine), self.any(Module).serialize())

    def instance(self) -> object:
        return self.any(Linker).instantiate(self.any(Store), self.any(Module)).exports

    def instance_pre(self) -> object:
        return self.any(Linker).instantiate_pre(self.any(Module)).instantiate(self.any(Store)).exports

    def define(self) -> None:
        linker = self.any(Linker)
        linker.allow_shadowing = True
        linker.define(self.any(Store), "host", self.chance.choice(("f", "none", "x")), self.any(Func, Memory, Table))

    def define_module(self) -> None:
        self.any(Linker).define_module(self.any(Store), "m", self.any(Module))

    def define_defaults(self) -> None:
        self.any(Linker).define_unknown_imports_as_defaults(self.any(Store), self.any(Module))

    def get(self) -> object:
        return self.any(Linker).get(self.any(Store), "host", "f")

    def explain(self) -> None:
        str(self.any(Linker).explain(self.any(Module)))

    def export(self) -> object:
        return self.any(Exports)[self.chance.choice(NAMES)]

    def call(self) -> object:
        return self.any(Func)(*[self.value() for _ in range(self.chance.randrange(3))])

    def call_right(self) -> object:
        exports = self.any(Exports)
        found = self.chance.choice((lambda: exports.call(3), lambda: exports.echo(self), exports.none, exports.deep))
        return found() if self.depth or self.chance.random() < 0.9 else exports.add(1, 2)

    def wrap(self) -> object:
        type_ = self.chance.choice(("() -> ()", "i32 -> i32", "externref -> externref", "funcref, i64 -> f64, v128"))
        return Func.wrap(self.any(Store), self.host, type_)

    def items(self) -> object:
        store = self.any(Store)
        return self.chance.choice(
            (
                lambda: Memory(store, "1 5"),
                lambda: Table(store, "2 9 externref", self.value()),
                lambda: Table(store, "2 9 funcref", self.any(Func)),
                lambda: Global(store, "(mut externref)", self.value()),
                lambda: Global(store, "(mut i32)", self.value()),
                lambda: Tag(store, "(tag (param i32))"),
                lambda: SharedMemory(self.any(Engine), "1 5 shared"),
            )
        )()

    def memory(self) -> object:
        memory = self.any(Memory, SharedMemory)
        return self.chance.choice(
            (
                lambda: memory.grow(self.value()),
                lambda: memory.read(self.value(), self.value()),
                lambda: memory.write(self.value(), b"abc"),
                lambda: memory.view(self.value(), self.value()),
                lambda: memory.numpy("u4"),
                lambda: memory.u32[self.value()],
                lambda: memory.fill(0, 9),
                lambda: memory.pages,
            )
        )()

    def table(self) -> object:
        table = self.any(Table)
        return self.chance.choice(
            (
                lambda: table.__setitem__(self.value(), self.value()),
                lambda: table.__setitem__(0, self.any(Func)),
                lambda: table[self.value()],
                lambda: list(table),
                lambda: table.grow(self.value(), self.value()),
                lambda: table.fill(self.value()),
            )
        )()

    def global_(self) -> object:
        found = self.any(Global)
        if self.chance.random() < 0.5:
            found.value = self.value()
        return found.value

    def settings(self) -> None:
        store = self.any(Store)
        self.chance.choice(
            (
                store.gc,
                lambda: store.set_limits(instances=self.chance.randrange(9)),
                lambda: setattr(store, "fuel", 10_000),
                lambda: setattr(store, "wasi", WasiConfig()),
                lambda: setattr(store, "data", self),
            )
        )()

    def close(self) -> None:
        if self.chance.random() < 0.3:
            self.any(Engine, Store, Linker, Module, SharedMemory).close()

    def forget(self) -> None:
        if len(self.things) > 6:
            self.things.pop(self.chance.randrange(4, len(self.things)))

    def collect(self) -> None:
        gc.collect()

    def thread(self) -> None:
        if len(self.threads) < 4 and not self.depth:
            work = threading.Thread(target=self.some)
            work.start()
            self.threads.append(work)

    def fork(self) -> None:
        # What another thread holds at the moment of a fork is held for ever in the child: that is not promised.
        if self.depth or self.chance.random() < 0.8 or any(thread.is_alive() for thread in self.threads):
            return
        child = os.fork()
        if not child:
            signal.alarm(int(SECONDS))
            for _ in range(10):
                self.step()
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code:
            os.kill(os.getpid(), -code if code < 0 else signal.SIGABRT)


_OTHERS = ("__init__", "run", "some", "step", "any", "value", "host", "damaged")
_OPERATIONS = [each for name, each in vars(Program).items() if callable(each) and name not in _OTHERS]


def died(seed: int) -> str:
    """How the program of this seed died, or ""."""
    with open(os.memfd_create("stderr"), "w+b") as file:
        child = os.fork()
        if not child:
            os.dup2(file.fileno(), 2)
            status = 1
            try:
                Program(seed).run()
                gc.collect()
                status = 0
            finally:
                os._exit(status)
        end = time.monotonic() + SECONDS
        while True:
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                break
            if time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return "hangs"
            time.sleep(0.002)
        file.seek(0)
        told = file.read().decode(errors="replace")
    return "" if not status else f"status {os.waitstatus_to_exitcode(status)}: {told[-2000:]}"


def main(count: int, first: int = 0) -> int:
    start, bad = time.monotonic(), 0
    for seed in range(first, first + count):
        how = died(seed)
        if how:
            bad += 1
            print(f"seed {seed}: {how}", flush=True)
    print(f"{count} programs of {OPERATIONS} operations in {time.monotonic() - start:.0f} s, {bad} died")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
