"""A program that talks to the system: arguments and stdin in, output and exit code out."""

from wasmtime_gen import Engine, Exit, Linker, Module, Store, WasiConfig

# What a compiler makes of: read up to 100 bytes, write them to stdout, exit with their number.
ECHO = """
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\64\\00\\00\\00")
  (func (export "_start")
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $exit (i32.load (i32.const 8)))))
"""

with Engine() as engine, Store(engine) as store:
    linker = Linker(engine)
    linker.define_wasi()
    store.wasi = WasiConfig(args=["echo"], stdin="Hello from stdin!")
    instance = linker.instantiate(store, Module.from_text(engine, ECHO))
    try:
        instance.exports._start()
    except Exit as exit:
        print(store.wasi.stdout.decode(), exit.code)
