"""Guests in a pool of processes: the module travels by pickle and is compiled once in each worker."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from wasmtime_gen import Engine, Linker, Module, Store

TEXT = """
(module
  (func (export "triangle") (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (local.get $n)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
"""


def triangle(module: Module, n: int) -> int:
    # The engine is the one of this process: all modules with the same Config arrive on it.
    store = Store(module.engine)
    result: int = Linker(module.engine).instantiate(store, module).exports.triangle(n)
    return result


if __name__ == "__main__":
    module = Module.from_text(Engine(), TEXT)
    # "fork" and "forkserver" work as well; from Python 3.12 on, a fork warns about the threads that compile.
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        print(list(pool.map(partial(triangle, module), [1, 10, 100])))
