;; Answers with what would clear the terminal.
(module
  (import "host" "answer" (func $answer (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\1b[2J")
  (func (export "run") (param i32) (call $answer (i32.const 0) (i32.const 4))))
