;; Exports a function of its host as its own, so that the host calls itself, and no guest has a memory.
(module
  (import "host" "take" (func $take (param i32)))
  (memory (export "memory") 1)
  (export "run" (func $take)))
