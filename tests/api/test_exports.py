"""What instances export, as a mapping and as attributes, and what a host function sees of its caller."""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

import pytest

from wasmtime_gen import (
    Caller,
    Engine,
    Exports,
    Func,
    Global,
    Instance,
    Linker,
    Memory,
    Module,
    SharedMemory,
    Store,
    StoreMismatchError,
    Table,
    i32,
)

Instantiate = Callable[..., Instance]
TEXT = """
(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "get") (result i32) (i32.const 7))
  (memory (export "memory") 1)
  (table (export "table") 1 funcref)
  (global (export "global") i32 (i32.const 1))
  (func (export "not an identifier")))
"""


@pytest.fixture
def instance(instantiate: Instantiate) -> Instance:
    return instantiate(TEXT)


def test_exports_are_attributes(instance: Instance) -> None:
    assert instance.exports.add(1, 2) == 3
    assert instance.exports.add is instance.exports["add"]


def test_exports_are_a_mapping_in_the_modules_order(instance: Instance) -> None:
    exports = instance.exports
    assert isinstance(exports, Mapping)
    assert list(exports) == ["add", "get", "memory", "table", "global", "not an identifier"]
    assert len(exports) == 6
    assert "add" in exports
    assert "sub" not in exports
    assert 5 not in exports  # type: ignore[comparison-overlap]
    kinds = [Func, Func, Memory, Table, Global, Func]
    assert [isinstance(item, kind) for item, kind in zip(exports.values(), kinds, strict=True)] == [True] * 6


def test_a_name_of_mappings_is_reached_by_item(instance: Instance) -> None:
    item = instance.exports["get"]
    assert isinstance(item, Func)
    assert item() == 7
    assert instance.exports.get("sub") is None


def test_a_missing_export_tells_near_misses(instance: Instance) -> None:
    with pytest.raises(AttributeError, match="no export 'ad': did you mean 'add'"):
        instance.exports.ad  # noqa: B018
    with pytest.raises(KeyError, match="no export 'zzz'; there are: add, get, memory"):
        instance.exports["zzz"]
    with pytest.raises(TypeError, match="the name of an export must be a str, not int"):
        instance.exports[5]  # type: ignore[index]


def test_exports_are_read_only(instance: Instance) -> None:
    with pytest.raises(AttributeError, match="exports cannot be assigned to: 'add'"):
        instance.exports.add = None


@pytest.mark.parametrize("refused", [copy.copy, copy.deepcopy, pickle.dumps])
def test_exports_are_not_copied(instance: Instance, refused: Callable[[object], object]) -> None:
    text = r"Exports belong to an Instance and cannot be copied or pickled: dict\(exports\) has the items"
    with pytest.raises(TypeError, match=text):
        refused(instance.exports)
    assert dict(instance.exports)["add"] is instance.exports.add


def test_exports_come_with_an_instance() -> None:
    with pytest.raises(TypeError, match="Exports come with an Instance"):
        Exports()
    unmade = Exports.__new__(Exports)
    for use in (lambda: unmade.add, lambda: unmade["add"], lambda: repr(unmade), lambda: len(unmade)):
        with pytest.raises(AttributeError, match="Exports come with an Instance"):
            use()


def test_the_names_that_exports_have_themselves_are_reached_by_item(instantiate: Instantiate) -> None:
    names = dir(Exports)
    public = [name for name in names if not name.startswith("_")]
    assert public == ["get", "items", "keys", "values"]  # as the docstring says
    functions = "".join(f'(func (export "{name}") (result i32) (i32.const 7))' for name in [*names, "_mine", "__mine"])
    exports = instantiate(f"(module {functions})").exports
    for name in names:
        item = exports[name]
        assert isinstance(item, Func)
        assert item() == 7
        assert name == "_of" or not isinstance(getattr(exports, name), Func)
    assert (exports._mine(), getattr(exports, "__mine")()) == (7, 7)


def test_getters_tell_what_an_export_is(instance: Instance, store: Store) -> None:
    assert isinstance(instance.get_memory(store, "memory"), Memory)
    assert isinstance(instance.get_table(store, "table"), Table)
    assert isinstance(instance.get_global(store, "global"), Global)
    with pytest.raises(TypeError, match="export 'add' is a Func, not a Memory"):
        instance.get_memory(store, "add")


def test_an_instance_is_neither_made_nor_copied(instance: Instance) -> None:
    with pytest.raises(TypeError, match=r"an Instance is made by linker.instantiate\(store, module\)"):
        Instance()
    for refused in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="an Instance belongs to its store and cannot be copied or pickled"):
            refused(instance)


