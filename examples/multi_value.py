"""Several results come back as a tuple, and a host function returns several as a sequence."""

from wasmtime_gen import Engine, Linker, Module, Store, i32, i64

TEXT = """
(module
  (import "host" "divmod" (func $divmod (param i32 i32) (result i32 i32)))
  (func (export "swap") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "divmod") (param i32 i32) (result i32 i32) (call $divmod (local.get 0) (local.get 1))))
"""

engine = Engine()
linker = Linker(engine)


@linker.func("host", "divmod")
def quotient_and_rest(a: i32, b: i32) -> tuple[i32, i32]:
    return divmod(a, b)


exports = linker.instantiate(Store(engine), Module.from_text(engine, TEXT)).exports
big: i64 = 2**40
print(exports.swap(1, big))
print(exports.divmod(17, 5))
