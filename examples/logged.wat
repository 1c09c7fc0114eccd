(module
  (import "env" "log" (func $log (param i32)))
  (func (export "count-down") (param $from i32) (result i32)
    (local $steps i32)
    (loop
      (call $log (local.get $from))
      (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
      (br_if 0 (local.tee $from (i32.sub (local.get $from) (i32.const 1)))))
    (local.get $steps)))
