;; Calls itself for ever.
(module
  (memory (export "memory") 1)
  (func $deeper (export "run") (param i32) (call $deeper (local.get 0))))
