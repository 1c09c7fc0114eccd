"""Exceptions of WebAssembly: they leave guests as WasmException, and host functions throw them into guests."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
import threading
import weakref
from typing import Any

import pytest

from tests.api import natives
from wasmtime_gen import (
    AnyRef,
    Engine,
    ExnRef,
    Frame,
    Func,
    Linker,
    Module,
    Store,
    StoreMismatchError,
    Tag,
    Trap,
    UncaughtExceptionTrap,
    WasmException,
)

TEXT = """(module $guest
  (import "host" "f" (func $f (param i32) (result i32)))
  (import "host" "tag" (tag $tag (param i32 f32)))
  (tag $own (export "own") (param externref))
  (export "tag" (tag $tag))
  (func $throw (export "throw") (param i32) (throw $tag (local.get 0) (f32.const nan:0x200000)))
  (func (export "own_throw") (param externref) (throw $own (local.get 0)))
  (func (export "call") (param i32) (result i32) (call $f (local.get 0)))
  (func (export "catch") (param i32) (result i32)
    (block $b (result i32 f32)
      (try_table (catch $tag $b) (return (call $f (local.get 0)))) unreachable)
    (drop) (i32.add (i32.const 1000)))
  (func (export "all") (param i32) (result i32)
    (block $b (try_table (catch_all $b) (return (call $f (local.get 0))))) (i32.const -1))
  (func (export "again") (param i32) (result i32)
    (block $b (result exnref) (try_table (catch_all_ref $b) (return (call $f (local.get 0)))) unreachable)
    (throw_ref))
  (func (export "throw_ref") (param exnref) (throw_ref (local.get 0))))"""


class Guest:
    """An instance whose host function raises what it is told to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.tag = Tag(store, "(tag (param i32 f32))")
        self.acts: Any = lambda value: value
        linker = Linker(store.engine)
        linker.define(store, "host", "tag", self.tag)
        linker.define_func("host", "f", lambda value: self.acts(value), "i32 -> i32")
        self.exports: Any = linker.instantiate(store, Module.from_text(store.engine, TEXT)).exports

    def raises(self, error: BaseException) -> None:
        def act(value: int) -> int:
            raise error

        self.acts = act


@pytest.fixture
def guest(store: Store) -> Guest:
    return Guest(store)


def is_pending(store: Store) -> bool:
    return bool(natives.wasmtime_context_has_exception(store._address))


def test_an_exception_leaves_the_guest_with_its_tag_payload_and_frames(guest: Guest) -> None:
    for number in range(3):
        with pytest.raises(WasmException) as caught:
            guest.exports.throw(number)
        error = caught.value
        assert error.tag == guest.tag == guest.exports["tag"]
        assert error.tag != guest.exports["own"]
        assert error.payload[0] == number
        assert [bits % 2**32 for bits in error.reference.bits] == [number, 0x7FA00000]
        assert isinstance(error.frames[0], Frame)
        assert error.frames[0].function == "throw"
        assert str(error).startswith(f"thrown Wasm exception: ({number}, nan)\n  at throw in guest")
        assert isinstance(error, UncaughtExceptionTrap)
        assert not is_pending(guest.store)


def test_its_payload_can_be_any_object(guest: Guest) -> None:
    thing = object()
    with pytest.raises(WasmException) as caught:
        guest.exports.own_throw(thing)
    assert caught.value.payload[0] is thing
    assert caught.value.tag == guest.exports["own"]


def test_a_host_function_throws_into_its_guest(guest: Guest) -> None:
    guest.raises(WasmException(guest.tag, 5, 1.5))
    for _ in range(3):
        assert guest.exports.catch(0) == 1005
        assert guest.exports.all(0) == -1
        assert not is_pending(guest.store)


def test_what_no_guest_catches_comes_out_as_the_same_exception(guest: Guest) -> None:
    thrown = WasmException(guest.tag, 5, 1.5)
    guest.raises(thrown)
    for name in ("call", "again"):
        with pytest.raises(WasmException) as caught:
            guest.exports[name](0)
        assert caught.value is thrown
        assert caught.value.frames[-1].function in ("call", "again", None)
        assert not is_pending(guest.store)


def test_an_exception_passes_through_python_between_two_guests(guest: Guest) -> None:
    guest.acts = lambda value: guest.exports.throw(value)
    assert guest.exports.catch(7) == 1007
    seen = []

    def act(value: int) -> int:
        try:
            guest.exports.throw(value)
        except WasmException as error:
            seen.append(error)
            raise
        return 0

    guest.acts = act
    with pytest.raises(WasmException) as caught:
        guest.exports.call(8)
    assert caught.value is seen[0]
    assert caught.value.payload[0] == 8


def test_one_of_another_store_is_an_ordinary_exception_to_the_guest(guest: Guest, engine: Engine) -> None:
    other = Guest(Store(engine))
    thrown = WasmException(other.tag, 1, 2.0)
    guest.raises(thrown)
    for name in ("call", "catch", "all"):
        with pytest.raises(WasmException) as caught:
            guest.exports[name](0)
        assert caught.value is thrown
        assert not is_pending(guest.store)
        assert not is_pending(other.store)
    guest.acts = lambda value: other.exports.catch(value)  # and nested: thrown by the first, into the second
    other.raises(WasmException(guest.tag, 1, 2.0))
    assert guest.exports.catch(0) == 1001


