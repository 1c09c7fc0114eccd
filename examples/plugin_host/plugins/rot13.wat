;; Turns each Latin letter into the one 13 places on. It asks for its text, changes it in place, and answers with it.
(module
  (import "host" "take" (func $take (param $address i32)))
  (import "host" "answer" (func $answer (param $address i32) (param $size i32)))
  (memory (export "memory") 1)

  (func (export "run") (param $size i32) (local $at i32) (local $letter i32)
    ;; The memory must have room for the text, or host and guest would stop at its end.
    (if (i32.gt_u (local.get $size) (i32.const 65536))
      (then (drop (memory.grow (i32.shr_u (local.get $size) (i32.const 16))))))
    (call $take (i32.const 0))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $size)))
        (i32.store8 (local.get $at) (call $turned (i32.load8_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (call $answer (i32.const 0) (local.get $size)))

  (func $turned (param $byte i32) (result i32) (local $place i32)
    ;; The place in the alphabet, of a capital or a small letter: 0x20 is what they differ by.
    (local.set $place (i32.sub (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 97)))
    (if (i32.ge_u (local.get $place) (i32.const 26)) (then (return (local.get $byte))))
    (if (result i32) (i32.lt_u (local.get $place) (i32.const 13))
      (then (i32.add (local.get $byte) (i32.const 13)))
      (else (i32.sub (local.get $byte) (i32.const 13))))))
