;; Passes a text that begins in its memory and ends beyond all of it.
(module
  (import "host" "log" (func $log (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (param i32) (call $log (i32.const 65530) (i32.const -1))))
