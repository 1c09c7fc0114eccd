;; Imports what no host gives.
(module
  (import "host" "system" (func $system (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (param i32)))
