"""Tables: sequences of a fixed order, of functions, objects or None."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from wasmtime_gen import (
    ClosedError,
    Engine,
    Func,
    Instance,
    Linker,
    Module,
    Store,
    StoreMismatchError,
    Table,
    TableType,
    WasmtimeError,
)

Instantiate = Callable[..., Instance]

TEXT = """
(module
  (table (export "functions") 3 10 funcref)
  (table (export "objects") 3 10 externref)
  (table (export "wide") i64 3 10 funcref)
  (table (export "widest") i64 1 0xffffffffffffffff funcref)
  (func $five (export "five") (result i32) (i32.const 5))
  (func $six (export "six") (result i32) (i32.const 6))
  (func (export "call") (param i32) (result i32) (call_indirect 0 (result i32) (local.get 0)))
  (func (export "grow") (result i32) (table.grow 0 (ref.null func) (i32.const 2)))
  (elem (table 0) (i32.const 0) func $five)
  (elem (table 2) (i64.const 0) func $five))
"""


@pytest.fixture
def guest(instantiate: Instantiate) -> Any:
    return instantiate(TEXT).exports


@pytest.mark.parametrize("name", ["functions", "wide"])
def test_functions_are_got_and_set(guest: Any, name: str) -> None:
    table = guest[name]
    assert table[0]() == 5
    assert table[0] == guest.five
    assert table[0] is table[0]
    assert table[1] is None
    for _ in range(2):
        table[1] = guest.six
        six: Any = table[1]
        assert six() == 6
        table[1] = None
        assert table[1] is None
    table[2] = guest.five
    assert list(table) == [guest.five, None, guest.five]


def test_the_guest_calls_what_was_set(guest: Any, store: Store) -> None:
    guest.functions[1] = Func.wrap(store, lambda: 77, "-> i32")
    assert guest.call(1) == guest.functions[1]() == 77
    guest.functions[1] = guest.six
    assert guest.call(1) == 6


def test_objects_keep_their_identity(guest: Any) -> None:
    thing: Any = object()
    table = guest.objects
    table[0] = table[2] = thing
    assert table[0] is table[2] is thing
    assert table[1] is None
    table[0] = "other"
    assert table[:] == ["other", None, thing]


def test_it_is_a_sequence(guest: Any) -> None:
    table = guest.objects
    table[:] = ["a", "b", "c"]
    assert isinstance(guest.objects, Sequence)
    assert (len(table), list(table), list(reversed(table))) == (3, ["a", "b", "c"], ["c", "b", "a"])
    assert (table[-1], table[-3], table[1:], table[::-2], table[5:]) == ("c", "a", ["b", "c"], ["c", "a"], [])
    assert (table.index("b"), table.count("c"), "c" in table, "x" in table) == (1, 1, True, False)
    table[-1] = "z"
    table[0:2] = iter("xy")
    table[::-2] = ["1", "2"]
    assert list(table) == ["2", "y", "1"]
    for name in ("append", "insert", "pop", "__delitem__"):
        assert not hasattr(table, name)


@pytest.mark.parametrize(
    ("access", "error", "text"),
    [
        (lambda t, g: t[3], IndexError, "index 3 is out of range: table 'functions' has 3 elements"),
        (lambda t, g: t[-4], IndexError, "index -4 is out of range: table 'functions' has 3 elements"),
        (lambda t, g: t[2**32], IndexError, "index 4294967296 is out of range"),
        (lambda t, g: t[2**64], IndexError, "index 18446744073709551616 is out of range"),
        (lambda t, g: t[2**64 + 1], IndexError, "index 18446744073709551617 is out of range"),
        (lambda t, g: t["0"], TypeError, "the index of a table must be an int or a slice, not str"),
        (lambda t, g: t[0.0], TypeError, "the index of a table must be an int or a slice, not float"),
        (lambda t, g: t.__setitem__(3, None), IndexError, "index 3 is out of range: table 'functions' has 3 elements"),
        (lambda t, g: t.__setitem__(2**64, None), IndexError, "index 18446744073709551616 is out of range"),
        (lambda t, g: t.__setitem__(0, 5), TypeError, "the element for table 'functions' must be a Func for funcref"),
        (lambda t, g: t.__setitem__(slice(0, 2), [None]), ValueError, "a slice of 2 elements of table 'functions'"),
        (lambda t, g: t.__setitem__(slice(0, 2), [None, 5]), TypeError, "must be a Func for funcref, not int"),
        (lambda t, g: t.__setitem__(slice(0, 2), 5), TypeError, "'int' object is not iterable"),
        (lambda t, g: t.grow(8), WasmtimeError, "table 'functions' of 3 elements cannot grow by 8: failed to grow"),
        (lambda t, g: t.grow(2**64 - 1), WasmtimeError, "cannot grow by 18446744073709551615: failed to grow"),
        (lambda t, g: t.grow(-1), OverflowError, "delta is -1, but must be from 0 to 2**64-1"),
        (lambda t, g: t.grow(2**64), OverflowError, "delta is 18446744073709551616, but must be from 0"),
        (lambda t, g: t.grow(1, 5), TypeError, "value must be a Func for funcref, not int"),
        (lambda t, g: t.fill(None, 2, 2), IndexError, "2 elements from 2 on are out of range: table 'functions' has 3"),
        (lambda t, g: t.fill(None, 4), IndexError, "0 elements from 4 on are out of range"),
        (lambda t, g: t.fill(None, -1), OverflowError, "start is -1, but must be from 0 to 2**64-1"),
        (lambda t, g: t.fill(5), TypeError, "value must be a Func for funcref, not int"),
    ],
)
def test_what_is_wrong_is_told_and_changes_nothing(
    guest: Any, access: Callable[[Any, Any], object], error: type[Exception], text: str
) -> None:
    before = list(guest.functions)
    guest.functions[0] = before[0]
    with pytest.raises(error) as raised:
        access(guest.functions, guest)
    assert text in str(raised.value)
    assert list(guest.functions) == before


def test_functions_of_another_store_are_refused(guest: Any, engine: Engine, store: Store) -> None:
    foreign = Func.wrap(Store(engine), lambda: 1, "-> i32")
    attempts: list[Callable[[], object]] = [
        lambda: guest.functions.__setitem__(0, foreign),
        lambda: guest.functions.__setitem__(slice(0, 1), [foreign]),
        lambda: guest.functions.grow(1, foreign),
        lambda: guest.functions.fill(foreign),
        lambda: Table(store, "1 funcref", foreign),
    ]
    for attempt in attempts:
        with pytest.raises(StoreMismatchError, match="is a Func of another Store: a funcref works only in its own"):
            attempt()


def test_growing_and_filling(guest: Any) -> None:
    table = guest.functions
    assert table.grow(2, guest.six) == 3
    assert [f and f() for f in table] == [5, None, None, 6, 6]
    assert guest.grow() == 5
    assert (len(table), table[6]) == (7, None)
    table.fill(guest.five, 5)
    table.fill(guest.six, 1, 2)
    assert [f and f() for f in table] == [5, 6, 6, 6, 6, 5, 5]
    table.fill(None, 7)
    guest.objects.fill("x", count=2)
    assert guest.objects.grow(1, "y") == 3
    assert list(guest.objects) == ["x", "x", None, "y"]


def test_a_table_is_told_apart_by_what_it_is(guest: Any) -> None:
    assert guest.functions != guest.wide
    assert guest.functions == guest["functions"]
    assert len({guest.functions, guest.wide, guest["wide"]}) == 2


def test_types_are_told_and_limits_that_would_end_the_process(guest: Any, engine: Engine, store: Store) -> None:
    assert guest.functions.type == TableType("funcref", 3, 10)
    assert guest.wide.type == TableType("funcref", 3, 10, is_64=True)
    assert guest.widest.type == TableType("funcref", 1, 2**64 - 1, is_64=True)
    linker = Linker(engine)
    for name in ("functions", "widest"):
        linker.define(store, "env", name, guest[name])
    found: Any = linker.get(store, "env", "functions")
    assert found.type == TableType("funcref", 3, 10)
    found = linker.get(store, "env", "widest")
    assert found[0] is None
    with pytest.raises(WasmtimeError, match="the limits of the 64-bit table 'widest' cannot be told: get it from"):
        found.type  # noqa: B018


def test_the_type_is_that_of_the_table_not_of_the_import_through_which_it_came(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    linker.define(store, "env", "t", Table(store, "5 8 funcref"))
    module = Module.from_text(engine, '(module (import "env" "t" (table 1 funcref)) (export "t" (table 0)))')
    table = linker.instantiate(store, module).get_table(store, "t")
    assert table.type == TableType("funcref", 5, 8)


def test_the_host_makes_tables(engine: Engine, store: Store) -> None:
    table = Table(store, "2 5 externref", "init")
    assert (list(table), table.type) == (["init", "init"], TableType("externref", 2, 5))
    strict = Table(store, TableType("(ref extern)", 1), "a")
    with pytest.raises(TypeError, match=r"must be a reference for \(ref extern\), not NoneType"):
        strict[0] = None
    with pytest.raises(TypeError, match=r"value must be a reference for \(ref extern\), not NoneType"):
        strict.grow(1)
    assert strict.grow(1, "b") == 1
    assert list(strict) == ["a", "b"]
    linker = Linker(engine)
    linker.define(store, "env", "t", table)
    text = """(module (import "env" "t" (table 2 externref))
      (func (export "at") (param i32) (result externref) (table.get (local.get 0))))"""
    exports: Any = linker.instantiate(store, Module.from_text(engine, text)).exports
    table[1] = (1, 2)
    assert exports.at(1) is table[1]


@pytest.mark.parametrize(
    ("type_", "init", "error", "text"),
    [
        ("10000001 funcref", None, ValueError, "a table has at most 10000000 elements at the start, not 10000001"),
        ("4294967295 funcref", None, ValueError, "a table has at most 10000000 elements at the start"),
        ("i64 1 funcref", None, WasmtimeError, "cannot be made by the host: the C API makes 32-bit tables only"),
        ("1 funcref", 5, TypeError, "init must be a Func for funcref, not int"),
        ("1 (ref func)", None, TypeError, "init must be a reference for (ref func), not NoneType"),
        ("1 i31ref", "5", TypeError, "init must be an AnyRef or an int for i31ref, not str"),
        (5, None, TypeError, "type must be a TableType or its text, not int"),
    ],
)
def test_what_cannot_be_made_is_told(store: Store, type_: Any, init: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error) as raised:
        Table(store, type_, init)
    assert text in str(raised.value)


def test_limits_hold_for_the_host_too(store: Store) -> None:
    store.set_limits(table_elements=5)
    table = Table(store, "5 funcref")
    with pytest.raises(WasmtimeError, match="table 'table' of 5 elements cannot grow by 1"):
        table.grow(1)
    with pytest.raises(WasmtimeError, match="table minimum size of 6 elements exceeds table limits"):
        Table(store, "6 funcref")


def test_growth_without_memory_for_it_is_told(store: Store) -> None:
    for element in ("funcref", "externref"):
        table = Table(store, f"1 {element}")
        with pytest.raises(WasmtimeError, match="table 'table' of 1 elements cannot grow by 9223372036854775808"):
            table.grow(2**63)
        assert len(table) == 1


def test_an_index_that_uses_the_table_while_it_is_converted_spoils_nothing(guest: Any) -> None:
    table = guest.functions

    class Index:
        def __init__(self, index: int) -> None:
            self.index = index

        def __index__(self) -> int:
            table[2] = guest.six
            table.grow(1)
            assert table[2] is not None
            return self.index

    index: Any = Index(0)
    assert table[index]() == 5
    table[index] = guest.five
    table[Index(1)] = guest.five
    assert [f and f() for f in table[:3]] == [5, 5, 6]
    table[index : Index(2)] = [None, None]
    assert [f and f() for f in table[:3]] == [None, None, 6]


def test_a_sequence_that_lies_about_its_length_is_taken_by_what_it_gives(guest: Any) -> None:
    class Liar(list):  # type: ignore[type-arg]
        def __len__(self) -> int:
            return 2

        def __iter__(self) -> Any:
            return iter(["a"] * 5)

    with pytest.raises(ValueError, match="a slice of 2 elements of table 'objects' cannot be set to 5 values"):
        guest.objects[0:2] = Liar()


def test_a_closed_store_refuses(guest: Any, store: Store) -> None:
    table = guest.functions
    table[0]()
    table[0] = guest.five
    store.close()
    accesses: list[Callable[[], object]] = [
        lambda: table[0],
        lambda: table[:],
        lambda: len(table),
        lambda: table.grow(1),
        lambda: table.__setitem__(0, None),
        lambda: list(table),
    ]
    for access in accesses:
        with pytest.raises(ClosedError, match="this Store is closed"):
            access()
    assert repr(table) == "<Table functions of a closed store>"
