;; Stores for ever, each time under another key of four letters.
(module
  (import "host" "set" (func $set (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (param i32)
    (loop $next
      (i32.store (i32.const 0) (i32.and (i32.add (i32.load (i32.const 0)) (i32.const 1)) (i32.const 0x7f7f7f7f)))
      (call $set (i32.const 0) (i32.const 4) (i32.const 8) (i32.const 60000))
      (br $next))))
