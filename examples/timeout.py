"""A guest that runs too long is ended, by its time or by Ctrl-C, and its store can be used again."""

from wasmtime_gen import Engine, GuestTimeout, Linker, Module, Store

TEXT = """
(module
  (func $spin (export "spin") (loop (br 0)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
"""

with Engine(interruptible=True) as engine, Store(engine) as store:
    exports = Linker(engine).instantiate(store, Module.from_text(engine, TEXT)).exports
    try:
        with store.timeout(0.1):
            exports.spin()
    except GuestTimeout as error:  # a TimeoutError, and a Trap that knows where the guest was
        print(error.message, [frame.function for frame in error.frames])
    print(exports.add(1, 2))
