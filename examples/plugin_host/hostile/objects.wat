;; Makes a chain of objects that the garbage collector cannot free.
(module
  (type $link (struct (field (ref null $link)) (field i64)))
  (memory (export "memory") 1)
  (global $chain (mut (ref null $link)) (ref.null $link))
  (func $chain_up (export "run") (param i32)
    (loop (global.set $chain (struct.new $link (global.get $chain) (i64.const 1))) (br 0))))
