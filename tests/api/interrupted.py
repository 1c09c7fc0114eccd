"""A process that is interrupted: it runs a guest in one of several ways, and says when Ctrl-C has come out of it.

`python -m tests.api.interrupted MODE HANDLER`: it prints a line when it is ready to be interrupted, and another one
when it was, again and again until it is killed. Nothing is made or freed in between: Python ignores what a signal
handler raises within a finalizer.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable

from tests.api.interruptible_guests import CLOCK, HOUR, SLEEPS, guest, subscribe, wasi_guest
from wasmtime_gen import Engine, Linker, Module, Store, run, wat2wasm

engine = Engine(interruptible=True)
store = Store(engine)
LOOPS = wat2wasm('(module (func (export "_start") (loop (br 0))))')
STARTS = "(module (func $f (loop (br 0))) (start $f))"
SLEEPING = f"""(module (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (func (export "_start") (i64.store (i32.const 24) (i64.const {HOUR}))
    (i32.store (i32.const 16) (i32.const 1))
    (drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))))"""


def loop() -> None:
    while True:
        pass


def sleeping() -> Callable[[], object]:
    instance = wasi_guest(store, SLEEPS)
    subscribe(instance, (CLOCK, 1, HOUR))
    return lambda: instance.exports.poll(1)


def in_a_run(wasm: bytes) -> Callable[[], object]:
    module = Module(engine, wasm)
    return lambda: run(module, timeout=60)


def deep() -> Callable[[], object]:
    recurse = guest(store).exports.recurse
    return lambda: recurse(1000)


def starting() -> Callable[[], object]:
    linker, module = Linker(engine), Module.from_text(engine, STARTS)
    return lambda: linker.instantiate(store, module)


def nested() -> Callable[[], object]:
    inner = guest(Store(engine))
    return guest(store, inner.exports.forever).exports.call_host


MODES: dict[str, Callable[[], Callable[[], object]]] = {
    "loop": lambda: guest(store).exports.forever,
    "deep": deep,
    "start": starting,
    "host calls": lambda: guest(store).exports.call_host_forever,
    "host loop": lambda: guest(store, loop).exports.call_host,
    "nested": nested,
    "sleep": sleeping,
    "run": lambda: in_a_run(LOOPS),
    "run and sleep": lambda: in_a_run(wat2wasm(SLEEPING)),
    "winch": lambda: guest(Store(Engine(interruptible=True, strategy="winch"))).exports.forever,
}


class Interrupted(BaseException):
    """What the user's handler raises."""


def interrupt(*_: object) -> None:
    raise Interrupted


def main(mode: str, handler: str) -> None:
    function, kind = MODES[mode](), KeyboardInterrupt if handler == "python" else Interrupted
    # A process that a shell has started in the background ignores Ctrl-C.
    signal.signal(signal.SIGINT, interrupt if handler == "user" else signal.default_int_handler)
    while True:
        try:
            print("ready", flush=True)
            function()
        except kind:  # also when the signal came before the guest had begun
            print("interrupted", flush=True)
        time.sleep(0.001)


if __name__ == "__main__":
    main(*sys.argv[1:])
