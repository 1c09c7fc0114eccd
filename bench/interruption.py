"""What does it cost that guests can be interrupted, and how late does it come? The other side is our own, without."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from time import perf_counter, sleep
from typing import Any

from bench.contest import Contest, Row, Side, statement
from codegen import programs
from wasmtime_gen import Config, Engine, GuestTimeout, Instance, Linker, Module, Store, WasiConfig, run, wat2wasm

_WORK = """
import json, hashlib
data = [{"name": str(n), "values": list(range(n % 20)), "half": n / 2} for n in range(1500)]
for _ in range(3):
    data = json.loads(json.dumps(data))
total = sum(n * n % 7 for n in range(150_000))
words = sorted(str(n) for n in range(20_000))
digest = hashlib.sha256("".join(words).encode() * 5).hexdigest()
"""
_HELLO = wat2wasm("""(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "\\08\\00\\00\\00\\07\\00\\00\\00Hello!\\n")
  (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))""")
_FOREVER = '(module (func (export "forever") (loop (br 0))))'
_ADD = '(module (func (export "f") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))'
_TIMEOUT = 0.02


def _start(module: Module, linker: Linker, *args: str) -> bytes:
    with Store(module.engine) as store:
        store.wasi = WasiConfig(args=args)
        linker.instantiate(store, module).exports._start()
        return store.wasi.stdout


def _program(config: Config, wasm: bytes, *args: str) -> Side:
    """Times a whole run of the program in one engine."""
    engine = Engine(config)
    module = Module(engine, wasm, cache=programs.CACHE / "images")
    linker = Linker(engine)
    linker.define_wasi()

    def sample() -> float:
        begin = perf_counter()
        _start(module, linker, *args)
        return perf_counter() - begin

    sample()
    return sample


def _python() -> Contest:
    wasm = programs.fetch_python().read_bytes()
    return Contest(
        *[_program(config, wasm, "python", "-c", _WORK) for config in (Config(interruptible=True), Config())]
    )


def _fuel() -> Contest:
    """By fuel alone, for comparison."""
    wasm = programs.fetch_python().read_bytes()
    engine = Engine(consume_fuel=True)
    module, linker = Module(engine, wasm, cache=programs.CACHE / "images"), Linker(engine)
    linker.define_wasi()

    def sample() -> float:
        with Store(engine) as store:
            store.fuel = 2**63
            store.wasi = WasiConfig(args=["python", "-c", _WORK])
            begin = perf_counter()
            linker.instantiate(store, module).exports._start()
            return perf_counter() - begin

    sample()
    return Contest(sample, _program(Config(), wasm, "python", "-c", _WORK))


def _instance(text: str, **options: Any) -> Instance:
    engine = Engine(**options)
    return Linker(engine).instantiate(Store(engine), Module.from_text(engine, text))


def _call() -> Contest:
    sides = [
        statement("instance.exports.f(1, 2)", {"instance": _instance(_ADD, **o)}) for o in ({"interruptible": True}, {})
    ]
    return Contest(*sides)


def _late(interrupted: Callable[[Store, Any], float]) -> Contest:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background process ignores it
    instance = _instance(_FOREVER, interruptible=True)
    forever = instance.exports.forever
    return Contest(lambda: interrupted(instance._store, forever))


def _timeout(store: Store, forever: Any) -> float:
    begin = perf_counter()
    try:
        with store.timeout(_TIMEOUT):
            forever()
    except GuestTimeout:
        pass
    return perf_counter() - begin - _TIMEOUT


def _ctrl_c(_store: Store, forever: Any) -> float:
    sent = [0.0]

    def send() -> None:
        sleep(0.02)
        sent[0] = perf_counter()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        forever()
    except KeyboardInterrupt:
        end = perf_counter()
    thread.join()
    return end - sent[0]


def _run() -> Contest:
    engine = Engine(interruptible=True)
    module, linker = Module(engine, _HELLO), Linker(engine)
    linker.define_wasi()
    names: dict[str, object] = {"run": run, "start": _start, "module": module, "linker": linker}
    return Contest(statement("run(module)", names), statement("start(module, linker, 'program')", names))


def rows() -> list[Row]:
    own = "the other side is our own engine without interruptible"
    work = "json, a loop, sorting and SHA-256 in python.wasm"
    return [
        Row("CPython for WASI, interruptible", _python, 20.0, f"{work}; {own}"),
        Row(
            "CPython for WASI, with fuel", _fuel, 20.0, f"{work}; the other side is our own engine without consume_fuel"
        ),
        Row("call i32 x 2, interruptible", _call, 2.0, own),
        Row("timeout of an endless loop", lambda: _late(_timeout), 3.0, "how late; 50 ms is promised"),
        Row("Ctrl-C in an endless loop", lambda: _late(_ctrl_c), 3.0, "how late; 100 ms is promised"),
        Row("run() of a hello program", _run, 3.0, "a thread and a handover; the other side is the same steps by hand"),
    ]
