"""The memories that tests of memory run on: each kind that is read and written in another way."""

from __future__ import annotations

from collections.abc import Callable

from wasmtime_gen import Engine, Linker, Memory, Module, SharedMemory, Store

PAGE = 65536


def _exported(engine: Engine, type_: str) -> Memory:
    store = Store(engine)
    module = Module.from_text(engine, f'(module (memory (export "m") {type_}))')
    return Linker(engine).instantiate(store, module).get_memory(store, "m")


def small(engine: Engine | None = None) -> Memory:
    """The default 32-bit memory, which cannot move."""
    return Memory(Store(engine or Engine()), "1 10")


#: Each makes a memory of one page that can grow to ten.
KINDS: dict[str, Callable[[], Memory | SharedMemory]] = {
    "32-bit": small,
    "exported": lambda: _exported(Engine(), "1 10"),
    "64-bit": lambda: _exported(Engine(), "i64 1 10"),
    "64-bit that stays": lambda: _exported(Engine(memory_may_move=False), "i64 1 10"),
    "small reservation": lambda: _exported(Engine(memory_reservation=0, memory_reservation_for_growth=0), "1 10"),
    "without signals": lambda: _exported(Engine(signals_based_traps=False), "1 10"),
    "shared": lambda: SharedMemory(Engine(shared_memory=True), "1 10 shared"),
}
STAYING = ("32-bit", "exported", "64-bit that stays", "shared")
MOVING = tuple(kind for kind in KINDS if kind not in STAYING)
