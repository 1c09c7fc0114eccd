"""What an engine is really set to: the library writes it into each compiled module, and tells it nowhere else."""

from __future__ import annotations

import struct
from ctypes import byref, c_void_p
from typing import NamedTuple

from tests.api import natives as c
from wasmtime_gen._config.config import Config

EMPTY = b"\0asm\1\0\0\0"


class Settings(NamedTuple):
    target: str
    shared_flags: dict[str, str | int | bool]  # those of Cranelift, for all processors
    machine_flags: dict[str, str | int | bool]  # those for the processor
    rest: bytes  # tunables and WebAssembly features, in a form that only the library knows


def settings(config: Config) -> Settings:
    """What an engine of this Config compiles with."""
    engine, module, image = c.wasm_engine_new_with_config(config._make_native()), c_void_p(), c.wasm_byte_vec_t()
    assert not c.wasmtime_module_new(engine, EMPTY, len(EMPTY), byref(module))
    assert not c.wasmtime_module_serialize(module.value, byref(image))
    found = _decoded(_section(bytes(image.data[: image.size]), b".wasmtime.engine"))
    c.wasm_byte_vec_delete(byref(image))
    c.wasmtime_module_delete(module.value)
    c.wasm_engine_delete(engine)
    return found


def compiles(config: Config) -> bool:
    """Whether an engine of this Config compiles a module at all."""
    engine, module = c.wasm_engine_new_with_config(config._make_native()), c_void_p()
    error = c.wasmtime_module_new(engine, EMPTY, len(EMPTY), byref(module))
    if error:
        c.wasmtime_error_delete(error)
    else:
        c.wasmtime_module_delete(module.value)
    c.wasm_engine_delete(engine)
    return not error


def _section(elf: bytes, name: bytes) -> bytes:
    (headers,) = struct.unpack_from("<Q", elf, 0x28)
    count, names = struct.unpack_from("<HH", elf, 0x3C)
    # name, type, flags, address, offset, size, ...
    rows = [struct.unpack_from("<IIQQQQ", elf, headers + 64 * number) for number in range(count)]
    strings = rows[names][4]
    (found,) = (row for row in rows if elf[strings + row[0] :].startswith(name + b"\0"))
    return elf[found[4] : found[4] + found[5]]


def _decoded(data: bytes) -> Settings:
    """The library writes with `postcard`: lengths and counts are LEB128, and a tag tells the kind of a flag's value."""
    at = 2 + data[1]  # a format number, and the version with its length

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def text() -> str:
        nonlocal at
        size = number()
        at += size
        return data[at - size : at].decode()

    def flag() -> tuple[str, str | int | bool]:
        name, kind = text(), number()
        return name, (text() if kind == 0 else number() if kind == 1 else bool(number()))

    target = text()
    shared = dict(flag() for _ in range(number()))
    machine = dict(flag() for _ in range(number()))
    return Settings(target, shared, machine, data[at:])
