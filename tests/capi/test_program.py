"""A whole program in the style of C: compile, link, call both ways, trap, and delete everything."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import POINTER, byref, c_void_p, cast, py_object, string_at
from typing import Any

import pytest
import wasmtime_capi as c

TEXT = b"""
(module
  (import "host" "double" (func $double (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "quadruple") (param i32) (result i32) (call $double (call $double (local.get 0))))
  (func (export "fail") unreachable)
  (func (export "divide") (param i64 f64) (result f64 i64) (local.get 1) (i64.div_s (i64.const 1) (local.get 0))))
"""


def message(error: Any) -> str:
    """The message of an error, which is deleted."""
    text = c.wasm_byte_vec_t()
    c.wasmtime_error_message(error, byref(text))
    told = string_at(text.data, text.size).decode()
    c.wasm_byte_vec_delete(byref(text))
    c.wasmtime_error_delete(error)
    return told


def compiled(engine: Any, text: bytes) -> Any:
    wasm, module = c.wasm_byte_vec_t(), POINTER(c.wasmtime_module_t)()
    error = c.wasmtime_wat2wasm(text, len(text), byref(wasm))
    assert not error, message(error)
    assert string_at(wasm.data, 4) == b"\0asm"
    error = c.wasmtime_module_new(engine, cast(wasm.data, c_void_p), wasm.size, byref(module))
    assert not error, message(error)
    c.wasm_byte_vec_delete(byref(wasm))
    return module


class Program:
    """The module above, instantiated: what C holds in local variables."""

    def __init__(self) -> None:
        self.doubled: list[int] = []
        self.host_error = b""
        self.engine = c.wasm_engine_new()
        self.finalized: list[Any] = []
        self._finalize = c.wasmtime_finalizer_t(
            lambda data: self.finalized.append(cast(c_void_p(data), py_object).value)
        )
        self._data = py_object(self)
        self.store = c.wasmtime_store_new(self.engine, cast(id(self), c_void_p), self._finalize)
        self.context = c.wasmtime_store_context(self.store)
        self.module = compiled(self.engine, TEXT)
        self.instance = self._instantiate()

    def _instantiate(self) -> Any:
        self._callback = c.wasmtime_func_callback_t(self._double)  # C holds it, Python has to keep it
        type_ = c.wasm_functype_new_1_1(c.wasm_valtype_new_i32(), c.wasm_valtype_new_i32())
        import_, instance, trap = c.wasmtime_extern_t(), c.wasmtime_instance_t(), POINTER(c.wasm_trap_t)()
        import_.kind = c.WASMTIME_EXTERN_FUNC
        no_finalizer = c.wasmtime_finalizer_t()
        c.wasmtime_func_new(self.context, type_, self._callback, None, no_finalizer, byref(import_.of.func))
        c.wasm_functype_delete(type_)
        error = c.wasmtime_instance_new(self.context, self.module, byref(import_), 1, byref(instance), byref(trap))
        assert not error, message(error)
        assert not trap
        return instance

    def _double(self, env: Any, caller: Any, args: Any, nargs: int, results: Any, nresults: int) -> int | None:
        assert (nargs, nresults, args[0].kind) == (1, 1, c.WASMTIME_I32)
        if self.host_error:
            return cast(c.wasmtime_trap_new(self.host_error, len(self.host_error)), c_void_p).value
        self.doubled.append(args[0].of.i32)
        results[0].kind, results[0].of.i32 = c.WASMTIME_I32, args[0].of.i32 * 2
        return None

    def export(self, name: bytes) -> Any:
        found = c.wasmtime_extern_t()
        assert c.wasmtime_instance_export_get(self.context, byref(self.instance), name, len(name), byref(found))
        return found

    def call(self, name: bytes, *args: tuple[int, str, float], results: int) -> tuple[list[Any], Any, Any]:
        given, out = (c.wasmtime_val_t * len(args))(), (c.wasmtime_val_t * results)()
        for value, (kind, field, number) in zip(given, args, strict=True):
            value.kind = kind
            setattr(value.of, field, number)
        func, trap = self.export(name), POINTER(c.wasm_trap_t)()
        assert func.kind == c.WASMTIME_EXTERN_FUNC
        error = c.wasmtime_func_call(self.context, byref(func.of.func), given, len(given), out, len(out), byref(trap))
        fields = {c.WASMTIME_I32: "i32", c.WASMTIME_I64: "i64", c.WASMTIME_F64: "f64"}
        return ([getattr(v.of, fields[v.kind]) for v in out] if not trap and not error else []), trap, error

    def close(self) -> None:
        c.wasmtime_module_delete(self.module)
        c.wasmtime_store_delete(self.store)
        c.wasm_engine_delete(self.engine)


@pytest.fixture
def program() -> Iterator[Program]:
    made = Program()
    yield made
    made.close()
    assert made.finalized == [made]


def i32(value: int) -> tuple[int, str, float]:
    return c.WASMTIME_I32, "i32", value


def trap_message(trap: Any) -> str:
    """Its message, without the NUL that ends it in C."""
    text = c.wasm_message_t()
    c.wasm_trap_message(trap, byref(text))
    told = string_at(text.data, text.size)
    c.wasm_byte_vec_delete(byref(text))
    return told.rstrip(b"\0").decode()


def test_an_exported_function_adds(program: Program) -> None:
    results, trap, error = program.call(b"add", i32(40), i32(2), results=1)
    assert (results, bool(trap), bool(error)) == ([42], False, False)
    assert program.call(b"add", i32(2**31 - 1), i32(1), results=1)[0] == [-(2**31)]


def test_wasm_calls_a_host_function(program: Program) -> None:
    assert program.call(b"quadruple", i32(5), results=1)[0] == [20]
    assert program.doubled == [5, 10]


def test_values_of_other_kinds_pass_in_both_directions(program: Program) -> None:
    args = (c.WASMTIME_I64, "i64", -1), (c.WASMTIME_F64, "f64", 0.5)
    assert program.call(b"divide", *args, results=2)[0] == [0.5, -1]


@pytest.mark.parametrize(
    ("call", "code", "text"),
    [
        ((b"fail", (), 0), "WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED", "wasm trap: wasm `unreachable` instruction"),
        ((b"divide", (0, 0.0), 2), "WASMTIME_TRAP_CODE_INTEGER_DIVISION_BY_ZERO", "wasm trap: integer divide by zero"),
    ],
)
def test_a_trap_has_a_code_and_a_message(program: Program, call: tuple[bytes, Any, int], code: str, text: str) -> None:
    name, numbers, results = call
    args = [(c.WASMTIME_I64, "i64", numbers[0]), (c.WASMTIME_F64, "f64", numbers[1])] if numbers else []
    _, trap, error = program.call(name, *args, results=results)
    assert trap
    assert not error
    got = c.wasmtime_trap_code_t()
    assert c.wasmtime_trap_code(trap, byref(got))
    assert c.wasmtime_trap_code_enum(got.value) == getattr(c, code)
    assert text in trap_message(trap)
    c.wasm_trap_delete(trap)


def test_what_the_host_refuses_comes_back_with_its_message_and_frames(program: Program) -> None:
    """A trap that is a message only comes as an error, which has frames as a trap has."""
    program.host_error = b"the host says no"
    _, trap, error = program.call(b"quadruple", i32(1), results=1)
    assert not trap
    assert error
    frames = c.wasm_frame_vec_t()
    c.wasmtime_error_wasm_trace(error, byref(frames))
    assert [c.wasm_frame_func_index(frames.data[index]) for index in range(frames.size)] == [2]
    c.wasm_frame_vec_delete(byref(frames))
    assert "the host says no" in message(error)


def test_a_wrong_call_is_an_error_with_a_message(program: Program) -> None:
    results, trap, error = program.call(b"add", i32(1), results=1)
    assert (results, bool(trap), bool(error)) == ([], False, True)
    assert message(error) == "expected 2 arguments, got 1"


def test_wrong_text_is_an_error_with_a_message() -> None:
    wasm = c.wasm_byte_vec_t()
    error = c.wasmtime_wat2wasm(b"(module", 7, byref(wasm))
    assert error
    assert message(error).startswith("expected `)`")


def test_memory_is_read_and_written_in_place(program: Program) -> None:
    memory = program.export(b"memory")
    assert memory.kind == c.WASMTIME_EXTERN_MEMORY
    held = byref(memory.of.memory)
    size, start = c.wasmtime_memory_data_size(program.context, held), c.wasmtime_memory_data(program.context, held)
    assert size == c.MEMORY_PAGE_SIZE == 65536
    start[size - 1] = 0xFF
    assert string_at(start, size) == bytes(size - 1) + b"\xff"


def test_the_store_keeps_its_data_until_it_is_deleted(program: Program) -> None:
    assert c.wasmtime_context_get_data(program.context) == id(program)
    assert program.finalized == []


def test_a_module_lists_its_exports_in_order(program: Program) -> None:
    exports = c.wasm_exporttype_vec_t()
    c.wasmtime_module_exports(program.module, byref(exports))
    names = [c.wasm_exporttype_name(exports.data[index]).contents for index in range(exports.size)]
    assert [string_at(n.data, n.size) for n in names] == [b"memory", b"add", b"quadruple", b"fail", b"divide"]
    c.wasm_exporttype_vec_delete(byref(exports))
