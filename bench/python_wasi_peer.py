"""CPython for WASI, its code out of the library's cache, as the peer can: python_wasi_peer.py python.wasm."""

import sys

from wasmtime import Config, Engine, Linker, Module, Store, WasiConfig

options = Config()
options.cache = True
output: list[bytes] = []
engine = Engine(options)
store, linker = Store(engine), Linker(engine)
linker.define_wasi()
config = WasiConfig()
config.argv = ["python", "-c", "print('Hello, world!')"]
config.stdout_custom = output.append
store.set_wasi(config)
instance = linker.instantiate(store, Module.from_file(engine, sys.argv[1]))
instance.exports(store)["_start"](store)  # type: ignore[operator]
print(b"".join(output))
