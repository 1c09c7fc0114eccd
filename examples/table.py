"""Tables of functions and of objects: what a guest calls and holds can be replaced from Python."""

from __future__ import annotations

from wasmtime_gen import Engine, Func, Linker, Module, Store, Table

TEXT = """
(module
  (import "env" "things" (table $things 2 externref))
  (table $steps (export "steps") 2 8 funcref)
  (func $double (param i32) (result i32) (i32.mul (i32.const 2) (local.get 0)))
  (elem (table $steps) (i32.const 0) func $double)
  (func (export "run") (param $step i32) (param $x i32) (result i32)
    (call_indirect $steps (param i32) (result i32) (local.get $x) (local.get $step)))
  (func (export "thing") (param i32) (result externref) (table.get $things (local.get 0))))
"""

with Engine() as engine, Store(engine) as store:
    things = Table(store, "2 externref")
    things[:] = [{"any": "object"}, print]
    linker = Linker(engine)
    linker.define(store, "env", "things", things)
    instance = linker.instantiate(store, Module.from_text(engine, TEXT))
    exports = instance.exports

    steps = instance.get_table(store, "steps")
    print(exports.run(0, 21), steps[0](5), steps[1])
    steps[1] = Func.wrap(store, lambda x: x + 100, "i32 -> i32")
    print(exports.run(1, 21))
    steps.grow(1, steps[0])
    print(len(steps), steps[2] == steps[0], exports.run(2, 4))
    print(exports.thing(0) is things[0], exports.thing(1) is print)
