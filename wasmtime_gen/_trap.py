"""Traps as exceptions, with code and frames, and native errors by their kind."""

from __future__ import annotations

from sys import is_finalizing

from wasmtime_capi.cdata import byref, c_size_t, c_uint8, c_void_p, simple, string_at

from wasmtime_gen._errors import Exit, WasmtimeError
from wasmtime_gen._handle import Native, owning
from wasmtime_gen._printable import name_of, printable_lines
from wasmtime_gen._raw import Vec, ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_capi import wasmtime_trap_code_enum

    from wasmtime_gen._run.completed import CompletedProgram


class Frame:
    """One call of a guest's backtrace.

    `function` and `module` are names from the name section or None, `function_index` counts the module's functions,
    and the offsets are bytes from the start of the function's body and of the module. They are None where the library
    does not know them, as where the stack overflowed.
    """

    __slots__ = ("function", "function_index", "function_offset", "module", "module_offset")

    def __init__(
        self,
        function: str | None,
        function_index: int,
        function_offset: int | None,
        module: str | None,
        module_offset: int | None,
    ) -> None:
        self.function = function
        self.function_index = function_index
        self.function_offset = function_offset
        self.module = module
        self.module_offset = module_offset

    def _key(self) -> tuple[Any, ...]:
        return self.function, self.function_index, self.function_offset, self.module, self.module_offset

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Frame) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> tuple[object, ...]:
        return Frame, self._key()

    def __repr__(self) -> str:
        return f"<Frame {self}>"

    def __str__(self) -> str:
        name = name_of(self.function) if self.function else f"function {self.function_index}"
        where = "" if self.module_offset is None else f", offset {self.module_offset:#x}"
        return f"{name} in {name_of(self.module) if self.module else 'a module'}{where}"


class Trap(WasmtimeError):
    """A guest trapped: it did what WebAssembly forbids, or was stopped.

    `message` says the cause, `code` is the library's number for it or None for a trap that a host function raised, and
    `frames` tell where, innermost first. Common causes have a subclass. A host function may raise one.

    >>> from wasmtime_gen import Trap
    >>> print(Trap("out of coffee"))
    out of coffee
    """

    code: int | None

    def __init__(self, message: str, code: int | None = None, frames: tuple[Frame, ...] = ()) -> None:
        Exception.__init__(self, message, code, frames)  # not OSError's, which GuestTimeout has as well
        self.code = code
        self._read: tuple[str, tuple[Frame, ...]] | None = message, frames
        self._native: Native | None = None
        self._attached = False

    @classmethod
    def _made(cls, native: Native, code: int | None) -> Trap:
        """A trap of the library. To read its text and frames takes as long as a call, so it is done when asked for."""
        self = cls.__new__(cls)
        self.code = code
        self._read = None
        self._native = native
        self._attached = False
        return self

    def _attach(self, frames: tuple[Frame, ...], passing: bool) -> None:
        """Take the frames of the guest that called the host function which raised this trap, if it had none itself.

        When it is raised anew instead of `passing` outward, those of an earlier call are replaced.
        """
        message, known = self._contents()
        if not known or (self._attached and not passing):
            self._read = message, frames
            self._attached = True

    def _contents(self) -> tuple[str, tuple[Frame, ...]]:
        read, native = self._read, self._native
        if read is None:
            read = _read_trap(native.argument) if native is not None and not is_finalizing() else ("trap", ())
            self._read = read
        return read

    @property
    def message(self) -> str:
        """The cause, in the library's words."""
        return self._contents()[0]

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The guest's calls, innermost first. The library keeps at most 20."""
        return self._contents()[1]

    def __str__(self) -> str:
        message, frames = self._contents()
        return "\n".join([message, *(f"  at {frame}" for frame in frames)])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r})"

    def _repr_html_(self) -> str:
        from wasmtime_gen._html import trap_html

        return trap_html(self)

    def __reduce__(self) -> tuple[Any, ...]:
        # With notes and whatever else was added. A subclass may have an __init__ that takes something else.
        return _restored, (type(self), self.args), {**self.__dict__, "_read": self._contents(), "_native": None}

    @property
    def cause(self) -> wasmtime_trap_code_enum | int | None:
        """The code as a member of the enum of trap codes; the bare number when this version does not know it."""
        from wasmtime_capi import wasmtime_trap_code_enum

        try:
            return None if self.code is None else wasmtime_trap_code_enum(self.code)
        except ValueError:
            return self.code


