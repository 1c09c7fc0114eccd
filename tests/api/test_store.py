"""Fuel, limits, epochs and collection: what a store grants its guests."""

from __future__ import annotations

import gc
import math
import threading
import weakref
from collections.abc import Callable

import pytest

from wasmtime_gen import (
    ClosedError,
    ConcurrentUseError,
    Engine,
    Func,
    Instance,
    InterruptTrap,
    Linker,
    Module,
    OutOfFuelTrap,
    Store,
    WasmtimeError,
)

Instantiate = Callable[..., Instance]
LOOP = '(module (func (export "loop") (loop (br 0))))'


def instance_of(store: Store, text: str) -> Instance:
    return Linker(store.engine).instantiate(store, Module.from_text(store.engine, text))


@pytest.mark.parametrize("data", [None, 0, "", [], {"user": "ann"}])
def test_data_is_kept_as_it_is(engine: Engine, data: object) -> None:
    store = Store(engine, data)
    assert store.data is data
    store.data = store
    assert store.data is store


def test_a_guest_that_burns_its_fuel_is_stopped() -> None:
    store = Store(Engine(consume_fuel=True))
    loop = instance_of(store, LOOP).exports.loop
    with pytest.raises(OutOfFuelTrap):
        loop()
    store.fuel = 1000
    with pytest.raises(OutOfFuelTrap, match="all fuel consumed"):
        loop()
    assert store.fuel == 0
    assert store.fuel_consumed == 1000


def test_fuel_takes_its_whole_range() -> None:
    store = Store(Engine(consume_fuel=True))
    store.fuel = 2**64 - 1
    assert store.fuel == 2**64 - 1
    for wrong, error, text in [
        (-1, OverflowError, r"fuel is -1, but must be from 0 to 2\*\*64-1"),
        (2**64, OverflowError, "must be from 0"),
        (1.5, TypeError, "fuel must be an int, not float"),
    ]:
        with pytest.raises(error, match=text):
            store.fuel = wrong  # type: ignore[assignment]


def test_fuel_without_its_option_is_an_error(store: Store) -> None:
    told = r"^fuel is not configured in this store: make its engine with Engine\(consume_fuel=True\)$"
    with pytest.raises(WasmtimeError, match=told):
        store.fuel = 1


def test_limits_bound_what_a_guest_takes(engine: Engine) -> None:
    store = Store(engine)
    store.set_limits(memory_size=2 * 65536, memories=1)
    instance = instance_of(
        store, '(module (memory 1) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))'
    )
    assert instance.exports.grow(1) == 1
    assert instance.exports.grow(1) == -1
    with pytest.raises(WasmtimeError, match="memory count too high"):
        instance_of(store, "(module (memory 1))")


def test_limits_are_checked_before_they_are_set(store: Store) -> None:
    with pytest.raises(OverflowError, match="memory_size is -1, but must be from 0"):
        store.set_limits(memory_size=-1)
    with pytest.raises(TypeError, match="tables must be an int, not str"):
        store.set_limits(tables="1")  # type: ignore[arg-type]


def test_limits_are_not_changed_within_a_call(store: Store) -> None:
    with pytest.raises(ConcurrentUseError, match=r"set_limits\(\) cannot be done while a call runs in this Store"):
        Func.wrap(store, lambda: store.set_limits(tables=1))()


def test_a_guest_that_passes_its_deadline_is_interrupted() -> None:
    store = Store(Engine(epoch_interruption=True))
    loop = instance_of(store, LOOP).exports.loop
    with store.engine.ticker(0.005):
        store.set_epoch_deadline(2)
        with pytest.raises(InterruptTrap, match="interrupt"):
            loop()
        store.set_epoch_deadline(2)  # and the store is usable again
        with pytest.raises(InterruptTrap):
            loop()


def test_an_epoch_callback_decides_how_long_a_guest_runs() -> None:
    store = Store(Engine(epoch_interruption=True))
    loop = instance_of(store, LOOP).exports.loop
    asked = 0

    def more() -> int:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise LookupError("enough")
        return 1

    store.set_epoch_deadline(1)
    store.set_epoch_callback(more)
    with store.engine.ticker(0.005), pytest.raises(LookupError, match="enough"):
        loop()
    assert asked == 3


