;; Runs for ever.
(module
  (memory (export "memory") 1)
  (func (export "run") (param i32) (loop (br 0))))
