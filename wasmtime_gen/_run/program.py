"""A program for run(): what it is given as, and the module and the footprint of it."""

from __future__ import annotations

import os

from wasmtime_gen._config.config import Config
from wasmtime_gen._engine import Engine
from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._module import Module, _binary, _read, wat2wasm
from wasmtime_gen._process import _compiled, process_engine
from wasmtime_gen._run.footprint import Footprint, footprint
from wasmtime_gen._types.functype import FuncType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import TypeAlias

    Program: TypeAlias = "str | PathLike[str] | bytes | bytearray | memoryview | Module"


def check_program(program: Program) -> None:
    """Raise TypeError for what can be no program, also if it says that it is one."""
    if not issubclass(type(program), (str, os.PathLike, bytes, bytearray, memoryview, Module)):
        raise TypeError(f"program must be a path, bytes or a Module, not {type(program).__name__}")


def name_of(program: Program) -> str:
    """What a program is told that it is called."""
    if isinstance(program, (str, os.PathLike)):
        return os.fsencode(program).decode(errors="replace")
    if isinstance(program, Module):
        return program.name or "program"
    return "program"


def load(program: Program, with_fuel: bool) -> tuple[Module, Footprint]:
    """The program as a module, all of whose memories are exported, compiled if it has to be."""
    if isinstance(program, Module):
        _check_engine(program._engine, with_fuel)
        engine, wasm = program._engine, program._known_wasm("be run")
    else:
        engine = process_engine(Config(interruptible=True, consume_fuel=with_fuel or None))
        content = _read(program) if isinstance(program, (str, os.PathLike)) else _binary(program)
        wasm = _binary(content) if content.startswith(b"\0asm") else wat2wasm(content)
        program = _compiled(engine, wasm)
    parts = footprint(wasm)
    if FuncType() not in [export.type for export in program.exports if export.name == "_start"]:
        raise WasmtimeError(
            "this is no program: it exports no function '_start' that takes and returns nothing. A library is used "
            "through its exports, by Linker.instantiate()"
        )
    return program if parts.exposed is None else _compiled(engine, parts.exposed), parts


def _check_engine(engine: Engine, with_fuel: bool) -> None:
    missing = [] if engine.config.interruptible else ["interruptible=True"]
    if with_fuel and not engine.config.consume_fuel:
        missing.append("consume_fuel=True")
    if missing:
        raise WasmtimeError(
            f"this Module cannot be run so: its engine lacks {' and '.join(missing)}. Make the engine with that, or "
            "give run() the path or the bytes"
        )
