"""CPython for WASI, its code out of our compile cache: python_wasi.py python.wasm CACHE."""

import sys

from wasmtime_gen import Engine, Linker, Module, Store, WasiConfig

engine = Engine()
store, linker = Store(engine), Linker(engine)
linker.define_wasi()
store.wasi = WasiConfig(args=["python", "-c", "print('Hello, world!')"])
module = Module.from_file(engine, sys.argv[1], cache=sys.argv[2])
linker.instantiate(store, module).exports._start()
print(store.wasi.stdout)
