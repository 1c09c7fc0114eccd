"""Hello, world: a guest imports a function of ours and calls it back."""

from wasmtime_gen import Engine, Func, Linker, Module, Store

TEXT = """
(module
  (import "" "hello" (func $hello))
  (func (export "run") (call $hello)))
"""

with Engine() as engine, Store(engine) as store:
    module = Module.from_text(engine, TEXT)
    linker = Linker(engine)
    linker.define(store, "", "hello", Func.wrap(store, lambda: print("Hello, world!")))
    instance = linker.instantiate(store, module)
    run = instance.get_function(store, "run")
    run()
