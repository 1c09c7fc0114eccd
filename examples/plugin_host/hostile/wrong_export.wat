;; Exports another function than the host calls.
(module
  (memory (export "memory") 1)
  (func (export "run") (param i64)))
