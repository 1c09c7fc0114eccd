"""One memory in two threads, each with a store of its own: atomic instructions of the guests keep it exact."""

from __future__ import annotations

from threading import Thread

from wasmtime_gen import Engine, Linker, Module, SharedMemory, Store

TEXT = """
(module
  (import "env" "memory" (memory 1 1 shared))
  (func (export "count") (param $times i32)
    (loop $again
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))))
"""

engine = Engine(shared_memory=True)
module = Module.from_text(engine, TEXT)
memory = SharedMemory(engine, "1 1 shared")


def count(times: int) -> None:
    with Store(engine) as store:
        linker = Linker(engine)
        linker.define(store, "env", "memory", memory)
        linker.instantiate(store, module).exports.count(times)


threads = [Thread(target=count, args=(100_000,)) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(memory.u32[0])
