;; Exits, as if it were a program of its own.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "run") (param i32) (call $exit (i32.const 3))))
