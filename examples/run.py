"""Programs from start to end, as subprocess.run() does it: with bounds on time, instructions, memory and output."""

from wasmtime_gen import CalledProgramError, GuestTimeout, run, wat2wasm

# What a compiler makes of: copy stdin to stdout, then end with 3, or never if there was nothing.
COPY = wat2wasm("""
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\64\\00\\00\\00")
  (func (export "_start")
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (loop (br_if 0 (i32.eqz (i32.load (i32.const 4)))))
    (call $exit (i32.const 3))))
""")

result = run(COPY, input="Hello from stdin!", timeout=10, fuel=10_000, memory=1 << 20)
print(result.returncode, result.stdout, result.peak_memory)

run(COPY, input="As it comes", stdout=lambda data: print(data.decode()))
try:
    run(COPY, input="Checked", check=True)
except CalledProgramError as error:
    print(error)
try:
    run(COPY, timeout=0.1)
except GuestTimeout as error:
    print(error.message)
