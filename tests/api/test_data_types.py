"""What type checkers make of memories, tables and globals."""

from __future__ import annotations

from pathlib import Path

from tests.api.snippets import check_snippet

SNIPPET = """
import ctypes

from wasmtime_gen import Global, Instance, Memory, SharedMemory, Store, Table


class Point(ctypes.Structure):
    pass


def use(instance: Instance, store: Store, memory: Memory, shared: SharedMemory, table: Table, number: Global) -> None:
    reveal_type(instance.get_memory(store, "m"))  # Memory
    reveal_type(instance.get_shared_memory(store, "m"))  # SharedMemory
    reveal_type(instance.get_table(store, "t"))  # Table
    reveal_type(instance.get_global(store, "g"))  # Global
    reveal_type(instance.get_tag(store, "e"))  # Tag
    reveal_type(memory.read(0, 4))  # bytes
    reveal_type(memory[0])  # int
    reveal_type(memory[0:4])  # bytes
    reveal_type(memory.u32[0])  # int
    reveal_type(memory.f64[0])  # float
    memory.f64[0] = 1
    memory.u32[0] = 1.5  # error: assignment
    memory[0] = b"a"  # error: call-overload
    memory[0:4] = bytearray(4)
    memory.write(0, "text")  # error: arg-type
    reveal_type(memory.view())  # memoryview[int]
    reveal_type(memory.read_string(0, 4))  # str
    reveal_type(memory.write_string(0, "a"))  # int
    reveal_type(memory.read_struct(0, Point))  # snippet.Point
    reveal_type(memory.type)  # MemoryType
    reveal_type(memory.grow(1))  # int
    reveal_type(shared.u8[0])  # int
    reveal_type(shared.type)  # MemoryType
    reveal_type(table[0])  # Any
    reveal_type(table[0:2])  # list[Any]
    reveal_type(table.grow(1))  # int
    reveal_type(table.type)  # TableType
    reveal_type(number.type)  # GlobalType
    number.value = 5
"""


def test_types_are_what_a_checker_should_see(tmp_path: Path) -> None:
    check_snippet(SNIPPET, tmp_path)
