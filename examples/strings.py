"""Strings across the border: a guest takes and returns them as an address and a length, or with a NUL at the end."""

from __future__ import annotations

from wasmtime_gen import Caller, Engine, Linker, Module, Store, i32

TEXT = """
(module
  (import "env" "log" (func $log (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "Grüße aus dem Modul")
  (data (i32.const 64) "version 1.0\\00")
  (func (export "greet") (call $log (i32.const 0) (i32.const 21)))
  (func (export "version") (result i32) (i32.const 64))
  ;; Makes capitals of ASCII letters, in place.
  (func (export "shout") (param $at i32) (param $size i32) (local $c i32)
    (loop $next
      (local.set $c (i32.load8_u (local.get $at)))
      (if (i32.and (i32.ge_u (local.get $c) (i32.const 97)) (i32.le_u (local.get $c) (i32.const 122)))
        (then (i32.store8 (local.get $at) (i32.sub (local.get $c) (i32.const 32)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (local.tee $size (i32.sub (local.get $size) (i32.const 1)))))))
"""


def log(caller: Caller, address: i32, size: i32) -> None:
    print("the guest says", caller.get_memory("memory").read_string(address, size))


with Engine() as engine, Store(engine) as store:
    linker = Linker(engine)
    linker.define_func("env", "log", log)
    instance = linker.instantiate(store, Module.from_text(engine, TEXT))
    memory = instance.get_memory(store, "memory")

    instance.exports.greet()
    print(memory.read_cstring(instance.exports.version()))

    size = memory.write_string(1024, "naïve question")
    instance.exports.shout(1024, size)
    print(memory.read_string(1024, size), size)
