"""Fuel bounds how much a guest computes, exactly and repeatably."""

from wasmtime_gen import Engine, Linker, Module, OutOfFuelTrap, Store

TEXT = """
(module
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                     (call $fib (i32.sub (local.get 0) (i32.const 2))))))))
"""

engine = Engine(consume_fuel=True)
store = Store(engine)
fib = Linker(engine).instantiate(store, Module.from_text(engine, TEXT)).exports.fib
for n in (5, 10, 30):
    store.fuel = 10_000
    try:
        print(f"fib({n}) = {fib(n)} burns {store.fuel_consumed} units")
    except OutOfFuelTrap as trap:
        print(f"fib({n}): {trap.message}")
