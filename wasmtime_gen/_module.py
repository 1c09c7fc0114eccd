"""Module: compiled WebAssembly code, which any store of its engine can instantiate."""

from __future__ import annotations

from ctypes import POINTER, byref, string_at

import wasmtime_capi as c

from wasmtime_gen._engine import Engine
from wasmtime_gen._errors import CompileError, ValidationError, WasmtimeError
from wasmtime_gen._handle import Handle, checked
from wasmtime_gen._raw import address
from wasmtime_gen._trap import take_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any

    from wasmtime_gen._externtypes import ExportType, ImportType

_COMPONENT = b"\0asm\x0d\0\x01\0"


class Module(Handle):
    """A compiled module. Any thread may use it, and any number of stores of its engine may instantiate it.

    >>> from wasmtime_gen import Engine, Module
    >>> module = Module.from_text(Engine(), '(module (func (export "run")))')
    """

    __slots__ = ("_exports", "_imports", "_wasm", "engine")
    engine: Engine
    _wasm: bytes

    def __init__(self, engine: Engine, wasm: bytes | bytearray | memoryview) -> None:
        """Compile a module in the binary format.

        Raises ValidationError when it is malformed or invalid, with the position, and CompileError when the engine
        cannot compile it.
        """
        self._first_init()
        binary = _binary(wasm)
        native = checked(engine, Engine, "engine")._use()
        pointer = POINTER(c.wasmtime_module_t)()
        error = c.wasmtime_module_new(native.pointer, binary, len(binary), byref(pointer))
        if error:
            raise _refused(engine, binary, error)
        self._own(pointer, c.wasmtime_module_delete)
        self.engine = engine
        self._wasm = binary
        self._imports: tuple[ImportType, ...] | None = None
        self._exports: tuple[ExportType, ...] | None = None

    @classmethod
    def from_binary(cls, engine: Engine, wasm: bytes | bytearray | memoryview) -> Module:
        """Compile a module in the binary format. Raises as Module() does."""
        return cls(engine, wasm)

    @classmethod
    def from_text(cls, engine: Engine, text: str) -> Module:
        """Compile a module in the text format. Raises ValidationError with line and column when it does not parse."""
        return cls(engine, wat2wasm(text))

    @classmethod
    def from_file(cls, engine: Engine, path: str | PathLike[str]) -> Module:
        """Compile a file in the binary or the text format. Raises OSError when it cannot be read."""
        with open(path, "rb") as file:
            content = file.read()
        return cls(engine, content if content.startswith(b"\0asm") else wat2wasm(content))

    @staticmethod
    def validate(engine: Engine, wasm: bytes | bytearray | memoryview) -> None:
        """Check a module in the binary format without compiling it. Raises ValidationError with the offset in bytes.

        >>> from wasmtime_gen import Engine, Module
        >>> Module.validate(Engine(), b"\\0asm\\1\\0\\0\\0")
        """
        binary = _binary(wasm)
        native = checked(engine, Engine, "engine")._use()
        error = c.wasmtime_module_validate(native.pointer, binary, len(binary))
        if error:
            raise take_error(address(error), ValidationError)

    @property
    def imports(self) -> tuple[ImportType, ...]:
        """What the module imports, in order."""
        if self._imports is None:
            from wasmtime_gen._externreading import imports_from_native

            self._imports = imports_from_native(self._use().pointer, self._wasm)
        return self._imports

    @property
    def exports(self) -> tuple[ExportType, ...]:
        """What the module exports, in order.

        >>> from wasmtime_gen import Engine, Module
        >>> [str(export) for export in Module.from_text(Engine(), '(module (func (export "run")))').exports]
        ['(export "run" (func))']
        """
        if self._exports is None:
            from wasmtime_gen._externreading import exports_from_native

            self._exports = exports_from_native(self._use().pointer, self._wasm)
        return self._exports

    @property
    def _export_names(self) -> list[str]:
        return [export.name for export in self.exports]

    def __repr__(self) -> str:
        return f"<Module{' (closed)' if self.closed else ''} of {len(self._wasm)} bytes>"


def wat2wasm(text: str | bytes) -> bytes:
    """The binary format of a module in the text format. Raises ValidationError with line and column.

    >>> from wasmtime_gen import wat2wasm
    >>> wat2wasm("(module)")
    b'\\x00asm\\x01\\x00\\x00\\x00'
    """
    if isinstance(text, str):
        try:
            source = text.encode()
        except UnicodeEncodeError as error:
            raise ValidationError(f"the text is not Unicode that UTF-8 can encode: {error}") from None
    else:
        source = _bytes(text, "text must be a str")
    out = c.wasm_byte_vec_t()
    refused = c.wasmtime_wat2wasm(source, len(source), byref(out))
    if refused:
        raise take_error(address(refused), ValidationError)
    try:
        return string_at(out.data, out.size)
    finally:
        c.wasm_byte_vec_delete(byref(out))


def _binary(wasm: object) -> bytes:
    if isinstance(wasm, str):
        raise TypeError("wasm must be bytes in the binary format; a str in the text format goes to Module.from_text")
    binary = _bytes(wasm, "wasm must be bytes")
    if binary.startswith(_COMPONENT):
        raise ValidationError("this is a component, not a module: components cannot be loaded as Module")
    return binary


def _bytes(value: object, must: str) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"{must}, not {type(value).__name__}")
    return bytes(value)  # a copy of what could change while it is read


def _refused(engine: Engine, binary: bytes, error: Any) -> WasmtimeError:
    """Why a module was not compiled: invalid ones are told apart by asking for validation alone."""
    refused = take_error(address(error), CompileError)
    try:
        Module.validate(engine, binary)
    except ValidationError as invalid:
        return invalid
    return refused