def test_getters_want_the_instances_store_first(instance: Instance, engine: Engine, store: Store) -> None:
    other = "this Instance belongs to another Store: an item works only with the store it was made in"
    with pytest.raises(StoreMismatchError, match=other):
        instance.get_function(Store(engine), "add")
    with pytest.raises(TypeError, match="store must be a Store, not str"):
        instance.get_function("add", "add")  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="no export 'adds': did you mean 'add'"):
        instance.get_function(store, "adds")
    kinds = {"a Func": "add", "a Memory": "memory", "a Table": "table", "a Global": "global"}
    getters = [instance.get_function, instance.get_memory, instance.get_table, instance.get_global]
    for getter, wanted in zip(getters, kinds, strict=True):
        for kind, name in kinds.items():
            if kind != wanted:
                with pytest.raises(TypeError, match=f"export '{name}' is {kind}, not {wanted}"):
                    getter(store, name)


def test_everything_has_a_repr(instance: Instance) -> None:
    assert repr(instance.exports).startswith("<Exports add, get, memory")
    assert repr(instance.exports.add) == "<Func add 'i32, i32 -> i32'>"
    assert repr(instance.exports["memory"]) == "<Memory memory>"
    assert repr(instance).startswith("<Instance of <Module")


CALLS = """
(module
  (import "host" "log" (func $log (param i32)))
  (memory (export "memory") 1)
  (func (export "twice") (param i32) (result i32) (i32.mul (i32.const 2) (local.get 0)))
  (func (export "run") (call $log (i32.const 21))))
"""


def test_a_host_function_sees_its_caller(instantiate: Instantiate, store: Store) -> None:
    seen: list[object] = []

    def log(caller: Caller, value: i32) -> None:
        twice = caller["twice"]
        assert isinstance(twice, Func)
        seen.extend([caller.store is store, caller.data, type(caller["memory"]), twice(value), caller.get("none")])

    store.data = "data"
    instantiate(CALLS, log=Func.wrap(store, log)).exports.run()
    assert seen == [True, "data", Memory, 42, None]


def test_a_caller_ends_with_its_call(instantiate: Instantiate, store: Store) -> None:
    kept: list[Caller] = []
    instantiate(CALLS, log=Func(store, "i32 -> ()", _keeper(kept))).exports.run()
    with pytest.raises(RuntimeError, match="this Caller has ended with its call"):
        kept[0]["memory"]
    assert repr(kept[0]) == "<Caller (ended)>"


def _keeper(kept: list[Caller]) -> Callable[[Caller, int], None]:
    def keep(caller: Caller, value: int) -> None:
        kept.append(caller)

    return keep


def test_functions_of_a_linker_serve_every_store(store: Store) -> None:
    linker = Linker(store.engine)
    seen: list[tuple[object, object]] = []

    @linker.func("host")
    def log(caller: Caller, value: i32) -> None:
        seen.append((caller.store, value))

    module = Module.from_text(store.engine, CALLS)
    stores = [store, Store(store.engine)]
    runs = [linker.instantiate(each, module).exports.run for each in stores]
    linker.close()
    for run in runs:
        run()
    assert seen == [(stores[0], 21), (stores[1], 21)]


def test_an_item_is_the_same_whoever_hands_it_out(store: Store) -> None:
    linker = Linker(store.engine)
    names = {"memory": "memory", "table": "table", "global": "global", "func": "add", "tag": "tag"}
    text = TEXT.replace("(module", '(module (import "host" "look" (func $look)) (tag (export "tag") (param i32))')
    seen: list[dict[str, object]] = []

    @linker.func("host")
    def look(caller: Caller) -> None:
        seen.append({kind: caller[name] for kind, name in names.items()})

    text = text.replace("(i32.const 7)", "(call $look) (i32.const 7)")
    instance = linker.instantiate(store, Module.from_text(store.engine, text))
    linker.define_instance(store, "instance", instance)
    assert instance.exports["get"]() == 7  # type: ignore[operator]
    seen.append({kind: linker.get(store, "instance", name) for kind, name in names.items()})
    for kind, name in names.items():
        exported = instance.exports[name]
        assert {kind: len({exported, *(each[kind] for each in seen)})} == {kind: 1}


@pytest.mark.parametrize("look_up", [getattr, lambda exports, name: exports[name]], ids=["attribute", "item"])
def test_two_that_look_an_export_up_at_the_same_moment_get_the_same(
    instance: Instance, look_up: Callable[[Exports, str], object]
) -> None:
    exports = instance.exports
    seen: list[object] = []

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code is Exports._look_up.__code__ and event == "return" and not seen:
            sys.settrace(None)
            seen.append(look_up(exports, "add"))
        return trace

    sys.settrace(trace)
    try:
        seen.append(look_up(exports, "add"))
    finally:
        sys.settrace(None)
    assert len(seen) == 2
    assert seen[0] is seen[1] is exports.add


def test_an_exported_shared_memory_is_handed_out() -> None:
    engine = Engine(shared_memory=True, wasm_threads=True)
    module = Module.from_text(engine, '(module (memory (export "shared") 1 1 shared))')
    exports = Linker(engine).instantiate(Store(engine), module).exports
    shared = exports["shared"]
    assert isinstance(shared, SharedMemory)
    assert str(shared.type) == "(memory 1 1 shared)"