def test_an_epoch_callback_must_not_use_its_store() -> None:
    store = Store(Engine(epoch_interruption=True))
    instance = instance_of(store, '(module (func (export "loop") (loop (br 0))) (func (export "other")))')
    store.set_epoch_deadline(1)

    def callback() -> int:
        instance.exports.other()
        return 1

    store.set_epoch_callback(callback)
    with store.engine.ticker(0.005), pytest.raises(ConcurrentUseError, match="inside its epoch callback"):
        instance.exports.loop()


def test_an_epoch_callback_returns_ticks() -> None:
    store = Store(Engine(epoch_interruption=True))
    loop = instance_of(store, LOOP).exports.loop
    store.set_epoch_deadline(1)
    store.set_epoch_callback(lambda: "soon")  # type: ignore[arg-type, return-value]
    with store.engine.ticker(0.005), pytest.raises(TypeError, match="what an epoch callback returns must be an int"):
        loop()
    with pytest.raises(TypeError, match="callback must be callable, not int"):
        store.set_epoch_callback(5)  # type: ignore[arg-type]


INTERVAL = "interval must be more than 0 and at most "


@pytest.mark.parametrize(
    ("interval", "error", "text"),
    [
        (0, ValueError, f"{INTERVAL}{threading.TIMEOUT_MAX:.0f} seconds, not 0"),
        (-1.5, ValueError, "seconds, not -1.5"),
        (math.nan, ValueError, "seconds, not nan"),
        (math.inf, ValueError, "seconds, not inf"),
        (2 * threading.TIMEOUT_MAX, ValueError, INTERVAL),
        (10**5000, ValueError, "seconds, not an int of 16610 bits"),
        ("1", TypeError, "interval must be a number of seconds, not str"),
        (True, TypeError, "interval must be a number of seconds, not bool"),
    ],
    ids=range(8),
)
def test_a_ticker_needs_an_interval(engine: Engine, interval: float, error: type[Exception], text: str) -> None:
    with pytest.raises(error) as caught:
        engine.ticker(interval)
    assert text in str(caught.value)


def test_the_longest_interval_is_waited_for() -> None:
    with Engine(epoch_interruption=True).ticker(threading.TIMEOUT_MAX) as ticker:
        assert repr(ticker) == f"<Ticker every {threading.TIMEOUT_MAX} seconds>"


def test_an_engine_whose_guests_do_not_look_at_the_epoch_takes_no_ticks(engine: Engine, store: Store) -> None:
    uses: list[Callable[[], object]] = [
        engine.ticker,
        lambda: store.set_epoch_deadline(1),
        lambda: store.set_epoch_callback(lambda: 1),
    ]
    for use in uses:
        with pytest.raises(WasmtimeError) as caught:
            use()
        assert str(caught.value) == (
            "guests of this engine do not look at its epoch, and would run on: make it with "
            "Engine(epoch_interruption=True)"
        )


def test_a_ticker_ends_with_its_engine() -> None:
    engine = Engine(epoch_interruption=True)
    ticker = engine.ticker(0.001)
    assert repr(ticker) == "<Ticker every 0.001 seconds (stopped)>"
    ticker.start()
    assert repr(ticker) == "<Ticker every 0.001 seconds>"
    with pytest.raises(RuntimeError, match="this ticker runs already"):
        ticker.start()
    engine.close()
    ticker.stop()
    ticker.stop()
    with pytest.raises(ClosedError, match="this Engine is closed"):
        ticker.start()


def test_a_ticker_ticks_again_after_it_was_stopped() -> None:
    store = Store(Engine(epoch_interruption=True))
    loop = instance_of(store, LOOP).exports.loop
    ticker = store.engine.ticker(0.001)
    for _ in range(2):
        with ticker:
            store.set_epoch_deadline(1)
            with pytest.raises(InterruptTrap):
                loop()


def test_an_epoch_that_is_counted_by_hand_reaches_the_deadline() -> None:
    store = Store(Engine(epoch_interruption=True))
    nothing = instance_of(store, '(module (func (export "nothing")))').exports.nothing
    store.set_epoch_deadline(2)
    nothing()
    store.engine.increment_epoch()
    nothing()
    store.engine.increment_epoch()
    with pytest.raises(InterruptTrap, match="interrupt"):
        nothing()
    store.engine.close()
    with pytest.raises(ClosedError, match="this Engine is closed"):
        store.engine.increment_epoch()


