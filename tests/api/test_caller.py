"""Caller: what a host function sees of its guest, for as long as the call lasts and in the thread that is called."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable

import pytest

from wasmtime_gen import Caller, ConcurrentUseError, Engine, Func, Linker, Memory, Module, Store
from wasmtime_gen._caller import CallerExports

TEXT = """
(module
  (import "host" "look" (func $look))
  (memory (export "memory") 1)
  (func (export "_hidden") (result i32) (i32.const 5))
  (func (export "get") (result i32) (i32.const 6))
  (func (export "twice") (param i32) (result i32) (i32.mul (i32.const 2) (local.get 0)))
  (func (export "run") (call $look)))
"""
ENDED = "this Caller has ended with its call: keep what you got from it, not the Caller itself"
MISSING = "the calling instance has no export 'memmory'"
NOT_ITERABLE = r"a Caller cannot list the exports of its guest, only look one up: caller\[name\], caller.get\(name\)"


@pytest.fixture
def store() -> Store:
    made = Store(Engine(consume_fuel=True), data={"user": "ann"})
    made.fuel = 1_000_000
    return made


def look(store: Store, function: Callable[[Caller], object]) -> Caller:
    """Have a guest call the function. Returns the Caller that it got."""
    seen: list[Caller] = []

    def host(caller: Caller) -> None:
        seen.append(caller)
        function(caller)

    linker = Linker(store.engine)
    linker.define_func("host", "look", host)
    linker.instantiate(store, Module.from_text(store.engine, TEXT)).exports.run()
    return seen[0]


def test_exports_are_found_by_item_and_as_attributes(store: Store) -> None:
    def host(caller: Caller) -> None:
        exports = caller.exports
        assert exports.memory == exports["memory"] == caller["memory"] == caller.get("memory")
        assert isinstance(exports.memory, Memory)
        assert exports.twice(21) == 42
        assert exports._hidden() == 5
        assert exports.get() == 6
        for names in (caller, exports):
            assert "memory" in names
            assert "memmory" not in names
            assert 5 not in names
            assert "\ud800" not in names
        assert caller.get("memmory") is None
        assert repr(exports) == "<exports of <Caller>>"

    look(store, host)


def test_a_missing_export_says_so(store: Store) -> None:
    def host(caller: Caller) -> None:
        with pytest.raises(KeyError, match=MISSING):
            caller["memmory"]
        with pytest.raises(KeyError, match=MISSING):
            caller.exports["memmory"]
        with pytest.raises(AttributeError, match=MISSING):
            caller.exports.memmory  # noqa: B018
        lookups: list[Callable[..., object]] = [caller.get, caller.__getitem__, caller.exports.__getitem__]
        for lookup in lookups:
            with pytest.raises(TypeError, match="the name of an export must be a str, not int"):
                lookup(5)

    look(store, host)


def test_getters_tell_the_kind_or_refuse(store: Store) -> None:
    def host(caller: Caller) -> None:
        assert caller.get_memory("memory") == caller["memory"]
        assert caller.get_function("twice")(4) == 8
        with pytest.raises(TypeError, match="export 'twice' is a Func, not a Memory"):
            caller.get_memory("twice")
        with pytest.raises(TypeError, match="export 'memory' is a Memory, not a Func"):
            caller.get_function("memory")
        with pytest.raises(KeyError, match=MISSING):
            caller.get_memory("memmory")

    look(store, host)


def test_exports_cannot_be_listed(store: Store) -> None:
    def host(caller: Caller) -> None:
        for names in (caller, caller.exports):
            with pytest.raises(TypeError, match=NOT_ITERABLE):
                list(names)

    look(store, host)


def test_fuel_and_data_are_those_of_the_store(store: Store) -> None:
    def host(caller: Caller) -> None:
        assert caller.store is store
        assert caller.data is store.data
        assert caller.fuel == store.fuel
        caller.fuel = 777
        assert store.fuel == 777
        with pytest.raises(OverflowError, match="fuel is -1, but must be from 0"):
            caller.fuel = -1

    look(store, host)


def set_fuel(caller: Caller) -> None:
    caller.fuel = 1


USES: dict[str, Callable[[Caller], object]] = {
    "store": lambda caller: caller.store,
    "data": lambda caller: caller.data,
    "fuel": lambda caller: caller.fuel,
    "set fuel": set_fuel,
    "item": lambda caller: caller["memory"],
    "get": lambda caller: caller.get("memory"),
    "get_memory": lambda caller: caller.get_memory("memory"),
    "get_function": lambda caller: caller.get_function("run"),
    "in": lambda caller: "memory" in caller,
    "in, of another kind": lambda caller: 5 in caller,
    "exports": lambda caller: caller.exports,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("before", [True, False])
def test_an_ended_caller_refuses_every_use(store: Store, use: Callable[[Caller], object], before: bool) -> None:
    caller = look(store, lambda caller: use(caller) if before else None)
    with pytest.raises(RuntimeError, match=ENDED):
        use(caller)
    assert repr(caller) == "<Caller (ended)>"


def test_exports_end_with_their_caller(store: Store) -> None:
    kept: list[CallerExports] = []
    look(store, lambda caller: kept.append(caller.exports))
    for use in (lambda: kept[0].memory, lambda: kept[0]["memory"], lambda: "memory" in kept[0]):
        with pytest.raises(RuntimeError, match=ENDED):
            use()
    assert repr(kept[0]) == "<exports of <Caller (ended)>>"


def test_a_caller_ends_with_a_call_that_raises(store: Store) -> None:
    seen: list[Caller] = []

    def host(caller: Caller) -> None:
        seen.append(caller)
        raise LookupError

    with pytest.raises(LookupError):
        look(store, host)
    with pytest.raises(RuntimeError, match=ENDED):
        seen[0].data  # noqa: B018


def test_another_thread_cannot_look_up_exports_during_the_call(store: Store) -> None:
    errors: list[BaseException] = []

    def host(caller: Caller) -> None:
        uses = [USES[name] for name in ("item", "get", "in", "fuel", "set fuel")]
        uses += [lambda caller: caller.exports.memory, lambda caller: caller.exports["memory"]]

        def work() -> None:
            for use in uses:
                try:
                    use(caller)
                except BaseException as error:
                    errors.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert len(errors) == len(uses)

    look(store, host)
    for error in errors:
        assert type(error) is ConcurrentUseError
        assert str(error) == "this Store is in use by another thread: a store runs one call at a time"


@pytest.mark.parametrize("refused", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_caller_is_not_copied(store: Store, refused: Callable[[object], object]) -> None:
    def host(caller: Caller) -> None:
        with pytest.raises(TypeError, match="a Caller ends with its call and cannot be copied or pickled"):
            refused(caller)
        with pytest.raises(TypeError, match="the exports of a Caller end with its call and cannot be copied"):
            refused(caller.exports)

    look(store, host)


def test_exports_that_nobody_made_refuse_lookups() -> None:
    with pytest.raises(AttributeError, match="CallerExports come with a Caller"):
        CallerExports.__new__(CallerExports).memory  # noqa: B018


def test_a_function_that_no_guest_calls_has_a_caller_without_exports(store: Store) -> None:
    def host(caller: Caller) -> None:
        assert "memory" not in caller
        with pytest.raises(AttributeError, match="the calling instance has no export 'memory'"):
            caller.exports.memory  # noqa: B018

    Func.wrap(store, host)()