def _restored(kind: type[Trap], args: tuple[Any, ...]) -> Trap:
    return BaseException.__new__(kind, *args)


class StackOverflowTrap(Trap):
    """The guest's calls are nested too deeply."""


class MemoryOutOfBoundsTrap(Trap):
    """The guest accessed a linear memory beyond its size."""


class TableOutOfBoundsTrap(Trap):
    """The guest accessed a table beyond its size."""


class IndirectCallToNullTrap(Trap):
    """The guest called an empty element of a table."""


class BadSignatureTrap(Trap):
    """The guest called a function through a table with another type than it has."""


class IntegerOverflowTrap(Trap):
    """An integer operation of the guest has no representable result."""


class IntegerDivisionByZeroTrap(Trap):
    """The guest divided an integer by zero."""


class BadConversionTrap(Trap):
    """The guest converted a float that no integer represents."""


class UnreachableTrap(Trap):
    """The guest executed `unreachable`: often a panic or an assertion of the guest's language."""


class InterruptTrap(Trap):
    """The epoch deadline of the store passed."""


class GuestTimeout(InterruptTrap, TimeoutError):
    """The guest ran longer than it was given, by Store.timeout() or run(). `seconds` is that time.

    It is a Trap, as the guest was stopped: `frames` tell where. They are empty if it had returned, but late.
    """

    #: The time that was given.
    seconds: float
    #: What run() has of the guest, until it was stopped. None elsewhere.
    result: CompletedProgram | None = None

    def __init__(self, seconds: float) -> None:
        from wasmtime_capi.constants import WASMTIME_TRAP_CODE_INTERRUPT

        super().__init__(f"the guest ran longer than {seconds:g} seconds", WASMTIME_TRAP_CODE_INTERRUPT)
        self.seconds = seconds

    def __reduce__(self) -> tuple[Any, ...]:
        _, _, state = super().__reduce__()
        return type(self), (self.seconds,), state


class OutOfFuelTrap(Trap):
    """The store's fuel is used up."""


class NullReferenceTrap(Trap):
    """The guest used a null reference."""


class UncaughtExceptionTrap(Trap):
    """A WebAssembly exception left the guest without being caught."""


_BY_NAME = {
    "STACK_OVERFLOW": StackOverflowTrap,
    "MEMORY_OUT_OF_BOUNDS": MemoryOutOfBoundsTrap,
    "TABLE_OUT_OF_BOUNDS": TableOutOfBoundsTrap,
    "INDIRECT_CALL_TO_NULL": IndirectCallToNullTrap,
    "BAD_SIGNATURE": BadSignatureTrap,
    "INTEGER_OVERFLOW": IntegerOverflowTrap,
    "INTEGER_DIVISION_BY_ZERO": IntegerDivisionByZeroTrap,
    "BAD_CONVERSION_TO_INTEGER": BadConversionTrap,
    "UNREACHABLE_CODE_REACHED": UnreachableTrap,
    "INTERRUPT": InterruptTrap,
    "OUT_OF_FUEL": OutOfFuelTrap,
    "NULL_REFERENCE": NullReferenceTrap,
    "UNCAUGHT_EXCEPTION": UncaughtExceptionTrap,
}
_by_code: dict[int | None, type[Trap]] = {}

_int = simple("i")
# Without argtypes: a conversion in a call that meets the limit of recursion becomes an ArgumentError of ctypes.
_argument = c_void_p.from_param
_trap_delete = ready.wasm_trap_delete
_trap_code = ready.wasmtime_trap_code
_trap_message = ready.wasm_trap_message
_trap_trace = ready.wasm_trap_trace
_error_delete = ready.wasmtime_error_delete
_error_message = ready.wasmtime_error_message
_error_exit_status = ready.wasmtime_error_exit_status
_error_trace = ready.wasmtime_error_wasm_trace
_bytes_delete = ready.wasm_byte_vec_delete
_frames_delete = ready.wasm_frame_vec_delete
_function_index = ready.wasm_frame_func_index
_function_offset = ready.wasm_frame_func_offset
_module_offset = ready.wasm_frame_module_offset
_function_name = ready.wasmtime_frame_func_name
_module_name = ready.wasmtime_frame_module_name


