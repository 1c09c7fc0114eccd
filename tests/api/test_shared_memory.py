"""Shared memory: one memory in several stores and threads, exact where the guest is atomic."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest

from tests.api.memories import PAGE
from wasmtime_gen import (
    Caller,
    ClosedError,
    Engine,
    Linker,
    Memory,
    MemoryType,
    Module,
    SharedMemory,
    Store,
    StoreMismatchError,
    WasmtimeError,
)

TEXT = """
(module
  (import "env" "memory" (memory 1 2 shared))
  (import "env" "look" (func $look))
  (export "memory" (memory 0))
  (func (export "look") (call $look))
  (func (export "add") (param $times i32)
    (loop $again
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times))))
  ;; Passes a ball: waits until the word at 8 is `mine`, then sets it to `next` and wakes the other.
  (func (export "play") (param $mine i32) (param $next i32) (param $rounds i32)
    (loop $again
      (loop $wait
        (if (i32.ne (i32.atomic.load (i32.const 8)) (local.get $mine))
          (then
            (drop (memory.atomic.wait32 (i32.const 8) (local.get $next) (i64.const -1)))
            (br $wait))))
      (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
      (i32.atomic.store (i32.const 8) (local.get $next))
      (drop (memory.atomic.notify (i32.const 8) (i32.const 1)))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $again (local.get $rounds)))))
"""


@pytest.fixture(scope="module")
def sharing() -> Engine:
    return Engine(shared_memory=True)


@pytest.fixture
def memory(sharing: Engine) -> SharedMemory:
    return SharedMemory(sharing, "1 2 shared")


def guest(memory: SharedMemory, look: Any = lambda: None) -> Any:
    store, linker = Store(memory.engine), Linker(memory.engine)
    linker.define(store, "env", "memory", memory)
    linker.define_func("env", "look", look)
    return linker.instantiate(store, Module.from_text(memory.engine, TEXT))


def run(*functions: Any) -> None:
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def test_two_threads_add_atomically_without_losing_one(memory: SharedMemory) -> None:
    count, guests = 500_000, [guest(memory) for _ in range(2)]
    run(*[partial(each.exports.add, count) for each in guests])
    assert memory.u32[0] == 2 * count


def test_two_threads_wait_for_each_other(memory: SharedMemory) -> None:
    ping, pong = guest(memory).exports.play, guest(memory).exports.play
    run(lambda: ping(0, 1, 2000), lambda: pong(1, 0, 2000))
    assert memory.u32[16] == 4000
    assert memory.u32[8] == 0


def test_python_threads_read_and_write_while_guests_run(memory: SharedMemory) -> None:
    add = guest(memory).exports.add

    def write() -> None:
        for number in range(2000):
            memory.write(PAGE - 4, number.to_bytes(4, "little"))
            assert memory.u32[PAGE - 4] == number
            memory.read(0, 100)
            memory.numpy()[100] = 1

    run(lambda: add(1_000_000), write)
    assert memory.u32[0] == 1_000_000


def test_it_is_the_same_memory_wherever_it_is_found(memory: SharedMemory) -> None:
    found: list[Any] = []

    def look(caller: Caller) -> None:
        found.append(caller["memory"])

    instance = guest(memory, look)
    instance.exports.look()
    linker = Linker(memory.engine)
    linker.define_all({"env": {"memory": memory}})
    found += [
        instance.exports.memory,
        instance.get_shared_memory(instance.store, "memory"),
        linker.get(instance.store, "env", "memory"),
        linker.get(Store(memory.engine), "env", "memory"),
    ]
    for number, each in enumerate(found):
        assert isinstance(each, SharedMemory)
        assert each == memory
        assert len({each, memory}) == 1
        assert each.type == memory.type
        each.u8[200] = number
        assert memory[200] == number
    assert memory[200] == len(found) - 1
    assert memory != SharedMemory(memory.engine, "1 2 shared")


def test_it_outlives_the_store_that_exported_it(sharing: Engine) -> None:
    store = Store(sharing)
    module = Module.from_text(sharing, '(module (memory (export "m") 1 2 shared) (data (i32.const 3) "hello"))')
    memory: Any = Linker(sharing).instantiate(store, module).exports.m
    store.close()
    assert memory.read(3, 5) == b"hello"
    assert memory.grow(1) == 1
    assert len(memory.view()) == 2 * PAGE


def test_it_is_told_from_other_memories(memory: SharedMemory) -> None:
    instance = guest(memory)
    with pytest.raises(TypeError, match="export 'memory' is a SharedMemory, not a Memory"):
        instance.get_memory(instance.store, "memory")
    linker = Linker(memory.engine)
    linker.define_all({"env": {"memory": memory}})
    wanted = Module.from_text(memory.engine, '(module (import "env" "memory" (memory 1)))')
    assert str(linker.explain(wanted)).startswith(
        "import env.memory does not fit: it wants (memory 1) and is given (memory 1 2 shared)"
    )


def test_a_closed_one_refuses(memory: SharedMemory) -> None:
    memory.close()
    memory.close()
    assert memory.closed
    for use in (
        lambda: memory[0],
        lambda: memory.view(),
        lambda: memory.grow(1),
        lambda: memory.pages,
        lambda: guest(memory),
    ):
        with pytest.raises(ClosedError, match="this SharedMemory is closed"):
            use()
    assert repr(memory) == "<SharedMemory shared memory (closed)>"


def test_one_of_another_engine_is_refused(memory: SharedMemory, engine: Engine) -> None:
    store = Store(engine)
    with pytest.raises(StoreMismatchError, match=r"the item for a\.b belongs to another Engine than the store"):
        Linker(engine).define(store, "a", "b", memory)
    with pytest.raises(StoreMismatchError, match=r"the item for a\.b belongs to another Engine than the store"):
        Linker(engine).define_all({"a": {"b": memory}})


@pytest.mark.parametrize(
    ("type_", "error", "text"),
    [
        ("1 2", TypeError, "type must be that of a shared memory, such as '1 10 shared', not '(memory 1 2)'"),
        (MemoryType(1, 2), TypeError, "type must be that of a shared memory"),
        (5, TypeError, "type must be a MemoryType or its text, not int"),
        ("1 shared", ValueError, "a shared memory must have a maximum"),
    ],
)
def test_what_cannot_be_made_is_told(sharing: Engine, type_: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error) as raised:
        SharedMemory(sharing, type_)
    assert text in str(raised.value)


def test_an_engine_must_allow_it(engine: Engine) -> None:
    with pytest.raises(WasmtimeError, match="shared memory support is disabled for this engine"):
        SharedMemory(engine, "1 1 shared")


def test_it_is_owned_and_not_an_item(memory: SharedMemory) -> None:
    with memory as same:
        assert same is memory
    assert memory.closed
    assert not isinstance(memory, Memory)
