"""Modules in other processes: by pickle, on one engine per process and Config, and after a fork."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wasmtime_gen import ClosedError, Config, Engine, Linker, Module, Store, _compiling, _image
from wasmtime_gen._process import process_engine

TEXT = '(module $traveller (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))'

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")


def add(module: Module) -> object:
    return Linker(module.engine).instantiate(Store(module.engine), module).exports.add(40, 2)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_module_arrives_on_the_engine_of_the_process(protocol: int) -> None:
    sent = Module.from_text(Engine(consume_fuel=False), TEXT)
    first, second = (pickle.loads(pickle.dumps(sent, protocol)) for _ in range(2))
    assert first.engine is second.engine is process_engine(Config(consume_fuel=False))
    assert first is not second
    assert add(first) == 42
    assert (first.name, first.exports) == (sent.name, sent.exports)


def test_each_config_has_its_engine() -> None:
    arrived = [pickle.loads(pickle.dumps(Module.from_text(Engine(debug_info=on), TEXT))) for on in (True, False)]
    assert arrived[0].engine is not arrived[1].engine
    assert [module.engine.config for module in arrived] == [Config(debug_info=True), Config(debug_info=False)]


def test_threads_that_ask_at_once_get_one_engine() -> None:
    config, barrier = Config(max_wasm_stack=123_456), threading.Barrier(8)

    def ask(_: int) -> Engine:
        barrier.wait()
        return process_engine(config)

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(ask, range(8)))) == 1


def test_modules_that_arrive_can_be_closed_one_by_one() -> None:
    sent = pickle.dumps(Module.from_text(Engine(), TEXT))
    first, second = pickle.loads(sent), pickle.loads(sent)
    first.close()
    assert add(second) == 42
    assert add(pickle.loads(sent)) == 42


def test_a_closed_engine_of_the_process_is_replaced() -> None:
    sent = pickle.dumps(Module.from_text(Engine(), TEXT))
    pickle.loads(sent).engine.close()
    assert add(pickle.loads(sent)) == 42


def test_a_subclass_arrives_as_one() -> None:
    assert type(pickle.loads(pickle.dumps(Special.from_text(Engine(), TEXT)))) is Special


class Special(Module):
    pass


def test_a_deserialized_module_travels_too() -> None:
    engine = Engine()
    loaded = Module.deserialize(engine, Module.from_text(engine, TEXT).serialize())
    assert add(pickle.loads(pickle.dumps(loaded))) == 42


def test_a_module_without_its_wasm_says_why_it_cannot_be_pickled() -> None:
    engine = Engine()
    image = _image.native_image(Module.from_text(engine, TEXT)._use())
    message = (
        "this Module was loaded by deserialize_unsafe and cannot be pickled: modules pickle as their wasm, which it "
        "does not have. Pickle the module that it was serialized from, or send its image and load that there"
    )
    with pytest.raises(TypeError, match=message):
        pickle.dumps(Module.deserialize_unsafe(engine, image))


def test_a_closed_module_is_not_pickled() -> None:
    module = Module.from_text(Engine(), TEXT)
    module.close()
    with pytest.raises(ClosedError, match="this Module is closed"):
        pickle.dumps(module)


def test_a_module_is_not_copied() -> None:
    for attempt in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="a Module owns a native object and cannot be copied: share it instead"):
            attempt(Module.from_text(Engine(), TEXT))


def run(program: str, tmp_path: Path, *arguments: str) -> list[str]:
    """The lines that a program of its own prints. One that hangs is ended, and fails."""
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(program))
    command = [sys.executable, "-X", "faulthandler", "-W", "ignore", str(path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


POOL = """
    import multiprocessing, os, sys
    from wasmtime_gen import Config, Engine, Linker, Module, Store, ValidationError
    from wasmtime_gen._process import _compiled

    FUNCTIONS = " ".join(
        f'(func (export "add{n}") (param i32) (result i32) (i32.add (local.get 0) (i32.const {n})))' for n in range(50)
    )

    def call(module, number):
        return Linker(module.engine).instantiate(Store(module.engine), module).exports.add2(number)

    def work(module, number):
        fresh = Module.from_text(Engine(), "(module $fresh " + FUNCTIONS + ")")
        return call(module, number), call(fresh, number), os.getpid(), id(module.engine), _compiled.cache_info().misses

    if __name__ == "__main__":
        method = sys.argv[1]
        module = Module.from_text(Engine(), "(module " + FUNCTIONS + ")")
        with multiprocessing.get_context(method).Pool(2) as pool:
            results = pool.starmap(work, [(module, n) for n in range(12)], chunksize=1)
        print([result[:2] for result in results] == [(n + 2, n + 2) for n in range(12)])
        print(len({result[2:4] for result in results}) == len({result[2] for result in results}))
        print({result[4] for result in results})
        print(call(module, 40))
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_a_pool_gets_modules_and_compiles_others(method: str, tmp_path: Path) -> None:
    assert run(POOL, tmp_path, method) == ["True", "True", "{1}", "42"]


