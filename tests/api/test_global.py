"""Globals: values of every type, with the conversions of calls, made by guests and by the host."""

from __future__ import annotations

import gc
import math
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from wasmtime_gen import (
    ClosedError,
    ConcurrentUseError,
    Engine,
    Func,
    Global,
    GlobalType,
    Instance,
    Linker,
    Module,
    Store,
    StoreMismatchError,
)

Instantiate = Callable[..., Instance]


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("i32", -(2**31), -(2**31)),
        ("i32", 2**32 - 1, -1),
        ("i32", True, 1),
        ("i64", 2**64 - 1, -1),
        ("i64", -(2**63), -(2**63)),
        ("f32", 0.5, 0.5),
        ("f32", 3, 3.0),
        ("f32", -math.inf, -math.inf),
        ("f64", 1, 1.0),
        ("f64", math.inf, math.inf),
        ("v128", bytes(range(16)), bytes(range(16))),
        ("v128", -1, b"\xff" * 16),
        ("externref", None, None),
        ("externref", ("any", "object"), ("any", "object")),
        ("funcref", None, None),
        ("anyref", None, None),
        ("exnref", None, None),
        ("(ref extern)", "text", "text"),
    ],
)
def test_values_come_back_as_the_type_holds_them(store: Store, kind: str, given: object, expected: object) -> None:
    made = Global(store, GlobalType(kind, mutable=True), given)
    assert made.value == expected
    for _ in range(10):  # a few uses of a number make it quick
        made.value = given
        assert made.value == expected


@pytest.mark.parametrize(
    ("kind", "given", "error", "text"),
    [
        ("i32", 2**32, OverflowError, "is 4294967296, out of range for i32: from -2**31 to 2**32-1"),
        ("i32", 1.0, TypeError, "must be an int for i32, not float"),
        ("i64", 2**64, OverflowError, "out of range for i64: from -2**63 to 2**64-1"),
        ("i64", None, TypeError, "must be an int for i64, not NoneType"),
        ("f32", 1e300, OverflowError, "is 1e+300, too large for f32"),
        ("f32", "1", TypeError, "must be a float for f32, not str"),
        ("f64", "1", TypeError, "must be a float for f64, not str"),
        ("f64", 10**400, OverflowError, "too large for f64"),
        ("v128", b"short", ValueError, "must be 16 bytes for v128, not 5"),
        ("funcref", 1, TypeError, "must be a Func for funcref, not int"),
        ("anyref", "1", TypeError, "must be an AnyRef or an int for anyref, not str"),
        ("i31ref", 2**31, OverflowError, "is 2147483648, out of range for an i31: from -2**30 to 2**31-1"),
        ("structref", 1, TypeError, "must be an AnyRef for structref, not int"),
        ("exnref", 1, TypeError, "must be an ExnRef for exnref, not int"),
        ("nullref", 1, TypeError, "must be None for nullref, not int"),
        ("(ref extern)", None, TypeError, "must be a reference for (ref extern), not NoneType"),
        ("(ref func)", None, TypeError, "must be a reference for (ref func), not NoneType"),
    ],
)
def test_what_does_not_fit_is_refused(
    store: Store, kind: str, given: object, error: type[Exception], text: str
) -> None:
    zero: Any = {"v128": 0, "(ref extern)": "a", "(ref func)": Func.wrap(store, lambda: None)}
    made = Global(store, GlobalType(kind, mutable=True), zero.get(kind, None if "ref" in kind else 0))
    before = made.value
    for _ in range(10):
        with pytest.raises(error) as raised:
            made.value = given
        assert str(raised.value).startswith("global 'global' ")
        assert text in str(raised.value)
        assert made.value == before
    with pytest.raises(error) as raised:
        Global(store, kind, given)
    assert str(raised.value).startswith("value ")
    assert text in str(raised.value)


def test_an_externref_is_the_object_itself_and_let_go_when_replaced(store: Store) -> None:
    class Thing:
        pass

    made, thing = Global(store, "(mut externref)", None), Thing()
    gone = weakref.ref(thing)
    made.value = thing
    assert made.value is thing
    del thing
    assert made.value is gone()
    made.value = None
    store.gc()
    gc.collect()
    assert gone() is None


def test_a_funcref_can_be_called(instantiate: Instantiate, store: Store) -> None:
    exports: Any = instantiate(
        """(module (func $f (export "f") (result i32) (i32.const 5)) (global (export "g") (mut funcref) (ref.func $f))
           (global (export "typed") (mut (ref null 0)) (ref.func $f)) (func (export "other")))"""
    ).exports
    assert exports.g.value() == exports.typed.value() == 5
    exports.g.value = exports.other
    assert exports.g.value == exports.other
    exports.typed.value = None
    exports.typed.value = exports.f
    with pytest.raises(TypeError, match=r"must be a Func of type \(\) -> i32, not \(\) -> \(\)"):
        exports.typed.value = exports.other


def test_a_func_of_another_store_is_refused(engine: Engine, store: Store) -> None:
    made, foreign = Global(store, "(mut funcref)", None), Func.wrap(Store(engine), lambda: None)
    with pytest.raises(StoreMismatchError, match="global 'global' is a Func of another Store"):
        made.value = foreign
    with pytest.raises(StoreMismatchError, match="value is a Func of another Store"):
        Global(store, "funcref", foreign)


