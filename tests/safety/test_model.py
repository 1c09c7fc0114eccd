"""One store against a plain Python model: whatever is done to it in any order, it holds what the model holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from wasmtime_gen import ClosedError, Engine, Linker, Module, Store, Trap, WasmtimeError

ENGINE = Engine()
TEXT = """(module
  (import "host" "swap" (func $swap (param i32 externref) (result externref)))
  (memory (export "memory") 1 4) (table (export "table") 2 6 externref)
  (global (export "number") (mut i64) (i64.const 0)) (global (export "object") (mut externref) (ref.null extern))
  (func (export "put") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "swap") (param i32 externref) (result externref) (call $swap (local.get 0) (local.get 1)))
  (func (export "count") (result i64) (global.set 0 (i64.add (global.get 0) (i64.const 1))) (global.get 0))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"""
MODULE = Module.from_text(ENGINE, TEXT)
PAGE = 65536
ADDRESSES = st.integers(-2, 4 * PAGE + 2)
OBJECTS = st.one_of(st.none(), st.integers(), st.text(), st.lists(st.integers(), max_size=2))
DELTAS = st.integers(-1, 5)


class OneStore(RuleBasedStateMachine):
    """A store, and beside it bytes, lists and numbers."""

    @initialize()
    def begin(self) -> None:
        self.store = Store(ENGINE)
        linker = Linker(ENGINE)
        linker.define_func("host", "swap", self.swapped, "i32, externref -> externref")
        self.exports: Any = linker.instantiate(self.store, MODULE).exports
        self.content, self.pages = bytearray(PAGE), 1
        self.objects: list[object] = [None, None]
        self.number, self.object = 0, None
        self.closed = False

    def swapped(self, index: int, value: object) -> object:
        """The host function: it sets an element of the table and returns what was there."""
        before = self.exports.table[index]
        self.exports.table[index] = value
        return before

    def done(self, use: Any, allowed: bool, error: type[Exception] | tuple[type[Exception], ...], change: Any) -> None:
        """Do it to the store; if it is allowed, to the model too."""
        if self.closed:
            with pytest.raises((ClosedError, OverflowError, IndexError)):  # arguments may be looked at first
                use()
        elif allowed:
            assert use() == change()
        else:
            with pytest.raises(error):
                use()

    @rule(address=ADDRESSES, value=st.integers(0, 255))
    def write_by_the_guest(self, address: int, value: int) -> None:
        fits = 0 <= address < len(self.content)
        use = lambda: self.exports.put(address & 0xFFFFFFFF, value)  # noqa: E731
        self.done(use, fits, Trap, lambda: self.content.__setitem__(address, value))

    @rule(address=ADDRESSES, data=st.binary(max_size=4))
    def write_by_the_host(self, address: int, data: bytes) -> None:
        def change() -> None:
            self.content[address : address + len(data)] = data

        fits = address >= 0 and address + len(data) <= len(self.content)
        self.done(lambda: self.exports.memory.write(address, data), fits, IndexError, change)

    @rule(address=ADDRESSES, size=st.integers(0, 8))
    def read(self, address: int, size: int) -> None:
        fits = address >= 0 and address + size <= len(self.content)
        self.done(
            lambda: self.exports.memory.read(address, size),
            fits,
            IndexError,
            lambda: bytes(self.content[address : address + size]),
        )

    @rule(delta=DELTAS)
    def grow_memory(self, delta: int) -> None:
        fits = delta >= 0 and self.pages + delta <= 4
        self.done(
            lambda: self.exports.memory.grow(delta), fits, (WasmtimeError, OverflowError), lambda: self.grown(delta)
        )

    @rule(delta=st.integers(0, 5))
    def grow_memory_by_the_guest(self, delta: int) -> None:
        fits = self.pages + delta <= 4
        self.done(lambda: self.exports.grow(delta), True, (), lambda: self.grown(delta) if fits else -1)

    def grown(self, delta: int) -> int:
        before, self.pages = self.pages, self.pages + delta
        self.content += bytes(delta * PAGE)
        return before

    @rule(index=st.integers(-7, 7), value=OBJECTS)
    def set_element(self, index: int, value: object) -> None:
        fits = -len(self.objects) <= index < len(self.objects)
        use = lambda: self.exports.table.__setitem__(index, value)  # noqa: E731
        self.done(use, fits, IndexError, lambda: self.objects.__setitem__(index, value))

    @rule(index=st.integers(-7, 7), value=OBJECTS)
    def swap_element_through_guest_and_host(self, index: int, value: object) -> None:
        def change() -> object:
            before, self.objects[index] = self.objects[index], value
            return before

        fits = -len(self.objects) <= index < len(self.objects)
        self.done(lambda: self.exports.swap(index, value), fits, IndexError, change)

    @rule(delta=DELTAS, value=OBJECTS)
    def grow_table(self, delta: int, value: object) -> None:
        def change() -> int:
            self.objects += [value] * delta
            return len(self.objects) - delta

        fits = delta >= 0 and len(self.objects) + delta <= 6
        self.done(lambda: self.exports.table.grow(delta, value), fits, (WasmtimeError, OverflowError), change)

    @rule(value=st.integers(-(2**64), 2**64))
    def set_number(self, value: int) -> None:
        def change() -> None:
            self.number = (value + 2**63) % 2**64 - 2**63

        fits = -(2**63) <= value < 2**64
        self.done(lambda: setattr(self.exports.number, "value", value), fits, OverflowError, change)

    @rule()
    def count(self) -> None:
        def change() -> int:
            self.number = (self.number + 1 + 2**63) % 2**64 - 2**63
            return self.number

        self.done(lambda: self.exports.count(), True, (), change)

    @rule(value=OBJECTS)
    def set_object(self, value: Any) -> None:
        self.done(
            lambda: setattr(self.exports.object, "value", value), True, (), lambda: setattr(self, "object", value)
        )

    @rule()
    def collect(self) -> None:
        self.done(self.store.gc, True, (), lambda: None)

    @precondition(lambda self: not self.closed and len(self.content) > PAGE)
    @rule()
    def close(self) -> None:
        self.store.close()
        self.closed = True

    @invariant()
    def both_are_the_same(self) -> None:
        if not self.closed:
            assert list(self.exports.table) == self.objects
            assert self.exports.memory.pages == self.pages
            assert self.exports.number.value == self.number
            assert self.exports.object.value == self.object


TestOneStore = OneStore.TestCase
TestOneStore.settings = settings(max_examples=30, stateful_step_count=40, deadline=None, derandomize=True)