FORK = """
    import os, signal, sys
    from wasmtime_gen import CompileCache, Engine, Linker, Module, Store, ValidationError, wat2wasm

    TEXT = "(module " + " ".join(
        f'(func (export "add{n}") (param i32) (result i32) (i32.add (local.get 0) (i32.const {n})))' for n in range(50)
    ) + ")"

    def call(module):
        return Linker(module.engine).instantiate(Store(module.engine), module).exports.add2(40)

    def child(name, function):
        sys.stdout.flush()
        pid = os.fork()
        if not pid:
            signal.alarm(20)
            print(name, function(), flush=True)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if status:
            print(name, "ended with", status)

    def invalid(engine):
        try:
            Module(engine, wat2wasm("(module (func))") + b"\\xff")
        except ValidationError as error:
            return str(error).splitlines()[0]

    def mixed():
        # One store, with a module that was compiled before the fork and one that was compiled after it.
        store, linker = Store(engine), Linker(engine)
        return [linker.instantiate(store, m).exports.add2(40) for m in (module, Module.from_text(engine, TEXT))]
"""


@needs_fork
def test_everything_compiles_in_a_forked_child(tmp_path: Path) -> None:
    program = textwrap.dedent(FORK) + textwrap.dedent("""
        engine = Engine()
        module = Module.from_text(engine, TEXT)
        child("before:", lambda: call(module))
        child("inherited engine:", lambda: call(Module.from_text(engine, TEXT)))
        child("new engine:", lambda: call(Module.from_text(Engine(consume_fuel=False), TEXT)))
        child("one store:", mixed)
        child("validate:", lambda: Module.validate(engine, wat2wasm(TEXT)))
        child("invalid:", lambda: invalid(engine))
        child("serial:", lambda: call(Module.from_text(Engine(parallel_compilation=False), TEXT)))
        child("names:", lambda: Module.from_text(engine, "(module $named)").name)
        child("image:", lambda: call(Module.deserialize(engine, Module.from_text(engine, TEXT).serialize())))
        child("cache:", lambda: [call(Module.from_text(engine, TEXT, cache=sys.argv[1])) for _ in range(2)])
        child("config:", lambda: Module.from_text(engine, TEXT).engine is engine)
        child("grandchild:", lambda: child("within:", lambda: call(Module.from_text(engine, TEXT))))
        print("parent:", call(Module.from_text(engine, TEXT)))
    """)
    assert run(program, tmp_path, str(tmp_path / "cache")) == [
        "before: 42",
        "inherited engine: 42",
        "new engine: 42",
        "one store: [42, 42]",
        "validate: None",
        "invalid: malformed section id (at offset 0x18)",
        "serial: 42",
        "names: named",
        "image: 42",
        "cache: [42, 42]",
        "config: True",
        "within: 42",
        "grandchild: None",
        "parent: 42",
    ]


@needs_fork
def test_validating_alone_is_noticed_as_well(tmp_path: Path) -> None:
    program = textwrap.dedent(FORK) + textwrap.dedent("""
        engine = Engine()
        Module.validate(engine, wat2wasm(TEXT))
        child("compile:", lambda: call(Module.from_text(engine, TEXT)))
    """)
    assert run(program, tmp_path) == ["compile: 42"]


@needs_fork
def test_a_child_of_a_parent_that_compiled_nothing_compiles_in_parallel(tmp_path: Path) -> None:
    program = textwrap.dedent(FORK) + textwrap.dedent("""
        from wasmtime_gen import _compiling
        from wasmtime_gen._process import _engines
        engine = Engine()
        Module.from_text(Engine(parallel_compilation=False), TEXT)
        child("compile:", lambda: (call(Module.from_text(engine, TEXT)), _compiling._pool, len(_engines)))
    """)
    assert run(program, tmp_path) == ["compile: (42, 'used', 0)"]


def test_the_threads_that_are_tried_have_begun_before_compiling_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """CPython 3.10 crashes when it ends before a thread that was started has begun."""
    begun: list[int] = []

    def start_late(function: Callable[..., None], arguments: tuple[object, ...]) -> int:
        def begin() -> None:
            time.sleep(0.05)
            begun.append(threading.get_ident())
            function(*arguments)

        return start_new_thread(begin, ())

    monkeypatch.setattr(_compiling, "start_new_thread", start_late)
    assert _compiling.threads_start(3)
    assert len(begun) == 3
