(module
  (import "env" "log" (func $log (param i32 i32)))
  (func $gcd (export "gcd") (param $a i32) (param $b i32) (result i32)
    (call $log (local.get $a) (local.get $b))
    (if (result i32) (i32.eqz (local.get $b))
      (then (local.get $a))
      (else (call $gcd (local.get $b) (i32.rem_u (local.get $a) (local.get $b)))))))
