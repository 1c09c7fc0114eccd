;; Throws an exception that nobody catches.
(module
  (tag $failure (param i32))
  (memory (export "memory") 1)
  (func (export "run") (param i32) (throw $failure (i32.const 7))))