def take_trap(address: int) -> Trap:
    """The exception for a native trap, which it owns from here on."""
    native, code = owning(address, _trap_delete), c_uint8()
    if _trap_code(native.argument, byref(code)):
        return _class_of(code.value)._made(native, code.value)
    made = Trap._made(native, None)
    return made if made.message != _THROWN else _uncaught(made)


# What the library says, without a code, of a WebAssembly exception that nobody caught.
_THROWN = "thrown Wasm exception"


def _uncaught(trap: Trap) -> Trap:
    from wasmtime_capi.constants import WASMTIME_TRAP_CODE_UNCAUGHT_EXCEPTION

    return UncaughtExceptionTrap(trap.message, WASMTIME_TRAP_CODE_UNCAUGHT_EXCEPTION, trap.frames)


def _read_trap(trap: Any) -> tuple[str, tuple[Frame, ...]]:
    frames = Vec()
    _trap_trace(trap, byref(frames))
    return _cause(_text(_trap_message, trap)), _frames(frames)


def _class_of(code: int | None) -> type[Trap]:
    if not _by_code:
        import wasmtime_capi.constants as codes

        _by_code.update({getattr(codes, f"WASMTIME_TRAP_CODE_{name}"): kind for name, kind in _BY_NAME.items()})
    return _by_code.get(code, Trap)


def take_error(address: int, kind: type[WasmtimeError] = WasmtimeError) -> WasmtimeError:
    """The exception for a native error, which is deleted: Exit for an exit of WASI, otherwise `kind`."""
    error = _argument(address)
    try:
        status, frames = _int(), Vec()
        if _error_exit_status(error, byref(status)):
            return Exit(status.value)
        message = printable_lines(_text(_error_message, error))
        _error_trace(error, byref(frames))
        trace = _frames(frames)
        if not trace:
            return kind(message.rstrip())
        made = Trap(_cause(message), None, trace)
        return made if made.message != _THROWN else _uncaught(made)
    finally:
        _error_delete(error)


def error_text(address: int) -> str:
    """The message of a native error, which is deleted."""
    error = _argument(address)
    try:
        return printable_lines(_text(_error_message, error)).rstrip()
    finally:
        _error_delete(error)


def _text(read: Any, of: Any) -> str:
    vec = Vec()
    read(of, byref(vec))
    try:
        return string_at(vec[1], vec[0]).decode(errors="replace").rstrip("\0") if vec[0] else ""
    finally:
        _bytes_delete(byref(vec))


def _cause(message: str) -> str:
    """Without the backtrace that the library writes above the cause: the frames tell that better."""
    head, mark, cause = message.rpartition("\nCaused by:\n")
    if mark and head.startswith("error while executing at wasm backtrace"):
        cause = cause.strip()
        if not cause.startswith("0: "):
            return cause
        # There are several, numbered, and each is caused by the next.
        return ": ".join(line.strip().removeprefix(f"{n}: ") for n, line in enumerate(cause.splitlines()))
    return message.rstrip()


def _frames(vec: Any) -> tuple[Frame, ...]:
    """The frames of a vector, which is deleted: they point into their trap."""
    count, data = vec
    try:
        return tuple(map(_frame, _Pointers.from_address(data)[:count])) if count else ()
    finally:
        _frames_delete(byref(vec))


def _frame(address: int) -> Frame:
    frame = _argument(address)
    return Frame(
        _name(_function_name(frame)),
        _function_index(frame),
        _offset(_function_offset(frame)),
        _name(_module_name(frame)),
        _offset(_module_offset(frame)),
    )


def _offset(number: int) -> int | None:
    return number if number != _UNKNOWN else None


_UNKNOWN = c_size_t(-1).value
_Pointers = c_size_t * 2**58  # placed at any array of them, for a slice: a type for each length would be a cycle


def _name(address: int | None) -> str | None:
    if address is None:
        return None
    size, data = Vec.from_address(address)
    return string_at(data, size).decode(errors="replace") if size else ""
