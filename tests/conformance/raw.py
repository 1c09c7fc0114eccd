"""The back end over wasmtime_capi: the same library in the way of C, to tell what is the library's own.

The process ends with the script, so little is deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import POINTER, byref, c_uint32, c_void_p, string_at
from typing import Any

import wasmtime_capi as c

from tests.conformance.backend import GLOBALS, GUEST, OPTIONS, PRINTS, Failed, Invalid, Thrown, Trapped, Unlinkable
from tests.conformance.values import WIDTHS, Number, Reference, Value

_KINDS = {
    "i32": c.WASMTIME_I32,
    "i64": c.WASMTIME_I64,
    "f32": c.WASMTIME_F32,
    "f64": c.WASMTIME_F64,
    "v128": c.WASMTIME_V128,
}
_NUMBERS = {code: kind for kind, code in _KINDS.items()}
_TOPS = {
    c.WASMTIME_FUNCREF: "func",
    c.WASMTIME_EXTERNREF: "extern",
    c.WASMTIME_ANYREF: "any",
    c.WASMTIME_EXNREF: "exn",
}
_THROWN = "thrown Wasm exception"
_NO_FINALIZER = c.wasmtime_finalizer_t()


class Raw:
    """One store of the C API."""

    def __init__(self, folder: str) -> None:
        config = c.wasm_config_new()
        for option in OPTIONS.get(folder, ()):
            getattr(c, f"wasmtime_config_{option}_set")(config, True)
        self._engine = c.wasm_engine_new_with_config(config)
        self._store = c.wasmtime_store_new(self._engine, None, _NO_FINALIZER)
        self._context = c.wasmtime_store_context(self._store)
        self._linker = c.wasmtime_linker_new(self._engine)
        c.wasmtime_linker_allow_shadowing(self._linker, True)
        self._types: dict[tuple[int, str], list[int]] = {}
        self._hosts: dict[int, Any] = {}
        self._print = c.wasmtime_func_callback_t(lambda *_: None)
        self._define_spectest(folder)
        self._guest = self.instantiate(self.compile(self.wat2wasm(GUEST)))
        self._define("table64", self._export(self._guest, "table64"))

    def _define_spectest(self, folder: str) -> None:
        for name, params in PRINTS.items():
            type_ = self._functype(params.split())
            given = b"spectest", 8, name.encode(), len(name), type_, self._print, None, _NO_FINALIZER
            _expect(c.wasmtime_linker_define_func(self._linker, *given))
        for name, (kind, number) in GLOBALS.items():
            item, value = c.wasmtime_extern_t(), c.wasmtime_val_t()
            item.kind, value.kind = c.WASMTIME_EXTERN_GLOBAL, _KINDS[kind]
            setattr(value.of, kind, number)
            global_type = c.wasm_globaltype_new(_valtype(kind), 0)
            _expect(c.wasmtime_global_new(self._context, global_type, byref(value), byref(item.of.global_)))
            self._define(name, item)
        table, null = c.wasmtime_extern_t(), c.wasmtime_val_t()
        table.kind, null.kind = c.WASMTIME_EXTERN_TABLE, c.WASMTIME_FUNCREF
        table_type = c.wasm_tabletype_new(c.wasm_valtype_new(c.WASM_FUNCREF), byref(c.wasm_limits_t(10, 20)))
        _expect(c.wasmtime_table_new(self._context, table_type, byref(null), byref(table.of.table)))
        self._define("table", table)
        memory = c.wasmtime_extern_t()
        memory.kind = c.WASMTIME_EXTERN_MEMORY
        _expect(c.wasmtime_memory_new(self._context, self._memorytype(shared=False), byref(memory.of.memory)))
        self._define("memory", memory)
        if folder == "threads":
            shared = c.wasmtime_extern_t()
            shared.kind = c.WASMTIME_EXTERN_SHAREDMEMORY
            made = POINTER(c.wasmtime_sharedmemory_t)()
            _expect(c.wasmtime_sharedmemory_new(self._engine, self._memorytype(shared=True), byref(made)))
            shared.of.sharedmemory = made
            self._define("shared_memory", shared)

    def _functype(self, params: list[str]) -> Any:
        given, none = c.wasm_valtype_vec_t(), c.wasm_valtype_vec_t()
        types = (POINTER(c.wasm_valtype_t) * len(params))(*map(_valtype, params))
        c.wasm_valtype_vec_new(byref(given), len(params), types)
        c.wasm_valtype_vec_new_empty(byref(none))
        return c.wasm_functype_new(byref(given), byref(none))

    def _memorytype(self, shared: bool) -> Any:
        made = POINTER(c.wasm_memorytype_t)()
        _expect(c.wasmtime_memorytype_new(1, True, 2, False, shared, 16, byref(made)))
        return made

    def _define(self, name: str, item: Any) -> None:
        given = b"spectest", 8, name.encode(), len(name), byref(item)
        _expect(c.wasmtime_linker_define(self._linker, self._context, *given))

    def wat2wasm(self, text: bytes) -> bytes:
        wasm = c.wasm_byte_vec_t()
        error = c.wasmtime_wat2wasm(text, len(text), byref(wasm))
        if error:
            raise Invalid(_message(error))
        found = string_at(wasm.data, wasm.size)
        c.wasm_byte_vec_delete(byref(wasm))
        return found

    def compile(self, wasm: bytes) -> Any:
        module = POINTER(c.wasmtime_module_t)()
        error = c.wasmtime_module_new(self._engine, wasm, len(wasm), byref(module))
        if error:
            raise Invalid(_message(error))
        return module

    def instantiate(self, module: Any) -> Any:
        instance, trap = c.wasmtime_instance_t(), POINTER(c.wasm_trap_t)()
        error = c.wasmtime_linker_instantiate(self._linker, self._context, module, byref(instance), byref(trap))
        if trap:
            raise self._trapped(trap)
        if error:
            message = _message(error)
            if message.startswith(("unknown import", "incompatible import type")):
                raise Unlinkable(message)
            raise self._thrown(message) if _THROWN in message else Trapped(message)
        return instance

    def register(self, name: str, instance: Any) -> None:
        encoded = name.encode()
        given = encoded, len(encoded), byref(instance)
        _expect(c.wasmtime_linker_define_instance(self._linker, self._context, *given))

    def invoke(self, instance: Any, name: str, args: Sequence[Value]) -> list[Value]:
        item = self._export(instance, name)
        if item.kind != c.WASMTIME_EXTERN_FUNC:
            raise Failed(f"{name} is no function")
        function, trap = byref(item.of.func), POINTER(c.wasm_trap_t)()
        count = self._result_count(instance, name, function)
        given, results = (c.wasmtime_val_t * len(args))(*map(self._to_native, args)), (c.wasmtime_val_t * count)()
        error = c.wasmtime_func_call(self._context, function, given, len(args), results, count, byref(trap))
        if trap:
            raise self._trapped(trap)
        if error:
            raise Failed(_message(error))
        return [self._of_native(value) for value in results]

    def _result_count(self, instance: Any, name: str, function: Any) -> int:
        key = instance._private, name
        if key not in self._types:
            type_ = c.wasmtime_func_type(self._context, function)
            self._types[key] = [c.wasm_functype_results(type_).contents.size]
            c.wasm_functype_delete(type_)
        return self._types[key][0]

    def get(self, instance: Any, name: str) -> Value:
        value = c.wasmtime_val_t()
        c.wasmtime_global_get(self._context, byref(self._export(instance, name).of.global_), byref(value))
        return self._of_native(value)

    def _export(self, instance: Any, name: str) -> Any:
        found, encoded = c.wasmtime_extern_t(), name.encode()
        given = byref(instance), encoded, len(encoded), byref(found)
        if not c.wasmtime_instance_export_get(self._context, *given):
            raise Failed(f"there is no export {name!r}")
        return found

    def _trapped(self, trap: Any) -> Failed:
        text = c.wasm_byte_vec_t()
        c.wasm_trap_message(trap, byref(text))
        message = string_at(text.data, text.size).rstrip(b"\0").decode()
        c.wasm_byte_vec_delete(byref(text))
        c.wasm_trap_delete(trap)
        return self._thrown(message) if _THROWN in message else Trapped(message)

    def _thrown(self, message: str) -> Thrown:
        exception = c.wasmtime_exnref_t()
        taken = c.wasmtime_context_take_exception(self._context, byref(exception))
        return Thrown(message if taken else f"{message}, but none is pending")

    def _host(self, number: int | None) -> Any:
        """An externref to this number, rooted for good."""
        assert number is not None
        if number not in self._hosts:
            reference = c.wasmtime_externref_t()
            data = c_void_p(number + 1)  # no null pointer
            if not c.wasmtime_externref_new(self._context, data, _NO_FINALIZER, byref(reference)):
                raise Failed("no externref could be made")
            self._hosts[number] = reference
        return self._hosts[number]

    def _to_native(self, value: Value) -> Any:
        made = c.wasmtime_val_t()
        if isinstance(value, Number):
            made.kind = _KINDS[value.kind]
            made.of.v128[:] = list(value.bits.to_bytes(16, "little"))
        elif value.kind in ("extern", "host"):
            made.kind = c.WASMTIME_EXTERNREF
            c.wasmtime_externref_clone(byref(self._host(value.number)), byref(made.of.externref))
            return self._through("inward", made) if value.kind == "host" else made
        else:
            assert value.kind == "null", value
            made.kind = next(code for code, top in _TOPS.items() if top == (value.top or "any"))
        return made

    def _through(self, name: str, value: Any) -> Any:
        """What the guest's function makes of a reference."""
        item, result, trap = self._export(self._guest, name), c.wasmtime_val_t(), POINTER(c.wasm_trap_t)()
        given = byref(item.of.func), byref(value), 1, byref(result), 1, byref(trap)
        _expect(c.wasmtime_func_call(self._context, *given))
        return result

    def _of_native(self, value: Any) -> Value:
        if value.kind in _NUMBERS:
            kind = _NUMBERS[value.kind]
            return Number(kind, int.from_bytes(bytes(value.of.v128)[: WIDTHS[kind] // 8], "little"))
        top = _TOPS[value.kind]
        if value.of.anyref.store_id == 0:
            return Reference("null", top)
        if top == "any":
            return self._of_any(value)
        if top == "extern":
            data: Any = c.wasmtime_externref_data(self._context, byref(value.of.externref))
            return Reference("extern", number=data - 1 if data else None)
        return Reference(top)

    def _of_any(self, value: Any) -> Reference:
        reference, number = byref(value.of.anyref), c_uint32()
        if c.wasmtime_anyref_i31_get_u(self._context, reference, byref(number)):
            return Reference("i31", number=number.value)
        if c.wasmtime_anyref_is_struct(self._context, reference):
            return Reference("struct")
        if c.wasmtime_anyref_is_array(self._context, reference):
            return Reference("array")
        outward = self._of_native(self._through("outward", value))
        return Reference("host", number=outward.number if isinstance(outward, Reference) else None)


def _valtype(kind: str) -> Any:
    return c.wasm_valtype_new({"i32": c.WASM_I32, "i64": c.WASM_I64, "f32": c.WASM_F32, "f64": c.WASM_F64}[kind])


def _expect(error: Any) -> None:
    if error:
        raise Failed(_message(error))


def _message(error: Any) -> str:
    text = c.wasm_byte_vec_t()
    c.wasmtime_error_message(error, byref(text))
    told = string_at(text.data, text.size).decode(errors="replace")
    c.wasm_byte_vec_delete(byref(text))
    c.wasmtime_error_delete(error)
    return told
