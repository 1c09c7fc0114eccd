;; Asks the host to call it, again and again.
(module
  (import "host" "call" (func $call (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "recursive")
  (func (export "run") (param i32) (drop (call $call (i32.const 0) (i32.const 9) (i32.const 0) (i32.const 9)))))
