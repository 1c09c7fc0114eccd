"""InstancePre, and items of other and of closed stores: native code would abort."""

from __future__ import annotations

import copy
import gc
import weakref

import pytest

from tests.api.linked_guests import LIBRARY, USER, calls, text
from wasmtime_gen import (
    ClosedError,
    Engine,
    Func,
    InstancePre,
    Linker,
    Store,
    StoreMismatchError,
    Trap,
)

# InstancePre


def test_an_instance_pre_makes_instances_in_any_store(engine: Engine) -> None:
    linker = Linker(engine)
    linker.define_func("env", "f", lambda: 4, "-> i32")
    pre = linker.instantiate_pre(calls(engine, "f"))
    linker.close()
    del linker
    gc.collect()
    instances = [pre.instantiate(Store(engine)) for _ in range(3)]
    pre.close()
    del pre
    gc.collect()
    assert [instance.exports.call_f() for instance in instances] == [4, 4, 4]


def test_an_instance_pre_with_items_belongs_to_their_store(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    linker.define(store, "env", "f", Func.wrap(store, lambda: 5, "-> i32"))
    pre = linker.instantiate_pre(calls(engine, "f"))
    assert pre.instantiate(store).exports.call_f() == 5
    with pytest.raises(StoreMismatchError, match="store is not the Store of the items that this InstancePre imports"):
        pre.instantiate(Store(engine))
    with pytest.raises(StoreMismatchError, match="store belongs to another Engine than this InstancePre"):
        pre.instantiate(Store(Engine()))
    with pytest.raises(TypeError, match="store must be a Store, not int"):
        pre.instantiate(5)  # type: ignore[arg-type]
    store.close()
    with pytest.raises(ClosedError, match="this Store is closed"):
        pre.instantiate(store)


def test_what_a_start_function_raises_leaves_an_instance_pre(engine: Engine) -> None:
    linker = Linker(engine)

    @linker.func("env", "fail")
    def fail() -> None:
        raise LookupError("start")

    pre = linker.instantiate_pre(text(engine, '(module (import "env" "fail" (func $f)) (start $f))'))
    with pytest.raises(LookupError, match="start"):
        pre.instantiate(Store(engine))
    trap = linker.instantiate_pre(text(engine, "(module (func $s unreachable) (start $s))"))
    with pytest.raises(Trap, match="unreachable"):
        trap.instantiate(Store(engine))


def test_an_instance_pre_is_made_by_a_linker(engine: Engine) -> None:
    with pytest.raises(TypeError, match=r"an InstancePre is made by linker\.instantiate_pre\(module\)"):
        InstancePre()
    pre = Linker(engine).instantiate_pre(text(engine, "(module)"))
    assert repr(pre).startswith("<InstancePre of <Module")
    with pytest.raises(TypeError, match="cannot be copied or pickled"):
        copy.copy(pre)
    pre.close()
    assert repr(pre).startswith("<InstancePre (closed) of <Module")
    with pytest.raises(ClosedError, match="this InstancePre is closed"):
        pre.instantiate(Store(engine))


# items of other and of closed stores: native code would abort


def test_items_of_another_store_are_refused_before_native_code(engine: Engine, store: Store) -> None:
    linker, other = Linker(engine), Store(engine)
    linker.define_instance(other, "lib", linker.instantiate(other, text(engine, LIBRARY)))
    command = USER.replace('"two"', '"_start"')
    for attempt in (
        lambda: linker.instantiate(store, text(engine, USER)),
        lambda: linker.define_module(store, "user", text(engine, USER)),
        lambda: linker.define_module(store, "user", text(engine, command)),
        lambda: linker.get_default(store, "lib") and linker.get(store, "lib", "one"),
    ):
        with pytest.raises(StoreMismatchError, match=r"lib\.\w+ was defined with an item of another Store"):
            attempt()
    linker.instantiate(store, text(engine, "(module)"))


def test_items_of_two_stores_cannot_be_instantiated_beforehand(engine: Engine, store: Store) -> None:
    linker, other = Linker(engine), Store(engine)
    linker.define(store, "env", "a", Func.wrap(store, lambda: 1, "-> i32"))
    linker.define(other, "env", "b", Func.wrap(other, lambda: 1, "-> i32"))
    with pytest.raises(StoreMismatchError, match=r"env\.b was defined with an item of another Store"):
        linker.instantiate_pre(calls(engine, "a", "b"))


def test_items_of_a_closed_store_are_refused_before_native_code(engine: Engine, store: Store) -> None:
    linker, other = Linker(engine), Store(engine)
    linker.define(
        other, "env", "f", Func.wrap(other, lambda a: a, "f64 -> (ref null func)".replace("(ref null func)", "f32"))
    )
    other.close()
    module = text(engine, '(module (import "env" "f" (func (param i32))))')
    for attempt in (
        lambda: linker.instantiate(store, module),
        lambda: linker.instantiate_pre(module),
        lambda: linker.define_module(store, "x", module),
        lambda: linker.get(store, "env", "f"),
    ):
        with pytest.raises(
            ClosedError, match=r"env\.f was defined with an item of a Store that is closed: define it anew"
        ):
            attempt()


def test_a_linker_keeps_the_stores_of_its_items(engine: Engine) -> None:
    linker, other = Linker(engine), Store(engine)
    linker.define(other, "env", "f", Func.wrap(other, lambda: 6, "-> i32"))
    gone = weakref.ref(other)
    del other
    gc.collect()
    kept = gone()
    assert kept is not None
    assert linker.instantiate(kept, calls(engine, "f")).exports.call_f() == 6
    del kept, linker
    gc.collect()
    assert gone() is None


def test_a_cycle_of_linker_store_and_callback_is_garbage(engine: Engine) -> None:
    def make() -> weakref.ref[Store]:
        linker, store = Linker(engine), Store(engine)
        linker.define(store, "env", "g", Func.wrap(store, lambda: linker and 1, "-> i32"))
        linker.define_func("env", "f", lambda: linker and store and 1, "-> i32")
        pre = linker.instantiate_pre(calls(engine, "f", "g"))
        assert pre.instantiate(store).exports.call_f() == 1
        linker.define_func("env", "h", lambda: pre and 1, "-> i32")
        return weakref.ref(store)

    stores = [make() for _ in range(20)]
    gc.collect()
    assert [store() for store in stores] == [None] * 20
