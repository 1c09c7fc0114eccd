"""What does it cost to get at a guest's data: memory, globals and tables, as users write it?

The peer's memory is read by `memory.read(store, start, stop)`; its numpy view is the one that its own documentation
shows, over get_buffer_ptr().
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy

from bench.contest import Contest, Row, statement
from bench.guests import Pair, pair

_GUEST = """
(module
  (memory (export "memory") 600)
  (global (export "number") (mut i32) (i32.const 7))
  (table (export "table") 10 funcref)
  (func $one (export "one"))
  (elem (table 0) (i32.const 0) func $one $one)
  (data (i32.const 1024) "a string of some length, as messages have\\00"))
"""
_KIB, _MIB = 1024, 1024**2


@cache
def _guest() -> Pair:
    names: dict[str, Any] = {f"bytes_{size}": bytes(size) for size in (4, 64 * _KIB, 16 * _MIB)}
    made = pair(_GUEST, numpy=numpy, message="naïve text for a guest", frombuffer=numpy.frombuffer, **names)
    exports = made.ours["instance"].exports
    for name in ("memory", "number", "table", "one"):
        made.ours[name] = exports[name]
    return made


def _row(ours: str, peer: str, operations: int = 1) -> Contest:
    guest = _guest()
    return Contest(statement(ours, guest.ours, operations), statement(peer, guest.peer, operations))


def _copy(write: bool) -> Contest:
    """16 MiB into and out of the memory, against Python's plain copy of the same bytes."""
    names = {**_guest().ours, "plain": _guest().ours["memory"].view()}
    if write:
        return Contest(
            statement("memory.write(0, bytes_16777216)", names), statement("plain[0:16777216] = bytes_16777216", names)
        )
    return Contest(statement("memory.read(0, 16777216)", names), statement("bytes(plain[0:16777216])", names))


def rows() -> list[Row]:
    made = []
    for size, title in ((4, "4 bytes"), (64 * _KIB, "64 KiB"), (16 * _MIB, "16 MiB")):
        made += [
            Row(f"read {title}", partial(_row, f"memory.read(0, {size})", f"memory.read(store, 0, {size})")),
            Row(
                f"write {title}",
                partial(_row, f"memory.write(0, bytes_{size})", f"memory.write(store, bytes_{size}, 0)"),
            ),
        ]
    note = "the other side is a bare copy between a memoryview of the same bytes and bytes"
    made += [
        Row("read 16 MiB at memory speed", partial(_copy, False), note=note),
        Row("write 16 MiB at memory speed", partial(_copy, True), note=note),
        Row("slice of 4 bytes", partial(_row, "memory[0:4]", "memory.read(store, 0, 4)")),
        Row(
            "read one u32",
            partial(_row, "memory.u32[8]", "int.from_bytes(memory.read(store, 8, 12), 'little')"),
        ),
        Row(
            "write one u32",
            partial(_row, "memory.u32[8] = 77", "memory.write(store, (77).to_bytes(4, 'little'), 8)"),
        ),
        Row(
            "read a string",
            partial(_row, "memory.read_string(1024, 41)", "memory.read(store, 1024, 1065).decode()"),
        ),
        Row(
            "read a C string",
            partial(
                _row,
                "memory.read_cstring(1024)",
                "bytes(memory.read(store, 1024, 1280)).partition(b'\\0')[0].decode()",
            ),
        ),
        Row(
            "write a string",
            partial(_row, "memory.write_string(2048, message)", "memory.write(store, message.encode(), 2048)"),
        ),
        Row(
            "numpy view",
            partial(_row, "memory.numpy()", "frombuffer(memory.get_buffer_ptr(store), numpy.uint8)"),
        ),
        Row("memoryview", partial(_row, "memory.view()", "memoryview(memory.get_buffer_ptr(store))")),
        Row("global get", partial(_row, "number.value", "number.value(store)")),
        Row("global set", partial(_row, "number.value = 5", "number.set_value(store, 5)")),
        Row("table get", partial(_row, "table[1]", "table.get(store, 1)")),
        Row("table set", partial(_row, "table[1] = one", "table.set(store, 1, one)")),
    ]
    return made
