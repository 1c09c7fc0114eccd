"""Guests that the tests of the linker share: a library, a user of it, and a module for any imports."""

from __future__ import annotations

from wasmtime_gen import Engine, Module

LIBRARY = """(module (memory (export "memory") 1) (global (export "g") i32 (i32.const 7))
                     (func (export "one") (result i32) (i32.const 1)))"""
USER = """(module (import "lib" "one" (func $one (result i32))) (import "lib" "memory" (memory 1))
                  (func (export "two") (result i32) (i32.add (call $one) (call $one))))"""


def text(engine: Engine, source: str) -> Module:
    return Module.from_text(engine, source)


def calls(engine: Engine, *names: str) -> Module:
    """A module that imports functions () -> i32 from "env", and exports each again as "call_" and its name."""
    imports = "".join(f'(import "env" "{name}" (func ${name} (result i32)))' for name in names)
    exports = "".join(f'(func (export "call_{name}") (result i32) (call ${name}))' for name in names)
    return text(engine, f"(module {imports} {exports})")
