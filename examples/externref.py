"""Any Python object travels through a guest as externref, and comes back as itself."""

from wasmtime_gen import Engine, Linker, Module, Store

TEXT = """
(module
  (table $kept 10 externref)
  (func (export "put") (param i32 externref) (table.set $kept (local.get 0) (local.get 1)))
  (func (export "take") (param i32) (result externref)
    (table.get $kept (local.get 0)) (table.set $kept (local.get 0) (ref.null extern))))
"""

engine = Engine()
exports = Linker(engine).instantiate(Store(engine), Module.from_text(engine, TEXT)).exports
basket = ["apple"]
exports.put(3, basket)
basket.append("pear")
print(exports.take(3) is basket, exports.take(3))