CLOSED_USES: dict[str, Callable[[Store, Linker, Module], object]] = {
    "linker.get": lambda store, linker, module: linker.get(store, "host", "f"),
    "linker.get_default": lambda store, linker, module: linker.get_default(store, ""),
    "linker.instantiate": lambda store, linker, module: linker.instantiate(store, module),
    "linker.define_module": lambda store, linker, module: linker.define_module(store, "module", module),
    "linker.define_unknown_imports_as_defaults": lambda store, linker, module: (
        linker.define_unknown_imports_as_defaults(store, module)
    ),
    "pre.instantiate": lambda store, linker, module: linker.instantiate_pre(module).instantiate(store),
    "Func": lambda store, linker, module: Func(store, "() -> ()", print),
    "Func.wrap": lambda store, linker, module: Func.wrap(store, lambda: None),
    "fuel": lambda store, linker, module: store.fuel,
    "gc": lambda store, linker, module: store.gc(),
    "set_limits": lambda store, linker, module: store.set_limits(tables=1),
    "set_epoch_deadline": lambda store, linker, module: store.set_epoch_deadline(1),
    "set_epoch_callback": lambda store, linker, module: store.set_epoch_callback(lambda: 1),
}


class Thing:
    pass


def test_what_a_guest_lets_go_is_collected(instantiate: Instantiate, store: Store) -> None:
    exports = instantiate(
        """(module (global $kept (mut externref) (ref.null extern))
             (func (export "keep") (param externref) (global.set $kept (local.get 0))))"""
    ).exports
    thing = Thing()
    alive = weakref.ref(thing)
    exports.keep(thing)
    del thing
    store.gc()
    gc.collect()
    assert alive() is not None
    exports.keep(None)
    store.gc()
    gc.collect()
    assert alive() is None


def test_references_that_guests_let_go_do_not_pile_up(instantiate: Instantiate) -> None:
    exports = instantiate('(module (func (export "echo") (param externref) (result externref) (local.get 0)))').exports
    store, echo = exports.echo.store, exports.echo
    kept = [Thing() for _ in range(3)]
    for number in range(20_000):
        thing = kept[number % 3]
        assert echo(thing) is thing
    store.gc()
    assert len(store._externrefs.objects) == 0
    assert len(store._externrefs.free) < 20_000


def test_a_full_heap_of_references_is_an_error_and_empties_again(engine: Engine) -> None:
    store = Store(engine)
    store.set_limits(memory_size=65536)
    keep = instance_of(
        store,
        """(module (table $kept 10000 externref)
             (func (export "keep") (param i32 externref) (table.set $kept (local.get 0) (local.get 1))))""",
    ).exports.keep
    kept: list[int] = []

    def fill() -> None:
        for number in range(10_000):
            keep(number, Thing())
            kept.append(number)

    full = r"the store's heap for references is full: collect it with store.gc\(\), or raise its limit"
    for _ in range(2):
        kept.clear()
        with pytest.raises(MemoryError, match=full):
            fill()
        assert len(kept) > 100
        for number in kept:
            keep(number, None)
        store.gc()


@pytest.mark.parametrize("use", CLOSED_USES.values(), ids=CLOSED_USES)
def test_a_closed_store_refuses_every_use(engine: Engine, use: Callable[[Store, Linker, Module], object]) -> None:
    linker = Linker(engine)
    linker.define_func("host", "f", lambda: None)
    module = Module.from_text(engine, '(module (import "host" "f" (func)) (export "g" (func 0)))')
    store = Store(engine)
    store.close()
    with pytest.raises(ClosedError, match="this Store is closed"):
        use(store, linker, module)


def test_a_cycle_of_store_and_object_is_garbage(engine: Engine) -> None:
    stores = []
    for _ in range(50):
        store = Store(engine)
        keep = instance_of(
            store,
            """(module (global $g (mut externref) (ref.null extern))
                 (func (export "keep") (param externref) (global.set $g (local.get 0))))""",
        ).exports.keep
        keep(store)
        stores.append(weakref.ref(store))
    del store, keep
    gc.collect()
    assert sum(ref() is not None for ref in stores) == 0
