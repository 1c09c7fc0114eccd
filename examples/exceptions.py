"""Exceptions of WebAssembly leave a guest with their payload, and host functions throw them into it."""

from wasmtime_gen import Engine, Linker, Module, Store, Tag, WasmException

TEXT = """
(module
  (import "host" "failure" (tag $failure (param i32 externref)))
  (import "host" "work" (func $work (param i32)))
  (func (export "run") (param i32) (call $work (local.get 0)))
  (func (export "careful") (param i32) (result i32)
    (block $caught (result i32 externref)
      (try_table (catch $failure $caught) (call $work (local.get 0)))
      (return (i32.const 0)))
    (drop)))
"""

store = Store(Engine())
failure = Tag(store, "(tag (param i32 externref))")


def work(number: int) -> None:
    raise WasmException(failure, number, "told by the host")


linker = Linker(store.engine)
linker.define(store, "host", "failure", failure)
linker.define_func("host", "work", work, "i32 -> ()")
exports = linker.instantiate(store, Module.from_text(store.engine, TEXT)).exports
print("the guest caught", exports.careful(7))
try:
    exports.run(8)
except WasmException as exception:
    if exception.tag == failure:
        print("caught here:", exception.payload)