def test_guests_see_what_is_set_and_set_what_is_seen(engine: Engine, store: Store) -> None:
    counter = Global(store, "(mut i64)", 5)
    linker = Linker(engine)
    linker.define(store, "env", "counter", counter)
    text = """(module (import "env" "counter" (global $c (mut i64))) (export "same" (global $c))
      (func (export "add") (param i64) (global.set $c (i64.add (global.get $c) (local.get 0)))))"""
    exports: Any = linker.instantiate(store, Module.from_text(engine, text)).exports
    exports.add(1)
    counter.value += 10
    exports.add(100)
    assert counter.value == exports.same.value == 116
    assert exports.same == counter == linker.get(store, "env", "counter")
    assert exports.same.type == GlobalType("i64", mutable=True)


def test_a_global_that_is_not_mutable_cannot_be_set(instantiate: Instantiate) -> None:
    exports: Any = instantiate('(module (global (export "limit") i32 (i32.const 7)))').exports
    for _ in range(10):
        with pytest.raises(AttributeError) as raised:
            exports.limit.value = 8
        assert str(raised.value) == "global 'limit' cannot be set: its type is (global i32), which is not mutable"
        assert exports.limit.value == 7


def test_an_i31_is_an_int(instantiate: Instantiate) -> None:
    exports: Any = instantiate('(module (global (export "g") (mut anyref) (ref.i31 (i32.const 5))))').exports
    assert exports.g.value == 5
    for value, read in ((-1, -1), (2**30 - 1, 2**30 - 1), (2**31 - 1, -1), (-(2**30), -(2**30)), (None, None)):
        exports.g.value = value
        assert exports.g.value == read


@pytest.mark.parametrize(("kind", "bits"), [("f32", 0x7FA00001), ("f64", 0x7FF4000000000001), ("i32", 5)])
def test_a_global_tells_its_bits(store: Store, kind: str, bits: int) -> None:
    made = Global(store, GlobalType(kind, mutable=True), bits, by_bits=True)
    assert made.bits == bits
    made.value = 0
    assert made.bits == 0
    for _ in range(10):
        made.bits = bits
        assert made.bits == bits
    with pytest.raises(TypeError, match="must be an int for i"):
        made.bits = 1.0


def test_a_value_that_uses_the_global_while_it_is_converted_spoils_nothing(store: Store) -> None:
    made: Any

    class Value:
        def __index__(self) -> int:
            made.value = 1
            return 100 + int(made.value)

        def __float__(self) -> float:
            made.value = 1
            return 100 + float(made.value)

    for kind in ("i32", "i64", "f32", "f64"):
        made = Global(store, f"(mut {kind})", 0)
        for _ in range(10):
            made.value = 3
            made.value = Value()
            assert made.value == 101


def test_a_closed_store_refuses(store: Store) -> None:
    made, unread = Global(store, "(mut i32)", 1), Global(store, "(mut i32)", 1)
    for _ in range(10):
        made.value += 1
    store.close()
    for one in (made, unread):
        with pytest.raises(ClosedError, match="this Store is closed"):
            one.value  # noqa: B018
        with pytest.raises(ClosedError, match="this Store is closed"):
            one.value = 1
    assert repr(made) == "<Global global of a closed store>"


def test_what_cannot_be_made_is_told(engine: Engine, store: Store) -> None:
    with pytest.raises(TypeError, match="store must be a Store, not Engine"):
        Global(engine, "i32", 1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="type must be a GlobalType or its text, not int"):
        Global(store, 1, 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="nonsense"):
        Global(store, "nonsense", 1)
    made = Global(store, "i32", 1)
    with pytest.raises(TypeError, match="this Global is initialized already: make a new one instead"):
        made.__init__(store, "i32", 2)  # type: ignore[misc]


def test_quick_globals_are_globals_like_others(store: Store) -> None:
    made, other = Global(store, "(mut i32)", 1), Global(store, "(mut i32)", 1)
    known = {made}
    for _ in range(10):
        made.value += 1
    assert isinstance(made, Global)
    assert type(made).__name__ == "Global"
    assert (made == other, made in known, repr(made), made.type) == (False, True, "<Global global>", other.type)
    with pytest.raises(TypeError, match="this Global is initialized already"):
        made.__init__(store, "i32", 2)  # type: ignore[misc]


def test_a_users_subclass_is_left_alone(store: Store) -> None:
    class Counter(Global):
        def step(self) -> None:
            self.value += 1

    made = Counter(store, "(mut i32)", 0)
    for _ in range(20):
        made.step()
    assert (type(made), made.value) == (Counter, 20)


def test_the_guest_runs_in_another_thread_and_the_global_cannot_be_had(instantiate: Instantiate, store: Store) -> None:
    started, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        started.set()
        go_on.wait(30)

    exports: Any = instantiate(
        """(module (import "host" "wait" (func $wait)) (global (export "g") (mut i32) (i32.const 5))
           (func (export "run") (call $wait)))""",
        wait=Func.wrap(store, wait),
    ).exports
    for _ in range(10):
        exports.g.value = 6
    thread = threading.Thread(target=exports.run)
    thread.start()
    started.wait(30)
    try:
        with pytest.raises(ConcurrentUseError, match="this Store is in use by another thread"):
            exports.g.value  # noqa: B018
        with pytest.raises(ConcurrentUseError, match="this Store is in use by another thread"):
            exports.g.value = 7
    finally:
        go_on.set()
        thread.join()
    assert exports.g.value == 6
