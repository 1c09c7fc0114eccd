"""Module and wat2wasm."""

from __future__ import annotations

import os

import wasmtime_gen as core
from wasmtime_gen.compat.wasmtime._errors import translating, wrapped
from wasmtime_gen.compat.wasmtime._managed import Managed
from wasmtime_gen.compat.wasmtime._store import Engine
from wasmtime_gen.compat.wasmtime._types import ExportType, ImportType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike


@translating
def wat2wasm(wat: str | bytes) -> bytearray:
    """A module in the text format as one in the binary format.

    >>> from wasmtime_gen.compat.wasmtime import wat2wasm
    >>> wat2wasm("(module)")
    bytearray(b'\\x00asm\\x01\\x00\\x00\\x00')
    """
    return bytearray(core.wat2wasm(wat))


class Module(Managed):
    """A compiled module."""

    _core: core.Module

    @classmethod
    def from_file(cls, engine: Engine, path: str | bytes | PathLike[str]) -> Module:
        """Compile a file in the binary or the text format."""
        with open(os.fspath(path), "rb") as file:
            return cls(engine, file.read())

    @translating
    def __init__(self, engine: Engine, wasm: str | bytes | bytearray) -> None:
        if not isinstance(engine, Engine):
            raise TypeError("expected an Engine")
        if isinstance(wasm, (str, bytes)) and wasm[:1] not in ("\0", b"\0", "", b""):
            binary: bytes | bytearray = wat2wasm(wasm)
        elif isinstance(wasm, (bytes, bytearray)):
            binary = wasm
        else:
            raise TypeError("expected wasm bytes")
        self._core = core.Module(engine._core, binary)

    @classmethod
    @translating
    def deserialize(cls, engine: Engine, encoded: bytes | bytearray) -> Module:
        """Load what serialize() gave. Raises WasmtimeError for anything else, images of `wasmtime` included."""
        if not isinstance(encoded, (bytes, bytearray)):
            raise TypeError("expected bytes")
        return wrapped(cls, core.Module.deserialize(engine._core, encoded))

    @classmethod
    @translating
    def deserialize_file(cls, engine: Engine, path: str) -> Module:
        """Load a file that holds what serialize() gave."""
        try:
            return wrapped(cls, core.Module.deserialize_file(engine._core, path))
        except OSError as error:
            raise core.WasmtimeError(str(error)) from error

    @classmethod
    @translating
    def validate(cls, engine: Engine, wasm: bytes | bytearray) -> None:
        """Check a module in the binary format without compiling it. Raises WasmtimeError for an invalid one."""
        if not isinstance(wasm, (bytes, bytearray)):
            raise TypeError("expected wasm bytes")
        core.Module.validate(engine._core, wasm)

    @property
    def imports(self) -> list[ImportType]:
        """What it imports."""
        return [wrapped(ImportType, each) for each in self._core.imports]

    @property
    def exports(self) -> list[ExportType]:
        """What it exports."""
        return [wrapped(ExportType, each) for each in self._core.exports]

    @translating
    def serialize(self) -> bytearray:
        """An image of the compiled module."""
        return bytearray(self._core.serialize())
