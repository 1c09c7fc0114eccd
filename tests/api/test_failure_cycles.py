"""What is raised is no cycle: its traceback keeps the frames that it left, and these the store and the arguments."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import suppress
from typing import cast

import pytest

from wasmtime_gen import Exports, Instance, Linker, Module, Store, Table, Tag, WasmException

FAILING = """
(module
  (import "host" "fails" (func $fails)) (import "host" "takes" (func $takes (param externref)))
  (import "host" "tag" (tag $t (param anyref)))
  (type $p (struct (field i32))) (type $q (struct (field i64)))
  (table (export "table") 1 (ref null $p))
  (func (export "new") (result (ref $q)) struct.new_default $q)
  (func (export "want") (param (ref null $p)))
  (func (export "fails") (call $fails))
  (func (export "takes") (param externref) (call $takes (local.get 0)))
  (func (export "trap") unreachable)
  (func (export "trap_with") (param externref) unreachable)
  (func (export "throw") (throw $t (ref.null any)))
  (func (export "number") (param i32)))
"""


@pytest.fixture
def failing(store: Store) -> Exports:
    def fails(*_: object) -> None:
        raise KeyError("mine")

    linker = Linker(store.engine)
    linker.define_func("host", "fails", fails, "() -> ()")
    linker.define_func("host", "takes", fails, "externref -> ()")
    linker.define(store, "host", "tag", Tag(store, "(tag (param anyref))"))
    return linker.instantiate(store, Module.from_text(store.engine, FAILING)).exports


USES: dict[str, Callable[[Exports], object]] = {
    "host exception": lambda exports: exports.fails(),
    "host exception of a function with references": lambda exports: exports.takes(5),
    "trap": lambda exports: exports.trap(),
    "trap of a function with references": lambda exports: exports.trap_with(5),
    "uncaught exception": lambda exports: exports.throw(),
    "reference of another type": lambda exports: exports.want(exports.new()),
    "element of another type": lambda exports: cast("Table", exports["table"]).fill(exports.new()),
    "payload of another type": lambda exports: WasmException(
        Tag(exports.trap.store, "(tag (param i31ref))"), exports.new()
    ),
    "argument": lambda exports: exports.number("x"),
    "missing export": lambda exports: exports.nothing,
    "text": lambda exports: Module.from_text(exports.trap.store.engine, "(module (fnc))"),
    "binary": lambda exports: Module(exports.trap.store.engine, b"\0asm\1\0\0\0\1"),
    "missing import": lambda exports: instance_of(exports.trap.store, '(module (import "a" "b" (func)))'),
    "start function": lambda exports: instance_of(exports.trap.store, "(module (func unreachable) (start 0))"),
    "fuel": lambda exports: exports.trap.store.fuel,
}


def instance_of(store: Store, text: str) -> Instance:
    return Linker(store.engine).instantiate(store, Module.from_text(store.engine, text))


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_what_is_raised_is_no_cycle_and_goes_at_once(failing: Exports, use: Callable[[Exports], object]) -> None:
    """Its traceback keeps the frames that it left, and these the store and the arguments of the call."""

    def fail() -> None:
        with suppress(Exception):
            use(failing)
            pytest.fail("nothing was raised")

    fail()
    fail()
    gc.collect()
    gc.disable()
    try:
        fail()
        assert gc.collect() == 0
    finally:
        gc.enable()
