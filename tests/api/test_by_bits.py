"""Floats by their bits: whatever a guest has in an f32 or f64 comes to Python and back unchanged."""

from __future__ import annotations

from typing import Any

import pytest

from wasmtime_gen import Func, Linker, Module, Store

TEXT = """(module (import "host" "f" (func $f (param f32 f64) (result f32)))
  (func (export "one") (param f32) (result f32) (local.get 0))
  (func (export "two") (param f64 f32) (result f32 f64) (local.get 1) (local.get 0))
  (func (export "refs") (param f32 externref anyref) (result f32 anyref) (local.get 0) (local.get 2))
  (func (export "host") (param f32 f64) (result f32) (call $f (local.get 0) (local.get 1))))"""
SIGNALLING_32 = [0x7FA00000, 0x7F800001, 0x7FFFFFFF, 0x7FC00000, 0x80000000 - 2**32, 0xFFA00000 - 2**32]
SIGNALLING_64 = [0x7FF4000000000000, 0x7FF0000000000001, 0x7FFFFFFFFFFFFFFF, -(2**63), 0xFFF4000000000000 - 2**64]


@pytest.fixture
def exports(store: Store) -> Any:
    linker = Linker(store.engine)
    linker.define_func("host", "f", lambda a, b: a, "f32, f64 -> f32", by_bits=True)
    return linker.instantiate(store, Module.from_text(store.engine, TEXT)).exports


@pytest.mark.parametrize("bits", SIGNALLING_32)
def test_an_f32_keeps_its_bits(exports: Any, store: Store, bits: int) -> None:
    one, host = exports["one"].by_bits(), exports["host"].by_bits()
    own = Func.wrap(store, lambda value: value, "f32 -> f32", by_bits=True).by_bits()
    for _ in range(3):
        assert one(bits) == one(bits % 2**32) == host(bits, 0) == own(bits) == bits


@pytest.mark.parametrize("bits", SIGNALLING_64)
def test_an_f64_keeps_its_bits(exports: Any, bits: int) -> None:
    for _ in range(3):
        assert exports["two"].by_bits()(bits, 0x7FA00000) == (0x7FA00000, bits)


def test_references_travel_beside_them(exports: Any, store: Store) -> None:
    assert exports["refs"].by_bits()(0x7FA00000, "thing", 5) == (0x7FA00000, 5)
    seen: list[Any] = []

    def look(bits: int, reference: object) -> int:
        seen.append((bits, reference))
        return bits

    host = Func(store, "f32, anyref -> f32", look, by_bits=True)
    assert host.by_bits()(0x7FA00000, 7) == 0x7FA00000
    assert seen == [(0x7FA00000, 7)]


def test_by_bits_takes_no_floats(exports: Any) -> None:
    with pytest.raises(TypeError, match=r"one\(\): argument 1 must be an int for i32, not float"):
        exports["one"].by_bits()(1.0)
    assert exports.one(1.0) == 1.0
