;; Runs for ever before it is asked for anything.
(module
  (memory (export "memory") 1)
  (func $spin (loop (br 0)))
  (start $spin)
  (func (export "run") (param i32)))
