"""A guest's memory as a numpy array, without a copy: both sides work on the same bytes."""

from __future__ import annotations

import numpy

from wasmtime_gen import Engine, Linker, Module, Store

TEXT = """
(module
  (memory (export "memory") 16)
  ;; Doubles `count` floats.
  (func (export "double") (param $at i32) (param $count i32)
    (loop $next
      (f64.store (local.get $at) (f64.mul (f64.const 2) (f64.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
"""

with Engine() as engine, Store(engine) as store:
    instance = Linker(engine).instantiate(store, Module.from_text(engine, TEXT))
    memory = instance.get_memory(store, "memory")

    numbers = memory.numpy("float64", address=1024, count=5)
    numbers[:] = numpy.arange(5) + 0.5
    instance.exports.double(1024, 5)
    print(numbers.tolist(), numbers.sum())

# The array keeps the memory alive, even when the store is closed.
print(numbers[0])
