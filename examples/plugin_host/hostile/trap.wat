;; Traps.
(module
  (memory (export "memory") 1)
  (func $give_up (export "run") (param i32) unreachable))
