"""Calling guests: values of every number type, several results, and errors that name the argument."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

import pytest

from wasmtime_gen import ClosedError, Func, Instance, Store, StoreMismatchError

Instantiate = Callable[..., Instance]

ECHO = '(module (func (export "echo") (param {0}) (result {0}) (local.get 0)))'


def echo(instantiate: Instantiate, kind: str) -> Func:
    instance = instantiate(ECHO.format(kind))
    return instance.get_function(instance.store, "echo")


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("i32", -(2**31), -(2**31)),
        ("i32", 2**31 - 1, 2**31 - 1),
        ("i32", 2**31, -(2**31)),
        ("i32", 2**32 - 1, -1),
        ("i32", True, 1),
        ("i64", -(2**63), -(2**63)),
        ("i64", 2**64 - 1, -1),
        ("f64", 1, 1.0),
        ("f64", 1.5, 1.5),
        ("f64", math.inf, math.inf),
        ("f32", 0.1, struct.unpack("f", struct.pack("f", 0.1))[0]),
        ("f32", -math.inf, -math.inf),
        ("v128", bytes(range(16)), bytes(range(16))),
        ("v128", 1, b"\1" + bytes(15)),
        ("v128", -1, b"\xff" * 16),
        ("externref", None, None),
    ],
)
def test_values_come_back_as_the_type_holds_them(
    instantiate: Instantiate, kind: str, given: object, expected: object
) -> None:
    assert echo(instantiate, kind)(given) == expected


class Index:
    def __index__(self) -> int:
        return 7


def test_index_is_honoured(instantiate: Instantiate) -> None:
    assert echo(instantiate, "i32")(Index()) == 7
    assert echo(instantiate, "f64")(Index()) == 7.0


@pytest.mark.parametrize(
    ("kind", "given", "error", "text"),
    [
        ("i32", 2**32, OverflowError, "echo(): argument 1 is 4294967296, out of range for i32: from -2**31 to 2**32-1"),
        ("i32", -(2**31) - 1, OverflowError, "echo(): argument 1 is -2147483649, out of range for i32"),
        ("i64", 2**64, OverflowError, "out of range for i64: from -2**63 to 2**64-1"),
        ("i32", 1.0, TypeError, "echo(): argument 1 must be an int for i32, not float"),
        ("i32", "1", TypeError, "echo(): argument 1 must be an int for i32, not str"),
        ("i64", None, TypeError, "echo(): argument 1 must be an int for i64, not NoneType"),
        ("f64", "1", TypeError, "echo(): argument 1 must be a float for f64, not str"),
        ("f64", 10**400, OverflowError, "too large for f64"),
        ("f32", 1e300, OverflowError, "echo(): argument 1 is 1e+300, too large for f32"),
        ("v128", b"short", ValueError, "echo(): argument 1 must be 16 bytes for v128, not 5"),
        ("v128", 2**128, OverflowError, "out of range for v128"),
        ("v128", 1.5, TypeError, "must be 16 bytes or an int for v128, not float"),
        ("funcref", 1, TypeError, "echo(): argument 1 must be a Func for funcref, not int"),
        ("(ref extern)", None, TypeError, "echo(): argument 1 must be a reference for (ref extern), not NoneType"),
    ],
)
def test_what_does_not_fit_is_refused(
    instantiate: Instantiate, kind: str, given: object, error: type[Exception], text: str
) -> None:
    function = echo(instantiate, kind)
    with pytest.raises(error) as caught:
        function(given)
    assert text in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("count", [0, 1, 2, 3, 8, 20])
def test_any_number_of_arguments_arrives_in_order(instantiate: Instantiate, count: int) -> None:
    kinds = ["i32", "i64", "f32", "f64"] * 5
    params, gets = " ".join(kinds[:count]), " ".join(f"(local.get {i})" for i in range(count))
    instance = instantiate(f'(module (func (export "all") (param {params}) (result {params}) {gets}))')
    function = instance.get_function(instance.store, "all")
    for values in (list(range(count)), [-value for value in range(count)]):
        expected = tuple(values) if count > 1 else (values[0] if values else None)
        assert function(*values) == expected


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_wrong_number_of_arguments_names_the_function(instantiate: Instantiate, count: int) -> None:
    instance = instantiate(f'(module (func (export "add") (param {"i32 " * count})))')
    function = instance.get_function(instance.store, "add")
    for given in {count - 1, count + 1} - {-1}:
        with pytest.raises(TypeError, match=r"add\(\) "):
            function(*range(given))


def test_several_results_are_a_tuple(instantiate: Instantiate) -> None:
    instance = instantiate(
        '(module (func (export "swap") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0)))'
    )
    assert instance.get_function(instance.store, "swap")(1, 2.5) == (2.5, 1)


def test_an_object_keeps_its_identity_as_externref(instantiate: Instantiate) -> None:
    function = echo(instantiate, "externref")
    for thing in (object(), [], 0, "", False, function.store):
        assert function(thing) is thing


def test_an_object_keeps_its_identity_through_a_guest_that_holds_it(instantiate: Instantiate) -> None:
    instance = instantiate(
        """(module (global $kept (mut externref) (ref.null extern))
             (func (export "keep") (param externref) (global.set $kept (local.get 0)))
             (func (export "kept") (result externref) (global.get $kept)))"""
    )
    store = instance.store
    keep, kept = (instance.get_function(store, name) for name in ("keep", "kept"))
    assert kept() is None
    thing = object()
    keep(thing)
    assert kept() is thing


def test_functions_travel_as_funcref(store: Store, instantiate: Instantiate) -> None:
    function = echo(instantiate, "funcref")
    add = Func.wrap(store, lambda a, b: a + b, "i32, i32 -> i32")
    assert function(add) == add
    assert function(add)(1, 2) == 3
    assert function(None) is None


def test_a_function_of_another_store_is_refused(store: Store, instantiate: Instantiate) -> None:
    other = Func.wrap(Store(store.engine), lambda: None, "-> ()")
    with pytest.raises(StoreMismatchError, match=r"echo\(\): argument 1 is a Func of another Store"):
        echo(instantiate, "funcref")(other)


def test_a_function_of_another_type_is_refused_where_the_type_is_concrete(
    store: Store, instantiate: Instantiate
) -> None:
    instance = instantiate(
        """(module (type $nullary (func (result i32)))
             (func (export "call") (param (ref null $nullary)) (result i32) (call_ref $nullary (local.get 0))))"""
    )
    call = instance.get_function(store, "call")
    assert call(Func.wrap(store, lambda: 5, "-> i32")) == 5
    with pytest.raises(TypeError, match=r"argument 1 must be a Func of type \(\) -> i32, not i32 -> \(\)"):
        call(Func.wrap(store, lambda x: None, "i32 -> ()"))


def test_a_typed_function_is_checked_once_and_then_called(instantiate: Instantiate) -> None:
    function = echo(instantiate, "i32")
    typed = function.typed("i32 -> i32")
    assert typed(2**32 - 1) == -1
    with pytest.raises(TypeError, match="echo has the type 'i32 -> i32', not 'i64 -> i64'"):
        function.typed("i64 -> i64")
    function.store.close()
    with pytest.raises(ClosedError):
        typed(1)


class Loud(Func):
    def __call__(self, *args: object) -> object:
        return "loud", super().__call__(*args)


class Quiet(Func):
    pass


def test_a_subclass_may_have_a_call_of_its_own(store: Store) -> None:
    for loud in (Loud.wrap(store, lambda x: x, "i32 -> i32"), Loud(store, "i32 -> i32", lambda x: x)):
        for _ in range(3):
            assert loud(3) == ("loud", 3)
    for quiet in (Quiet.wrap(store, lambda x: x, "i32 -> i32"), Quiet(store, "i32 -> i32", lambda x: x)):
        assert type(quiet) is Quiet
        assert (quiet(3), quiet(4)) == (3, 4)
