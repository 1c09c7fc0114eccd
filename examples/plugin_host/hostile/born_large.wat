;; Begins with more memory than it may have.
(module
  (memory (export "memory") 65536)
  (func (export "run") (param i32)))
