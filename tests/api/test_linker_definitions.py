"""Definitions: instances and modules under a name, look-ups, shadowing, dicts, and unknown imports."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable

import pytest

from tests.api.linked_guests import LIBRARY, USER, calls, text
from wasmtime_gen import (
    Engine,
    Func,
    FuncType,
    Global,
    Linker,
    LinkError,
    Memory,
    Store,
    StoreMismatchError,
    Trap,
    WasmtimeError,
    i32,
)

# instances and modules


def test_an_instance_is_defined_under_a_name(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    linker.define_instance(store, "lib", linker.instantiate(store, text(engine, LIBRARY)))
    assert linker.instantiate(store, text(engine, USER)).exports.two() == 2


def test_an_instance_whose_name_is_taken_defines_nothing(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    instance = linker.instantiate(store, text(engine, LIBRARY))
    linker.define_func("lib", "one", lambda: 1, "-> i32")
    with pytest.raises(LinkError, match=r"lib\.one would be defined twice: linker\.allow_shadowing = True lets"):
        linker.define_instance(store, "lib", instance)
    assert linker.get(store, "lib", "memory") is None
    linker.allow_shadowing = True
    linker.define_instance(store, "lib", instance)
    assert isinstance(linker.get(store, "lib", "memory"), Memory)


def test_instances_of_others_are_refused(engine: Engine, store: Store) -> None:
    other = Store(engine)
    instance = Linker(engine).instantiate(other, text(engine, LIBRARY))
    with pytest.raises(StoreMismatchError, match="the instance for lib belongs to another Store"):
        Linker(engine).define_instance(store, "lib", instance)
    with pytest.raises(StoreMismatchError, match="store belongs to another Engine than this Linker"):
        Linker(Engine()).define_instance(other, "lib", instance)
    with pytest.raises(TypeError, match="instance must be an Instance, not str"):
        Linker(engine).define_instance(store, "lib", "x")  # type: ignore[arg-type]


def test_a_reactor_is_initialized_once(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    seen: list[int] = []
    linker.define_func("env", "init", lambda: seen.append(1))
    module = text(
        engine,
        """(module (import "env" "init" (func $init)) (func (export "_initialize") (call $init))
                   (func (export "one") (result i32) (i32.const 1)))""",
    )
    linker.define_module(store, "lib", module)
    one = linker.get(store, "lib", "one")
    assert isinstance(one, Func)
    assert (one(), one(), seen) == (1, 1, [1])


def test_a_command_is_instantiated_for_each_call(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    seen: list[int] = []
    linker.define_func("env", "tick", seen.append, "i32 -> ()")
    module = text(
        engine,
        """(module (import "env" "tick" (func $tick (param i32)))
             (global $g (mut i32) (i32.const 0)) (memory (export "memory") 1)
             (func (export "_start")
               (global.set $g (i32.add (global.get $g) (i32.const 1)))
               (call $tick (global.get $g))))""",
    )
    linker.define_module(store, "app", module)
    start = linker.get_default(store, "app")
    start()
    start()
    assert seen == [1, 1]
    assert linker.get(store, "app", "memory") is None


def test_what_a_module_raises_while_it_is_defined_comes_out(engine: Engine, store: Store) -> None:
    linker = Linker(engine)

    @linker.func("env", "init")
    def init() -> None:
        raise LookupError("init")

    bad = text(engine, '(module (import "env" "init" (func $i)) (func (export "_initialize") (call $i)))')
    with pytest.raises(LookupError, match="init"):
        linker.define_module(store, "lib", bad)
    with pytest.raises(Trap, match="unreachable"):
        linker.define_module(store, "lib", text(engine, '(module (func (export "_initialize") unreachable))'))
    for start in ("_start", "_initialize"):
        with pytest.raises(LinkError, match=r"import x\.y is missing: define it with linker\.define_func\('x', 'y'"):
            linker.define_module(
                store, "lib", text(engine, f'(module (import "x" "y" (func)) (func (export "{start}")))')
            )
    with pytest.raises(
        LinkError, match=r"export '_initialize' must be a function \(\) -> \(\), not \(func \(param i32\)\)"
    ):
        linker.define_module(store, "lib", text(engine, '(module (func (export "_initialize") (param i32)))'))
    with pytest.raises(LinkError, match="cannot be both a Command and a Reactor"):
        linker.define_module(
            store, "lib", text(engine, '(module (func (export "_start")) (func (export "_initialize")))')
        )
    with pytest.raises(LinkError, match="command export 'g' is not a function"):
        linker.define_module(
            store, "lib", text(engine, '(module (func (export "_start")) (global (export "g") i32 (i32.const 1)))')
        )
    linker.define_module(store, "lib", text(engine, LIBRARY))


def test_modules_of_others_are_refused(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    attempts: list[Callable[[], object]] = [
        lambda: linker.define_module(store, "lib", text(Engine(), LIBRARY)),
        lambda: linker.define_unknown_imports_as_traps(text(Engine(), USER)),
        lambda: linker.define_unknown_imports_as_defaults(store, text(Engine(), USER)),
        lambda: linker.instantiate_pre(text(Engine(), USER)),
    ]
    for attempt in attempts:
        with pytest.raises(StoreMismatchError, match="module belongs to another Engine than this Linker"):
            attempt()
    elsewhere, module = Store(Engine()), text(engine, USER)
    attempts = [
        lambda: linker.define_module(elsewhere, "lib", module),
        lambda: linker.define_unknown_imports_as_defaults(elsewhere, module),
        lambda: linker.get(elsewhere, "a", "b"),
        lambda: linker.get_default(elsewhere, "a"),
    ]
    for attempt in attempts:
        with pytest.raises(StoreMismatchError, match="store belongs to another Engine than this Linker"):
            attempt()


# looking up


def test_definitions_are_looked_up_by_name(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    linker.define_instance(store, "lib", linker.instantiate(store, text(engine, LIBRARY)))
    linker.define_func("env", "add", lambda a, b: a + b, "i32, i32 -> i32")
    assert isinstance(linker.get(store, "lib", "g"), Global)
    add = linker.get(store, "env", "add")
    assert isinstance(add, Func)
    assert (add(1, 2), add.type) == (3, FuncType("i32, i32 -> i32"))
    assert linker.get(store, "env", "sub") is None
    with pytest.raises(StoreMismatchError, match=r"lib\.g was defined with an item of another Store"):
        linker.get(Store(engine), "lib", "g")
    with pytest.raises(TypeError, match="a name must be a str, not int"):
        linker.get(store, "lib", 1)  # type: ignore[arg-type]


def test_what_is_looked_up_outlives_the_linker(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    linker.define_func("env", "add", lambda a, b: a + b, "i32, i32 -> i32")
    add = linker.get(store, "env", "add")
    linker.close()
    del linker
    gc.collect()
    assert isinstance(add, Func)
    assert add(1, 2) == 3


def test_the_default_is_the_nameless_export_then_start(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    assert linker.get_default(store, "nothing")() is None
    linker.define_func("app", "_start", lambda: 1, "-> i32")
    assert linker.get_default(store, "app")() == 1
    linker.define_func("app", "", lambda: 2, "-> i32")
    assert linker.get_default(store, "app")() == 2
    memory = linker.instantiate(store, text(engine, LIBRARY)).exports["memory"]
    linker.define(store, "odd", "", memory)
    with pytest.raises(LinkError, match="default export in 'odd' is not a function"):
        linker.get_default(store, "odd")


# shadowing and dicts


def test_shadowing_replaces_a_definition(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    assert linker.allow_shadowing is False
    linker.define_func("env", "f", lambda: 1, "-> i32")
    with pytest.raises(LinkError, match=r"env\.f would be defined twice"):
        linker.define_func("env", "f", lambda: 2, "-> i32")
    linker.allow_shadowing = True
    assert linker.allow_shadowing is True
    linker.define_func("env", "f", lambda: 2, "-> i32")
    assert linker.instantiate(store, calls(engine, "f")).exports.call_f() == 2
    with pytest.raises(TypeError, match="allow_shadowing must be a bool, not int"):
        linker.allow_shadowing = 1  # type: ignore[assignment]


def test_plain_dicts_are_imports(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    instance = linker.instantiate(store, text(engine, LIBRARY))

    def two() -> i32:
        return 2

    linker.define_all(
        {
            "env": {
                "two": two,
                "three": (lambda: 3, "-> i32"),
                "one": instance.exports.one,
                "m": instance.exports["memory"],
            },
            "lib": instance,
        }
    )
    exports = linker.instantiate(store, calls(engine, "one", "two", "three")).exports
    assert (exports.call_one(), exports.call_two(), exports.call_three()) == (1, 2, 3)
    assert isinstance(linker.get(store, "env", "m"), Memory)
    assert linker.instantiate(store, text(engine, USER)).exports.two() == 2


def test_dicts_that_are_wrong_define_nothing(engine: Engine, store: Store) -> None:
    linker, other = Linker(engine), Store(engine)
    linker.define_func("env", "taken", lambda: None)
    good = {"good": lambda: None}
    foreign, alien = Func.wrap(other, lambda: None), Func.wrap(Store(Engine()), lambda: None)
    message = r"the item for env\.bad must be a Func, Memory, Table, Global or Tag, a function, or a pair, not int"
    cases: list[tuple[type[Exception], str, object, Store | None]] = [
        (TypeError, message, {"env": {**good, "bad": 5}}, None),
        (TypeError, "imports must be a mapping from names, such as a dict, not list", [], None),
        (TypeError, "the imports of env must be a mapping from names, such as a dict, not int", {"env": 5}, None),
        (TypeError, "a name must be a str, not int", {"env": {**good, 5: lambda: None}}, None),
        (TypeError, "annotat", {"env": {**good, "bad": lambda x: x}}, None),
        (LinkError, r"env\.taken would be defined twice", {"env": {**good, "taken": lambda: None}}, None),
        (
            StoreMismatchError,
            r"the item for env\.bad belongs to another Store",
            {"env": {**good, "bad": foreign}},
            store,
        ),
        (StoreMismatchError, r"the item for env\.bad belongs to another Engine", {"env": {**good, "bad": alien}}, None),
    ]
    for kind, match, imports, given in cases:
        with pytest.raises(kind, match=match):
            linker.define_all(imports, given)  # type: ignore[arg-type]
        assert linker.get(store, "env", "good") is None


# unknown imports


def test_unknown_functions_can_trap(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    linker.define_func("env", "known", lambda: 1, "-> i32")
    module = calls(engine, "known", "unknown")
    linker.define_unknown_imports_as_traps(module)
    exports = linker.instantiate(store, module).exports
    assert exports.call_known() == 1
    with pytest.raises(WasmtimeError, match="unknown import: `env::unknown` has not been defined"):
        exports.call_unknown()
    with pytest.raises(LinkError, match=r"env\.unknown would be defined twice"):
        linker.define_func("env", "unknown", lambda: 1, "-> i32")


def test_what_is_no_function_does_not_become_a_trap(engine: Engine, store: Store) -> None:
    linker, module = Linker(engine), text(engine, '(module (import "env" "m" (memory 1)) (import "env" "f" (func)))')
    linker.define_unknown_imports_as_traps(module)
    with pytest.raises(LinkError, match=r"env\.m is missing: define a \(memory 1\)") as caught:
        linker.instantiate(store, module)
    assert len(caught.value.problems) == 1


def test_unknown_imports_can_be_defaults(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    module = text(
        engine,
        """(module (import "env" "f" (func (result i32 f64 externref))) (import "env" "m" (memory 2))
                   (import "env" "g" (global i64)) (import "env" "t" (table 1 funcref)) (export "f" (func 0)))""",
    )
    linker.define_unknown_imports_as_defaults(store, module)
    assert linker.instantiate(store, module).exports.f() == (0, 0.0, None)
    assert isinstance(linker.get(store, "env", "m"), Memory)
    with pytest.raises(StoreMismatchError, match=r"env\.\w was defined with an item of another Store"):
        linker.instantiate(Store(engine), module)


def test_a_reference_without_null_has_no_default(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    module = text(
        engine,
        '(module (import "env" "m" (memory 1)) (import "env" "g" (global (ref extern))) (import "env" "h" (func)))',
    )
    with pytest.raises(LinkError, match="no default value exists for `env::g`"):
        linker.define_unknown_imports_as_defaults(store, module)
    # What came before it is defined, and known to belong to the store: native code would abort on it in another one.
    assert isinstance(linker.get(store, "env", "m"), Memory)
    assert linker.get(store, "env", "h") is None
    with pytest.raises(StoreMismatchError, match=r"env\.m was defined with an item of another Store"):
        linker.instantiate(Store(engine), text(engine, '(module (import "env" "m" (memory 1)))'))
    linker.define_func("env", "h", lambda: None)


def test_the_decorator_needs_a_name(engine: Engine) -> None:
    linker, nameless = Linker(engine), functools.partial(lambda a: a, 1)
    with pytest.raises(TypeError) as caught:
        linker.func("env")(nameless)
    assert str(caught.value) == "this partial has no name of its own: give one, as in linker.func('env', 'name')"
    assert linker.func("env", "one", "-> i32")(nameless) is nameless
    assert linker.get(Store(engine), "env", "one")() == 1  # type: ignore[operator, misc]
    with pytest.raises(TypeError, match=r"^function must be callable, not int$"):
        linker.func("env")(5)  # type: ignore[type-var]
