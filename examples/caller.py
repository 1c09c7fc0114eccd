"""A host function whose first parameter is a Caller sees the exports and the store of the guest that calls it."""

from wasmtime_gen import Caller, Engine, Linker, Module, Store, i32

TEXT = """
(module
  (import "host" "apply" (func $apply (param i32) (result i32)))
  (func (export "square") (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
  (func (export "run") (param i32) (result i32) (call $apply (local.get 0))))
"""

engine = Engine()
linker = Linker(engine)


@linker.func("host")
def apply(caller: Caller, value: i32) -> i32:
    caller.data.append(value)
    square = caller.get_function("square")
    return int(square(value)) + 1


store = Store(engine, data=[])
run = linker.instantiate(store, Module.from_text(engine, TEXT)).exports.run
print(run(6), run(7), store.data)
