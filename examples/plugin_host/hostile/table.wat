;; Takes all elements of a table that it gets, and reads where it got none.
(module
  (memory (export "memory") 1)
  (table $table 1 funcref)
  (func $eat (export "run") (param i32)
    (loop $more (br_if $more (i32.ne (table.grow $table (ref.null func) (i32.const 100)) (i32.const -1))))
    (drop (table.get $table (table.size $table)))))
