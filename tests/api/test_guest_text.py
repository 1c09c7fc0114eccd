"""What a guest calls things reaches messages without what would command a terminal, and not at any length."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wasmtime_gen import Engine, Func, Instance, Linker, Module, Store, WasmtimeError

NAME = "f\x1b[31m\nline"
SHOWN = r"f\x1b[31m\nline"
TEXT = r"""
(module $"evil\1b[2J"
  (import "env\1b[2J" "log\07" (func))
  (func $"f\1b[31m\0aline" (export "f\1b[31m\0aline") (param i32) unreachable)
  (memory (export "m\1b[2J") 1))
"""


@pytest.fixture
def module(engine: Engine) -> Module:
    return Module.from_text(engine, TEXT)


@pytest.fixture
def instance(store: Store, module: Module) -> Instance:
    linker = Linker(store.engine)
    linker.define_unknown_imports_as_traps(module)
    return linker.instantiate(store, module)


def said(use: Callable[[], object]) -> str:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of many kinds, whose texts are compared
        use()
    return str(caught.value)


def test_names_in_messages_command_no_terminal(instance: Instance) -> None:
    func, memory = (instance.exports[name] for name in (NAME, "m\x1b[2J"))
    assert isinstance(func, Func)
    assert repr(instance.exports) == rf"<Exports {SHOWN}, m\x1b[2J>"
    assert repr(func) == f"<Func {SHOWN} 'i32 -> ()'>"
    assert repr(memory) == r"<Memory m\x1b[2J>"
    for _ in range(2):  # the first call goes another way than those that follow
        assert said(lambda: func("x")) == f"{SHOWN}(): argument 1 must be an int for i32, not str"
        assert said(lambda: func(1)).splitlines()[1] == rf"  at {SHOWN} in evil\x1b[2J, offset 0x4b"
    assert said(lambda: func()) == f"{SHOWN}() missing 1 required positional argument: 'a0'"
    assert said(lambda: instance.exports.zzz) == rf"no export 'zzz'; there are: {SHOWN}, m\x1b[2J"
    assert said(lambda: func.typed("-> ()")) == f"{SHOWN} has the type 'i32 -> ()', not '() -> ()'"


def test_names_of_imports_command_no_terminal(store: Store, module: Module) -> None:
    problem = (
        r"import env\x1b[2J.log\x07 is missing: "
        r"define it with linker.define_func('env\x1b[2J', 'log\x07', ..., '() -> ()')"
    )
    linker = Linker(store.engine)
    assert str(linker.explain(module)) == problem
    assert said(lambda: linker.instantiate(store, module)) == f"1 import is missing or of another type:\n  {problem}"


def test_what_the_library_says_of_a_text_commands_no_terminal(engine: Engine) -> None:
    with pytest.raises(WasmtimeError) as caught:
        Module.from_text(engine, "(module \x1b[2J\t(func))")
    assert str(caught.value).splitlines()[3] == "    1 | (module \\x1b[2J    (func))"


def test_long_names_and_many_are_cut(engine: Engine) -> None:
    exports = "".join(f'(func (export "{"n" * 50_000}{number}"))' for number in range(100))
    found = Linker(engine).instantiate(Store(engine), Module.from_text(engine, f"(module {exports})")).exports
    names = ", ".join(["n" * 100 + "…"] * 20)
    assert repr(found) == f"<Exports {names} and 80 more>"
    assert said(lambda: found.zzz) == f"no export 'zzz'; there are: {names} and 80 more"
    assert repr(found["n" * 50_000 + "7"]) == f"<Func {'n' * 100}… '() -> ()'>"
