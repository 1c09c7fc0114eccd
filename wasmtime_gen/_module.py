"""Module: compiled WebAssembly code, which any store of its engine can instantiate."""

from __future__ import annotations

from wasmtime_capi.cdata import byref, string_at

from wasmtime_gen._engine import Engine
from wasmtime_gen._errors import ValidationError, WasmtimeError, error_of
from wasmtime_gen._handle import Handle, Native, checked, own, owning
from wasmtime_gen._raw import Vec, raw
from wasmtime_gen._stack import enough

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any, NoReturn, SupportsIndex, TypeAlias

    from typing_extensions import Self

    from wasmtime_gen._cache import CompileCache
    from wasmtime_gen._plan import Plan
    from wasmtime_gen._types.extern import ExportType, ImportType

    Binary: TypeAlias = bytes | bytearray | memoryview
    Cache: TypeAlias = CompileCache | str | PathLike[str] | None

_COMPONENT = b"\0asm\x0d\0\x01\0"


class Module(Handle):
    """A compiled module. Any thread may use it, and any number of stores of its engine may instantiate it.

    Pickled, as its wasm and Config, it arrives on the one engine that the receiving process has for that Config.

    >>> from wasmtime_gen import Engine, Module
    >>> module = Module.from_text(Engine(), '(module (func (export "run")))')
    """

    __slots__ = ("_encoded", "_engine", "_exports", "_imports", "_plans", "_wasm")
    _engine: Engine
    _wasm: bytes | None  # not known of what deserialize_unsafe loaded

    def __init__(self, engine: Engine, wasm: Binary, *, cache: Cache = None) -> None:
        """Compile a module in the binary format.

        With `cache`, a CompileCache or the path of its directory, the module is loaded from there when it has been
        compiled before, and kept there otherwise.

        Raises ValidationError when the module is malformed or invalid, with the position, CompileError when the engine
        cannot compile it, and OSError when the cache cannot be used.
        """
        self._first_init()
        binary = _binary(wasm)
        checked(engine, Engine, "engine")
        if cache is None:
            from wasmtime_gen._compiling import compiled

            native = compiled(engine, binary)
        else:
            from wasmtime_gen._cache import cache_from

            native = cache_from(cache)._compiled(engine, binary)
        self._fill(engine, native, binary)

    def _fill(self, engine: Engine, native: Native, wasm: bytes | None) -> Self:
        self._native = native
        self._engine = engine
        self._wasm = wasm
        self._imports: tuple[ImportType, ...] | None = None
        self._encoded: dict[str, tuple[bytes, Any]] = {}  # names of exports that were found, for all instances
        self._exports: tuple[ExportType, ...] | None = None
        self._plans: dict[str, Plan] = {}  # of exports that were called, for all instances
        return self

    @classmethod
    def from_binary(cls, engine: Engine, wasm: Binary, *, cache: Cache = None) -> Self:
        """Compile a module in the binary format. Raises as Module() does."""
        return cls(engine, wasm, cache=cache)

    @classmethod
    def from_text(cls, engine: Engine, text: str, *, cache: Cache = None) -> Self:
        """Compile a module in the text format. Raises ValidationError with line and column when it does not parse."""
        return cls(engine, wat2wasm(text), cache=cache)

    @classmethod
    def from_file(cls, engine: Engine, path: str | PathLike[str], *, cache: Cache = None) -> Self:
        """Compile a file in the binary or the text format. Raises OSError when it cannot be read."""
        content = _read(path)
        return cls(engine, content if content.startswith(b"\0asm") else wat2wasm(content), cache=cache)

    def serialize(self) -> bytes:
        """An image of the compiled module, which deserialize() loads without compiling.

        It holds the wasm as well, and is good for the same version of Wasmtime, the same kind of machine, and engines
        with the same options. Raises WasmtimeError for a module that deserialize_unsafe() loaded.
        """
        from wasmtime_gen._image import pack

        return pack(own(self, Module), self._known_wasm("be serialized"), self._engine.config)

    @classmethod
    def deserialize(cls, engine: Engine, image: Binary) -> Self:
        """Load what serialize() gave.

        Raises ImageError, before native code sees it, for anything else: what was changed, cut short, or made by
        another version or for other options. But images are code: the checks notice accidents, not the intent of
        somebody who makes an image by hand. Load only those of people that you would run a program of.

        >>> from wasmtime_gen import Engine, Module
        >>> image = Module.from_text(Engine(), '(module $calculator (func (export "run")))').serialize()
        >>> Module.deserialize(Engine(), image).name
        'calculator'
        """
        from wasmtime_gen._image import unpack

        native, wasm = unpack(checked(engine, Engine, "engine"), _bytes(image, "image must be bytes"))
        return cls.__new__(cls)._fill(engine, native, wasm)

    @classmethod
    def deserialize_file(cls, engine: Engine, path: str | PathLike[str]) -> Self:
        """Load a file that holds what serialize() gave, as deserialize() does. Raises OSError if it cannot be read."""
        return cls.deserialize(engine, _read(path))

    @classmethod
    def deserialize_unsafe(cls, engine: Engine, image: Binary) -> Self:
        """Load an image as the library itself writes it (`wasmtime compile`). An image that was changed since, by
        accident or intent, ends the process or runs as any code.

        The wasm is not part of it: such a module has no name and no custom sections that could be read, and can neither
        be serialized nor pickled. Raises ImageError when the library notices that the image does not fit.
        """
        from wasmtime_gen._image import native_from_image

        content = _bytes(image, "image must be bytes")
        native = native_from_image(own(engine, Engine, "engine"), content, len(content))
        return cls.__new__(cls)._fill(engine, native, None)

    @staticmethod
    def validate(engine: Engine, wasm: bytes | bytearray | memoryview) -> None:
        """Check a module in the binary format without compiling it. Raises ValidationError with the offset in bytes.

        >>> from wasmtime_gen import Engine, Module
        >>> Module.validate(Engine(), b"\\0asm\\1\\0\\0\\0")
        """
        from wasmtime_gen._compiling import validate

        validate(checked(engine, Engine, "engine"), _binary(wasm))

    @property
    def engine(self) -> Engine:
        """The engine that it was compiled for."""
        return self._engine

    @property
    def name(self) -> str | None:
        """The name that the module gives itself, None without one. Raises WasmtimeError after deserialize_unsafe()."""
        from wasmtime_gen._customsections import module_name

        return module_name(self._known_wasm("tell its name"))

    def custom_sections(self, name: str) -> tuple[bytes, ...]:
        """The contents of the custom sections of this name, in order. Raises WasmtimeError after deserialize_unsafe().

        >>> from wasmtime_gen import Engine, Module
        >>> Module.from_text(Engine(), '(module (@custom "note" "by hand"))').custom_sections("note")
        (b'by hand',)
        """
        from wasmtime_gen._customsections import custom_sections

        return custom_sections(self._known_wasm("tell its custom sections"), checked(name, str, "name"))

    @property
    def imports(self) -> tuple[ImportType, ...]:
        """What the module imports, in order."""
        return self._import_types()

    def _import_types(self) -> tuple[ImportType, ...]:
        if self._imports is None:
            from wasmtime_gen._types.externreading import imports_from_native

            native = own(self, Module)
            self._imports = imports_from_native(native.pointer, self._wasm)
        return self._imports

    @property
    def exports(self) -> tuple[ExportType, ...]:
        """What the module exports, in order.

        >>> from wasmtime_gen import Engine, Module
        >>> [str(export) for export in Module.from_text(Engine(), '(module (func (export "run")))').exports]
        ['(export "run" (func))']
        """
        return self._export_types()

    def _export_types(self) -> tuple[ExportType, ...]:
        if self._exports is None:
            from wasmtime_gen._types.externreading import exports_from_native

            native = own(self, Module)
            self._exports = exports_from_native(native.pointer, self._wasm)
        return self._exports

    @property
    def _export_names(self) -> list[str]:
        return [export.name for export in self._export_types()]

    def _known_wasm(self, purpose: str) -> bytes:
        own(self, Module)
        if self._wasm is None:
            raise WasmtimeError(
                f"this Module cannot {purpose}: it was loaded by deserialize_unsafe, without the wasm that it was "
                "compiled from. Compile it with Module(engine, wasm), or load by deserialize what serialize() gave"
            )
        return self._wasm

    @classmethod
    def _sharing(cls, other: Module) -> Self:
        """Another handle of the same compiled module."""
        native = other._use()
        clone = owning(raw.wasmtime_module_clone(native.pointer), raw.wasmtime_module_delete)
        return cls.__new__(cls)._fill(other._engine, clone, other._wasm)

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:  # type: ignore[override]
        from wasmtime_gen._process import reduced

        return reduced(self)

    def __copy__(self, *memo: object) -> NoReturn:
        raise TypeError(
            "a Module owns a native object and cannot be copied: share it instead, it never changes. Pickled, it "
            "arrives on an engine of the process that loads it"
        )

    __deepcopy__ = __copy__

    def _repr_html_(self) -> str:
        from wasmtime_gen._html import module_html

        return module_html(self)

    def __repr__(self) -> str:
        name, size = None, "unknown wasm"
        if self._wasm is not None:
            from wasmtime_gen._customsections import module_name

            name, size = module_name(self._wasm), f"{len(self._wasm)} bytes"
        return f"<Module{'' if name is None else f' {name!r:.60}'}{' (closed)' if self.closed else ''} of {size}>"