def test_one_raised_outside_of_guests_is_an_ordinary_exception(guest: Guest) -> None:
    with pytest.raises(WasmException) as caught:
        raise WasmException(guest.tag, 1, 2.0)
    assert caught.value.payload == (1, 2.0)
    assert not is_pending(guest.store)
    assert caught.value._throw() == 0


def test_other_exceptions_are_not_for_guests_to_catch(guest: Guest) -> None:
    for error in (KeyError("key"), Trap("mine")):
        guest.raises(error)
        with pytest.raises(type(error)) as caught:
            guest.exports.all(0)
        assert caught.value is error


def test_a_start_function_can_throw(guest: Guest) -> None:
    text = """(module (import "host" "tag" (tag $t (param i32 f32)))
      (start 0) (func (throw $t (i32.const 3) (f32.const 1))))"""
    linker = Linker(guest.store.engine)
    linker.define(guest.store, "host", "tag", guest.tag)
    module = Module.from_text(guest.store.engine, text)
    for instantiate in (linker.instantiate, lambda store, module: linker.instantiate_pre(module).instantiate(store)):
        with pytest.raises(WasmException) as caught:
            instantiate(guest.store, module)
        assert (caught.value.tag, caught.value.payload) == (guest.tag, (3, 1.0))
        assert not is_pending(guest.store)


def test_an_exception_as_a_value_is_thrown_again(guest: Guest) -> None:
    reference = WasmException(guest.tag, 5, 0x7FA00000, by_bits=True).reference
    assert isinstance(reference, ExnRef)
    assert reference.bits == (5, 0x7FA00000)
    with pytest.raises(WasmException) as caught:
        guest.exports.throw_ref(reference)
    assert caught.value.reference == reference
    assert caught.value.reference.bits == (5, 0x7FA00000)


@pytest.mark.parametrize(
    ("payload", "error", "message"),
    [
        ((1,), TypeError, r"an exception of this tag carries 2 values \(i32, f32\), got 1"),
        ((1, "x"), TypeError, "payload 2 must be a float for f32, not str"),
        ((2**32, 1.0), OverflowError, "payload 1 is 4294967296, out of range for i32"),
    ],
)
def test_a_payload_that_does_not_fit_is_refused(
    guest: Guest, payload: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        WasmException(guest.tag, *payload)


def test_a_payload_of_another_store_is_refused(guest: Guest, engine: Engine) -> None:
    with pytest.raises(StoreMismatchError, match="payload 1 is a Func of another Store"):
        WasmException(Tag(guest.store, "(tag (param funcref))"), Func.wrap(Store(engine), print, "() -> ()"))
    with pytest.raises(TypeError, match="tag must be a Tag, not str"):
        WasmException("tag")  # type: ignore[arg-type]


def test_an_exception_tells_what_it_was_after_its_store_is_closed(guest: Guest) -> None:
    with pytest.raises(WasmException) as caught:
        guest.exports.throw(4)
    guest.store.close()
    assert caught.value.payload[0] == 4
    assert "thrown Wasm exception: (4, nan)" in str(caught.value)


def test_in_another_process_it_is_an_uncaught_exception(guest: Guest) -> None:
    with pytest.raises(WasmException) as caught:
        guest.exports.throw(4)
    found = pickle.loads(pickle.dumps(caught.value))
    assert type(found) is UncaughtExceptionTrap
    assert (found.message, found.frames) == (caught.value.message, caught.value.frames)


def test_threads_keep_their_exceptions_apart(engine: Engine) -> None:
    wrong: list[Any] = []

    def work(number: int) -> None:
        guest = Guest(Store(engine))
        for i in range(300):
            thrown = WasmException(guest.tag, number * 1000 + i, 0.0)
            guest.raises(thrown)
            try:
                guest.exports.call(0)
            except WasmException as error:
                if error is not thrown:
                    wrong.append(error)
            if guest.exports.catch(0) != thrown.payload[0] + 1000:
                wrong.append(thrown)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_thrown_exception_and_its_store_are_ordinary_garbage(engine: Engine) -> None:
    guest = Guest(Store(engine))
    guest.raises(WasmException(guest.tag, 1, 2.0))
    assert guest.exports.catch(0) == 1001
    gone = weakref.ref(guest.store)
    del guest
    gc.collect()
    assert gone() is None


AT_EXIT = """
from wasmtime_gen import Engine, Linker, Module, Store, Tag, WasmException
store = Store(Engine())
kept = [WasmException(Tag(store, "(tag (param externref))"), object())]
kept.append(kept)
raise kept[0]
"""


def test_an_exception_that_ends_the_program_is_shown() -> None:
    done = subprocess.run([sys.executable, "-c", AT_EXIT], capture_output=True, text=True)
    assert done.returncode == 1
    assert "WasmException: thrown Wasm exception: (<object object" in done.stderr


def test_what_an_exception_carries_cannot_be_exchanged_for_something_else(engine: Engine) -> None:
    """The library takes it for an exception without a look."""
    store = Store(engine)
    exception: Any = WasmException(Tag(store, "(tag (param i32))"), 5)
    with pytest.raises(AttributeError):
        exception.reference = 5
    with pytest.raises(TypeError, match="the class of an ExnRef cannot be changed"):
        exception.reference.__class__ = AnyRef
