"""The back end over the public API of wasmtime_gen: nothing else is imported from it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import wasmtime_gen as w
from tests.conformance.backend import GLOBALS, GUEST, OPTIONS, PRINTS, Invalid, Thrown, Trapped, Unlinkable
from tests.conformance.values import WIDTHS, Number, Reference, Value

_DOUBLE, _BITS = struct.Struct("<d"), struct.Struct("<Q")


class HostValue:
    """What (ref.extern N) and (ref.host N) refer to."""

    def __init__(self, number: int) -> None:
        self.number = number


class Public:
    """One store of wasmtime_gen."""

    def __init__(self, folder: str) -> None:
        options: dict[str, Any] = dict.fromkeys(OPTIONS.get(folder, ()), True)
        self._engine = w.Engine(w.Config(**options))
        self._store = store = w.Store(self._engine)
        self._linker = linker = w.Linker(self._engine)
        self._hosts: dict[int, HostValue] = {}
        self._calls: dict[tuple[int, str], Any] = {}
        linker.allow_shadowing = True
        for name, params in PRINTS.items():
            linker.define_func("spectest", name, lambda *_: None, w.FuncType(params.split(), []))
        for name, (kind, value) in GLOBALS.items():
            linker.define(store, "spectest", name, w.Global(store, kind, value))
        linker.define(store, "spectest", "memory", w.Memory(store, "1 2"))
        linker.define(store, "spectest", "table", w.Table(store, "10 20 funcref"))
        if folder == "threads":
            linker.define(store, "spectest", "shared_memory", w.SharedMemory(self._engine, "1 2 shared"))
        self._guest: Any = linker.instantiate(store, w.Module(self._engine, w.wat2wasm(GUEST))).exports
        linker.define(store, "spectest", "table64", self._guest.table64)

    def wat2wasm(self, text: bytes) -> bytes:
        try:
            return w.wat2wasm(text)
        except w.ValidationError as error:
            raise Invalid(str(error)) from None

    def compile(self, wasm: bytes) -> w.Module:
        try:
            return w.Module(self._engine, wasm)
        except (w.ValidationError, w.CompileError) as error:
            raise Invalid(str(error)) from None

    def instantiate(self, module: w.Module) -> w.Instance:
        try:
            return self._linker.instantiate(self._store, module)
        except w.LinkError as error:
            unknown = any(problem.missing for problem in error.problems)
            kind = "unknown import" if unknown else "incompatible import type"
            raise Unlinkable(f"{kind}: {error}") from None
        except w.WasmtimeError as error:
            raise self._failure(error) from None

    def register(self, name: str, instance: w.Instance) -> None:
        self._linker.define_instance(self._store, name, instance)

    def invoke(self, instance: w.Instance, name: str, args: Sequence[Value]) -> list[Value]:
        function = instance.get_function(self._store, name)
        type_ = function.type
        by_bits = w.ValType.f32 in (*type_.params, *type_.results)  # a float tells all of an f64
        key = id(instance), name
        if key not in self._calls:
            self._calls[key] = function.by_bits() if by_bits else function, instance
        given = [self._to_python(value, by_bits) for value in args]
        try:
            found = self._calls[key][0](*given)
        except w.WasmtimeError as error:
            raise self._failure(error) from None
        types = type_.results
        values = found if len(types) > 1 else (found,) if types else ()
        return [self._of_python(each, value) for each, value in zip(types, values, strict=True)]

    def get(self, instance: w.Instance, name: str) -> Value:
        item = instance.get_global(self._store, name)
        return self._of_python(item.type.content, item.bits)

    def _failure(self, error: w.WasmtimeError) -> Exception:
        if isinstance(error, w.WasmException):
            return Thrown(str(error))
        return Trapped(error.message) if isinstance(error, w.Trap) else error

    def _host(self, number: int | None) -> HostValue:
        assert number is not None
        return self._hosts.setdefault(number, HostValue(number))

    def _to_python(self, value: Value, by_bits: bool) -> Any:
        if isinstance(value, Number):
            return value.bits if by_bits or value.kind != "f64" else _DOUBLE.unpack(_BITS.pack(value.bits))[0]
        if value.kind == "extern":
            return self._host(value.number)
        if value.kind == "host":
            return self._guest.inward(self._host(value.number))
        assert value.kind == "null", value
        return None

    def _of_python(self, type_: w.ValType, value: Any) -> Value:
        if not type_.is_ref:
            if type_.kind == "v128":
                return Number("v128", int.from_bytes(value, "little"))
            width = WIDTHS[type_.kind]
            if isinstance(value, float):
                assert type_.kind == "f64", value
                return Number("f64", _BITS.unpack(_DOUBLE.pack(value))[0])
            assert type(value) is int, value
            assert -(1 << width - 1) <= value < 1 << width - 1, value
            return Number(type_.kind, value % (1 << width))
        if value is None:
            return Reference("null", type_.top or "")
        if isinstance(value, HostValue):
            assert self._hosts[value.number] is value
            return Reference("extern", number=value.number)
        if isinstance(value, int):
            return Reference("i31", number=value)
        if isinstance(value, w.AnyRef):
            return self._of_any(value)
        kinds = {w.Func: "func", w.ExternRef: "extern", w.ExnRef: "exn"}
        return Reference(next(kind for class_, kind in kinds.items() if isinstance(value, class_)))

    def _of_any(self, value: w.AnyRef) -> Reference:
        heap = value.type.heap
        if isinstance(heap, (w.StructType, w.ArrayType)):
            return Reference("struct" if isinstance(heap, w.StructType) else "array")
        if isinstance(heap, w.OpaqueType):
            return Reference(heap.form)
        outward = self._guest.outward(value)
        return Reference("host", number=outward.number if isinstance(outward, HostValue) else None)
