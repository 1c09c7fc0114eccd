"""Linking: what a module imports, and what the linker says when something is missing."""

from wasmtime_gen import Engine, Linker, LinkError, Module, Store, i32

LIBRARY = """
(module
  (import "env" "log" (func $log (param i32)))
  (func (export "double") (param i32) (result i32)
    (call $log (local.get 0))
    (i32.mul (local.get 0) (i32.const 2))))
"""
APP = """
(module
  (import "library" "double" (func $double (param i32) (result i32)))
  (import "env" "limit" (global $limit i64))
  (func (export "run") (result i32) (call $double (i32.const 21))))
"""

with Engine() as engine, Store(engine) as store:
    linker = Linker(engine)

    @linker.func("env")
    def log(value: i32) -> None:
        print("log:", value)

    # A library, instantiated and defined under a name for others to import.
    library = linker.instantiate(store, Module.from_text(engine, LIBRARY))
    linker.define_instance(store, "library", library)

    # What is missing, all of it at once, with the line that helps.
    app = Module.from_text(engine, APP)
    print(linker.explain(app))
    try:
        linker.instantiate(store, app)
    except LinkError as error:
        print("missing:", [problem.name for problem in error.problems])

    # Plain dicts define many things at once. Here the global of another instance serves.
    constants = Module.from_text(engine, '(module (global (export "limit") i64 (i64.const 5)))')
    exports = linker.instantiate(store, constants).exports
    linker.define_all({"env": {"limit": exports["limit"], "now": lambda: None}})
    print("run:", linker.instantiate(store, app).exports.run())

    # Imports can be looked up once, for many stores: only host functions are defined here.
    pre = linker.instantiate_pre(Module.from_text(engine, LIBRARY))
    print("sum:", sum(pre.instantiate(Store(engine)).exports.double(number) for number in (1, 2)))
