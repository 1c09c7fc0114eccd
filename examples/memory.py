"""Reading and writing a guest's memory: bytes, single numbers, and structures."""

from __future__ import annotations

import ctypes

from wasmtime_gen import Engine, Linker, Module, Store

TEXT = """
(module
  (memory (export "memory") 1 4)
  (data (i32.const 16) "\\01\\00\\00\\00\\02\\00\\00\\00")
  ;; The sum of the two words at an address.
  (func (export "sum") (param $at i32) (result i32)
    (i32.add (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)))))
"""


class Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_int32), ("y", ctypes.c_int32))


with Engine() as engine, Store(engine) as store:
    instance = Linker(engine).instantiate(store, Module.from_text(engine, TEXT))
    memory = instance.get_memory(store, "memory")
    total = instance.exports.sum

    print(memory[16:24], memory[16], memory.u32[20])
    memory.i32[20] = -5
    print(total(16))

    memory.write_struct(100, Point(3, 4))
    memory.pack("ii", 108, 30, 40)
    print(total(100), total(108), memory.unpack("4i", 100), memory.read_struct(108, Point).y)

    print(memory.grow(1), memory.pages, len(memory))
    try:
        memory.read(len(memory) - 2, 4)
    except IndexError as error:
        print(error)
