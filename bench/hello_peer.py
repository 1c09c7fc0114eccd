"""examples/hello.py as the peer's documentation writes it."""

from wasmtime import Func, FuncType, Instance, Module, Store

TEXT = """
(module
  (import "" "hello" (func $hello))
  (func (export "run") (call $hello)))
"""

store = Store()
module = Module(store.engine, TEXT)
hello = Func(store, FuncType([], []), lambda: print("Hello, world!"))
instance = Instance(store, module, [hello])
run = instance.exports(store)["run"]
run(store)  # type: ignore[operator]