def wat2wasm(text: str | bytes) -> bytes:
    """The binary format of a module in the text format. Raises ValidationError with line and column.

    >>> from wasmtime_gen import wat2wasm
    >>> wat2wasm("(module)")
    b'\\x00asm\\x01\\x00\\x00\\x00'
    """
    if isinstance(text, str):
        try:
            source = str.encode(text)
        except UnicodeEncodeError as error:
            raise ValidationError(f"the text is not Unicode that UTF-8 can encode: {error}") from None
    else:
        source = _bytes(text, "text must be a str")
    enough()
    out = Vec()
    refused = raw.wasmtime_wat2wasm(source, len(source), byref(out))
    if refused:
        raise error_of(refused, ValidationError)
    try:
        return string_at(out[1], out[0])
    finally:
        raw.wasm_byte_vec_delete(byref(out))


def _binary(wasm: object) -> bytes:
    if isinstance(wasm, str):
        raise TypeError("wasm must be bytes in the binary format; a str in the text format goes to Module.from_text")
    binary = _bytes(wasm, "wasm must be bytes")
    if binary.startswith(_COMPONENT):
        raise ValidationError("this is a component, not a module: components cannot be loaded as Module")
    return binary


def _read(path: str | PathLike[str]) -> bytes:
    """What a file holds. It is not mapped: that would end the process when somebody truncates it."""
    from os import fspath

    if not (isinstance(path, (str, bytes)) or hasattr(type(path), "__fspath__")):
        raise TypeError(f"path must be a str or os.PathLike, not {type(path).__name__}")
    with open(fspath(path), "rb") as file:
        return file.read()


def _bytes(value: object, must: str) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"{must}, not {type(value).__name__}")
    return memoryview(value).tobytes()  # a copy: what is given may change, and bytes() may give a subclass
