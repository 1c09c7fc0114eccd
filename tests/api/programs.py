"""Programs for run() that the tests share, from the text of what they do."""

from __future__ import annotations

from wasmtime_gen import wat2wasm

WASI = """
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env (param i32 i32) (result i32)))
"""


def program(body: str, memory: str = '(memory (export "memory") 2)', wasi: str = WASI) -> bytes:
    """A program whose _start does this. A vector at 0 has 100 bytes at 100."""
    return wat2wasm(f"""(module $guest {wasi} {memory}
      (data (i32.const 0) "\\64\\00\\00\\00\\64\\00\\00\\00") (data (i32.const 100) "hello\\n")
      (func (export "_start") {body}))""")


def exits(code: int) -> bytes:
    return program(f"(call $exit (i32.const {code}))")


def writes(fd: int, size: int = 6, then: str = "") -> str:
    return f"""(i32.store (i32.const 4) (i32.const {size}))
      (drop (call $write (i32.const {fd}) (i32.const 0) (i32.const 1) (i32.const 8))) {then}"""


# Reads up to 100 bytes at a time and writes them to stdout, until there are no more.
CAT = program("""(loop
  (i32.store (i32.const 4) (i32.const 100))
  (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
  (if (i32.load (i32.const 4)) (then
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (br 1))))""")
