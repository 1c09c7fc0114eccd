"""What the memories of a program may take together, and what they took: of all of them, seen from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.wasi_guests import fails
from wasmtime_gen import CompletedProgram, Engine, Module, Trap, WasmtimeError, run, wat2wasm
from wasmtime_gen._process import _compiled
from wasmtime_gen._table import limits

PAGE = 1 << 16
MIB = 1 << 20


def bomb(memories: int, growths: int = 100, declared: str = "1") -> str:
    """Grow each memory by a page, so often, in turns."""
    grow = " ".join(f"(drop (memory.grow {n} (i32.const 1)))" for n in range(memories))
    return f"""(module {" ".join([f"(memory {declared})"] * memories)} (func (export "_start") (local i32)
      (loop {grow} (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const {growths}))))))"""


def resident() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) << 10


@pytest.mark.parametrize("memories", [1, 2, 3, 20, 70])
def test_the_sum_of_all_memories_is_bounded(memories: int) -> None:
    bound = 5 * MIB + 12_345
    result = run(wat2wasm(bomb(memories)), memory=bound, timeout=60)
    assert result.returncode == 0
    share = bound // memories // PAGE * PAGE
    assert result.peak_memory == memories * share <= bound


def test_a_single_memory_may_have_all_of_it() -> None:
    for pages in 1, 3:
        assert run(wat2wasm(bomb(1)), memory=pages * PAGE).peak_memory == pages * PAGE
    assert run(wat2wasm(bomb(1)), memory=0x7FFF_FFFF_FFFF_FFFF).peak_memory == 101 * PAGE
    assert run(wat2wasm(bomb(0, 1)), memory=0).peak_memory == 0
    sixty_four = '(module (memory i64 1) (func (export "_start") (drop (memory.grow (i64.const 1000)))))'
    assert run(wat2wasm(sixty_four), memory=MIB).peak_memory == PAGE
    assert run(wat2wasm(sixty_four), memory=2000 * PAGE).peak_memory == 1001 * PAGE


def test_memories_that_cannot_grow_far_leave_the_rest_to_others() -> None:
    text = """(module (memory 1 2) (memory 1) (memory 3 3) (func (export "_start") (local i32)
      (loop (drop (memory.grow 0 (i32.const 1))) (drop (memory.grow 1 (i32.const 1)))
        (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100))))))"""
    assert run(wat2wasm(text), memory=15 * PAGE).peak_memory == 15 * PAGE  # 2 + 10 + 3
    assert run(wat2wasm(text), memory=8 * PAGE).peak_memory == 8 * PAGE  # 2 + 3 + 3
    assert fails(run, wat2wasm(text), memory=7 * PAGE) == (
        WasmtimeError,
        f"the program's memories do not fit into memory={7 * PAGE}: they are {PAGE} bytes or more, {PAGE} bytes or "
        f"more, {3 * PAGE} bytes or more. Each that grows may grow to the same size, so memory={9 * PAGE} is enough",
    )
    assert run(wat2wasm(text), memory=9 * PAGE).returncode == 0


def shared(pages: int, rest: str = "") -> str:
    return f"""(module (memory (export "m") 1 {pages} shared) {rest} (func (export "_start")
      (drop (memory.grow 0 (i32.const 9))) (memory.fill 0 (i32.const 0) (i32.const 1) (i32.const 655360))))"""


def test_a_shared_memory_counts_with_its_maximum() -> None:
    engine = Engine(interruptible=True, shared_memory=True)

    def start(text: str, **keywords: Any) -> CompletedProgram:
        return run(Module(engine, wat2wasm(text)), **keywords)

    assert start(shared(20), memory=20 * PAGE).peak_memory == 10 * PAGE
    assert start(shared(20, "(memory 1)"), memory=21 * PAGE).peak_memory == 11 * PAGE
    kind, told = fails(start, shared(20, "(memory 1)"), memory=20 * PAGE)
    assert kind is WasmtimeError
    assert told == (
        f"the program's memories do not fit into memory={20 * PAGE}: they are {20 * PAGE} bytes that may be shared, "
        f"{PAGE} bytes or more. Each that grows may grow to the same size, so memory={21 * PAGE} is enough"
    )
    assert fails(start, shared(65536), memory=1 << 31)[0] is WasmtimeError
    assert fails(run, wat2wasm(shared(20)))[0] is not Trap  # the usual engine has none


OBJECTS = """(module (type $a (array (mut i8))) {memory} (table $t 10000 (ref null $a))
  (func (export "_start") (local $n i32)
    (loop (table.set $t (local.get $n) (array.new_default $a (i32.const 100000)))
      (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 9999))))))"""


def test_the_heap_of_objects_counts_as_one_memory() -> None:
    for memory in "", "(memory 1)":
        before = resident()
        result = run(wat2wasm(OBJECTS.format(memory=memory)), memory=20 * MIB, timeout=60)
        assert isinstance(result.trap, Trap)
        assert result.trap.message.startswith("GC heap out of memory")
        assert resident() - before < 40 * MIB
    assert fails(run, wat2wasm(OBJECTS.format(memory="(memory 2)")), memory=3 * PAGE)[1] == (
        f"the program's memories do not fit into memory={3 * PAGE}: they are {2 * PAGE} bytes or more, objects. Each "
        f"that grows may grow to the same size, so memory={4 * PAGE} is enough"
    )
    exceptions = '(module (memory 1) (tag $t (param i32)) (func (export "_start") (throw $t (i32.const 1))))'
    assert fails(run, wat2wasm(exceptions), memory=PAGE)[0] is WasmtimeError
    assert run(wat2wasm(exceptions), memory=4 * PAGE).returncode == 134


def test_tables_are_bounded_in_number_and_size() -> None:
    text = """(module {tables} (memory (export "m") 1) (func (export "_start") (local i32)
      (loop (drop (table.grow 0 (ref.null func) (i32.const 1000)))
        (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000))))
      (i32.store (i32.const 0) (table.size 0)) (if (i32.ne (table.size 0) (i32.const {last})) (then unreachable))))"""
    for tables, last in ("(table 0 funcref)", 10_000), ("(table 20_500 funcref) (table 1 externref)", 20_500):
        assert run(wat2wasm(text.format(tables=tables, last=last)), memory=MIB).trap is None
    assert run(wat2wasm(text.format(tables="(table 0 funcref)", last=1_000_000))).trap is None


def test_memories_are_measured_that_the_program_does_not_export() -> None:
    for exported in "", '(export "m" (memory 1))', '(export "memory 0" (func 0))':
        text = f"""(module (memory 1) (memory 2) (memory 4) {exported} (func (export "_start")
          (drop (memory.grow 2 (i32.const 8)))))"""
        assert run(wat2wasm(text)).peak_memory == 15 * PAGE
    module = Module(
        Engine(interruptible=True), wat2wasm("""(module (memory 3) (func (export "_start") unreachable))""")
    )
    result = run(module)
    assert result.peak_memory == 3 * PAGE
    twice = """(module (memory (export "a") (export "b") 5) (func (export "_start")))"""
    assert run(wat2wasm(twice)).peak_memory == 5 * PAGE
    odd = """(module (memory (export "a") 1000 (pagesize 1))
      (func (export "_start") (drop (memory.grow (i32.const 3)))))"""
    bytewise = Module(Engine(interruptible=True, wasm_custom_page_sizes=True), wat2wasm(odd))
    for bound, peak in (1002, 1000), (1003, 1003):
        assert run(bytewise, memory=bound).peak_memory == peak


def test_types_of_references_alone_are_no_objects() -> None:
    refs = """(module (type $f (func (param (ref null func) externref) (result (ref null $f)))) (memory 1)
      (func (export "_start") (drop (memory.grow (i32.const 100)))))"""
    for bound, peak in (50, 1), (101, 101):
        assert run(wat2wasm(refs), memory=bound * PAGE).peak_memory == peak * PAGE


def test_a_module_that_exports_its_memories_is_not_compiled_again() -> None:
    before = _compiled.cache_info().misses
    wasm = wat2wasm('(module (memory (export "here") 7) (func (export "_start")))')
    for copy in wasm, bytes(bytearray(wasm)):
        assert run(Module(Engine(interruptible=True), copy)).peak_memory == 7 * PAGE
    assert _compiled.cache_info().misses == before


def test_what_is_not_understood_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    wasm = wat2wasm('(module (table 1 (ref null func) (ref.null func)) (func (export "_start")))')
    monkeypatch.delitem(limits._IMMEDIATES, 0xD0)
    assert fails(run, wasm) == (
        WasmtimeError,
        "the memories of the program cannot be read from its wasm: a constant expression has the unknown opcode 0xd0",
    )
    huge = wat2wasm('(module (table i64 0xffff_ffff_ffff_ffff funcref) (func (export "_start")))')
    assert fails(run, huge, memory=0)[0] is WasmtimeError
