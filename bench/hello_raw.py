"""examples/hello.py over the raw layer alone, without a check: what is left when all of wasmtime_gen is taken away."""

from __future__ import annotations

from wasmtime_capi.addresses import bind
from wasmtime_capi.cdata import byref, c_uint64, c_void_p, callback_type

TEXT = b"""
(module
  (import "" "hello" (func $hello))
  (func (export "run") (call $hello)))
"""

engine = bind("wasm_engine_new")()
store = bind("wasmtime_store_new")(engine, None, None)
context = bind("wasmtime_store_context")(store)
wasm, module, trap = (c_uint64 * 2)(), c_void_p(), c_void_p()
bind("wasmtime_wat2wasm")(TEXT, len(TEXT), byref(wasm))
bind("wasmtime_module_new")(engine, wasm[1], wasm[0], byref(module))
bind("wasm_byte_vec_delete")(byref(wasm))
none = (c_uint64 * 2)()
type_ = bind("wasm_functype_new")(byref(none), byref(none))
hello = callback_type(c_void_p)(lambda: print("Hello, world!"))
linker = bind("wasmtime_linker_new")(engine)
bind("wasmtime_linker_define_func_unchecked")(linker, b"", 0, b"hello", 5, type_, hello, None, None)
instance, run = (c_uint64 * 2)(), (c_uint64 * 4)()
bind("wasmtime_linker_instantiate")(linker, context, module, byref(instance), byref(trap))
bind("wasmtime_instance_export_get")(context, byref(instance), b"run", 3, byref(run))
bind("wasmtime_func_call_unchecked")(context, byref(run, 8), None, 0, byref(trap))
for name, owned in (
    ("wasmtime_linker", linker),
    ("wasmtime_module", module),
    ("wasmtime_store", store),
    ("wasm_functype", type_),
):
    bind(f"{name}_delete")(owned)
bind("wasm_engine_delete")(engine)
