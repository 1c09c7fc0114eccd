;; Takes all memory that it gets, and writes where it got none.
(module
  (memory (export "memory") 1)
  (func $eat (export "run") (param i32)
    (loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    (i32.store (i32.shl (memory.size) (i32.const 16)) (i32.const 1))))
