"""From modules to instances: definitions, instantiation, and what is said when they do not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wasmtime_gen import (
    Engine,
    Func,
    Instance,
    Linker,
    LinkError,
    Module,
    Store,
    StoreMismatchError,
    Trap,
    ValidationError,
    wat2wasm,
)

Instantiate = Callable[..., Instance]


def test_a_malformed_text_is_refused_with_its_position(engine: Engine) -> None:
    with pytest.raises(ValidationError, match=r"expected `\)`\n\s+--> <anon>:1:8"):
        Module.from_text(engine, "(module")


def test_an_invalid_binary_is_refused_with_its_offset(engine: Engine) -> None:
    broken = wat2wasm("(module (func (result i32)))".replace("(result i32)", "")) + b"\x0a\x01\x00"
    for attempt in (Module, Module.from_binary, Module.validate):
        with pytest.raises(ValidationError, match=r"\(at offset 0x"):
            attempt(engine, broken)


def test_a_module_that_does_not_typecheck_is_invalid(engine: Engine) -> None:
    with pytest.raises(ValidationError, match="type mismatch"):
        Module.from_text(engine, "(module (func (result i32)))")


def test_a_component_is_recognised(engine: Engine) -> None:
    with pytest.raises(ValidationError, match="this is a component, not a module"):
        Module(engine, b"\0asm\x0d\0\1\0")


def test_text_given_for_bytes_is_told_where_to_go(engine: Engine) -> None:
    with pytest.raises(TypeError, match=r"a str in the text format goes to Module\.from_text"):
        Module(engine, "(module)")  # type: ignore[arg-type]


def test_binaries_may_be_any_bytes(engine: Engine) -> None:
    for kind in (bytes, bytearray, memoryview):
        assert not Module(engine, kind(wat2wasm("(module)"))).closed
        Module.validate(engine, kind(wat2wasm("(module)")))


def test_text_that_is_not_unicode_is_refused(engine: Engine) -> None:
    with pytest.raises(ValidationError, match="not Unicode that UTF-8 can encode"):
        Module.from_text(engine, "(module) ;; \ud800")


def test_a_missing_import_is_a_link_error(engine: Engine, store: Store) -> None:
    module = Module.from_text(engine, '(module (import "env" "log" (func)))')
    with pytest.raises(LinkError, match="env"):
        Linker(engine).instantiate(store, module)


def test_an_import_of_another_type_is_a_link_error(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    linker.define(store, "env", "log", Func.wrap(store, lambda x: None, "i32 -> ()"))
    with pytest.raises(LinkError, match=r"it wants function \(\) -> \(\) and is given function i32 -> \(\)"):
        linker.instantiate(store, Module.from_text(engine, '(module (import "env" "log" (func)))'))


def test_a_name_is_defined_once(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    log = Func.wrap(store, lambda: None)
    linker.define(store, "env", "log", log)
    with pytest.raises(LinkError, match="defined twice"):
        linker.define(store, "env", "log", log)


def test_a_trap_in_the_start_function_comes_out(engine: Engine, store: Store) -> None:
    module = Module.from_text(engine, "(module (func $start unreachable) (start $start))")
    with pytest.raises(Trap, match="unreachable"):
        Linker(engine).instantiate(store, module)


def test_an_exception_in_the_start_function_comes_out(store: Store, instantiate: Instantiate) -> None:
    def fail() -> None:
        raise LookupError("start")

    with pytest.raises(LookupError, match="start"):
        instantiate('(module (import "host" "fail" (func $f)) (start $f))', fail=Func.wrap(store, fail))


def test_items_and_stores_of_others_are_refused(engine: Engine, store: Store) -> None:
    linker, other = Linker(engine), Store(engine)
    item = Func.wrap(other, lambda: None)
    with pytest.raises(StoreMismatchError, match=r"the item for env\.log belongs to another Store"):
        linker.define(store, "env", "log", item)
    with pytest.raises(StoreMismatchError, match="store belongs to another Engine than this Linker"):
        linker.instantiate(Store(Engine()), Module.from_text(engine, "(module)"))
    with pytest.raises(StoreMismatchError, match="module belongs to another Engine than this Linker"):
        linker.instantiate(store, Module.from_text(Engine(), "(module)"))
    with pytest.raises(TypeError, match=r"the item for env\.log must be a Func, Memory, Table, Global or Tag, not int"):
        linker.define(store, "env", "log", 5)  # type: ignore[arg-type]


def test_names_that_cannot_be_encoded_are_refused(engine: Engine, store: Store) -> None:
    with pytest.raises(ValueError, match="is not a name that UTF-8 can encode"):
        Linker(engine).define(store, "\ud800", "log", Func.wrap(store, lambda: None))


def test_names_may_hold_anything_else(store: Store, instantiate: Instantiate) -> None:
    run = instantiate('(module (func (export "a\\00b ü 漢")))').get_function(store, "a\0b ü 漢")
    assert run() is None


def test_a_missing_export_and_one_of_another_kind_are_told_apart(store: Store, instantiate: Instantiate) -> None:
    instance = instantiate('(module (memory (export "mem") 1) (func (export "run")))')
    with pytest.raises(KeyError, match="no export 'walk'"):
        instance.get_function(store, "walk")
    with pytest.raises(TypeError, match="export 'mem' is a Memory, not a Func"):
        instance.get_function(store, "mem")
    with pytest.raises(StoreMismatchError, match="this Instance belongs to another Store"):
        instance.get_function(Store(store.engine), "run")


def test_an_instance_is_made_by_a_linker() -> None:
    with pytest.raises(TypeError, match=r"an Instance is made by linker\.instantiate\(store, module\)"):
        Instance()


def test_traps_tell_the_cause_and_where(store: Store, instantiate: Instantiate) -> None:
    instance = instantiate(
        """(module $calculator
             (func $divide (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1))))"""
    )
    with pytest.raises(Trap) as caught:
        instance.get_function(store, "divide")(1, 0)
    trap = caught.value
    assert type(trap).__name__ == "IntegerDivisionByZeroTrap"
    assert trap.message == "wasm trap: integer divide by zero"
    frame = trap.frames[0]
    assert (frame.function, frame.module, frame.function_index) == ("divide", "calculator", 0)
    assert str(trap).startswith("wasm trap: integer divide by zero\n  at divide in calculator, offset 0x")


def test_a_module_is_read_from_a_path(engine: Engine, tmp_path: Path) -> None:
    for name, content in (("a.wat", b"(module $a)"), ("a.wasm", wat2wasm("(module $a)"))):
        path = tmp_path / name
        path.write_bytes(content)
        assert Module.from_file(engine, path).name == Module.from_file(engine, str(path)).name == "a"


def test_a_file_descriptor_is_not_a_path(engine: Engine) -> None:
    for wrong, kind in ((3, "int"), (None, "NoneType"), (True, "bool")):
        for load in (Module.from_file, Module.deserialize_file):
            with pytest.raises(TypeError, match=f"path must be a str or os.PathLike, not {kind}"):
                load(engine, wrong)  # type: ignore[arg-type]


def test_the_repr_of_a_module_tells_its_name(engine: Engine) -> None:
    module = Module.from_text(engine, "(module $calculator)")
    size = len(wat2wasm("(module $calculator)"))
    assert repr(module) == f"<Module 'calculator' of {size} bytes>"
    module.close()
    assert repr(module) == f"<Module 'calculator' (closed) of {size} bytes>"
    assert repr(Module.from_text(engine, "(module)")) == "<Module of 8 bytes>"
    long = Module.from_text(engine, f"(module ${'x' * 1000})")
    assert len(repr(long)) < 100
