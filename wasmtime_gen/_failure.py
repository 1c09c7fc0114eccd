"""The way an exception takes through a guest, and what a failed native call raises.

A callback keeps the exception by the thread's number and returns a trap; the native call that the trap ends, in the
same thread, raises the original object. Keeping needs nothing that is not loaded yet, as it may happen near the limit
of recursion; and where not even that can be called any more, there are spare traps, which are taken without a call. An
exception that left a callback would make ctypes return garbage. What traps and errors are in Python is in _trap.py,
which loads with the first failure.
"""

from __future__ import annotations

from _thread import get_ident

from wasmtime_capi.cdata import c_size_t

from wasmtime_gen._errors import Exit, WasmtimeError
from wasmtime_gen._raw import ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._trap import Frame

_raised: dict[int, BaseException] = {}
_trap_new = ready("wasmtime_trap_new")
_error_new = ready("wasmtime_error_new")

_MARK = "a host function raised "
_SPARE = f"{_MARK}what could not be kept"
_SPARES = 32


def keep(error: BaseException) -> int:
    """Keep an exception for the native call that this trap will end."""
    _raised[get_ident()] = error
    return new_trap(_MARK + type(error).__name__)


class Spares:
    """Native traps, or errors, made beforehand: `top` is the first and the others, as pairs, for a callback to take.

    It does so without a call: `spare = traps.top; traps.top = spare[1]; return spare[0]`. `last` is the exception that
    it could not keep.
    """

    __slots__ = ("_full", "_make", "last", "top")
    last: BaseException | None

    def __init__(self, make: Callable[[str], int]) -> None:
        self._make = make
        self.top: Any = None
        self._full: Any = ()
        self.last = None
        self.fill()

    def take_last(self) -> BaseException | None:
        """What could not be kept. If all that went wrong was the keeping, it is what the host function raised."""
        last, self.last = self.last, None
        return last.__context__ or last if isinstance(last, RecursionError) else last

    def fill(self) -> None:
        """Have all again, if there is room for that here: further out there will be."""
        if self.top is self._full:
            return
        count, spare = 0, self.top
        while spare is not None:
            count, spare = count + 1, spare[1]
        try:
            for _ in range(_SPARES - count):
                self.top = self._make(_SPARE), self.top
            self._full = self.top
        except RecursionError:
            pass


def keep_as_error(error: BaseException) -> int:
    """The same for a callback that returns an error instead of a trap."""
    _raised[get_ident()] = error
    return new_error(_MARK + type(error).__name__)


def error_of(address: int, kind: type[WasmtimeError] = WasmtimeError) -> WasmtimeError:
    """The exception for a native error, which is deleted."""
    from wasmtime_gen._trap import take_error

    return take_error(address, kind)


def failure(error: int | None, trap: Any, kind: type[WasmtimeError] = WasmtimeError) -> BaseException:
    """What a native call raises that ended with an error at this address, or a trap in this slot, which is cleared."""
    address = trap.value
    if address is None:
        native: BaseException = error_of(error or 0, kind)
    else:
        trap.value = None
        native = (_take_trap or _load())(address)
    if not (_raised or traps.last or errors.last) or not str(native).startswith(_MARK):
        return native
    original = _raised.pop(get_ident(), None)
    if str(native).startswith(_SPARE):
        original = traps.take_last() or errors.take_last() or original
    traps.fill()
    errors.fill()
    if original is None:
        return native
    if not isinstance(original, Exit):
        _attach(original, getattr(native, "frames", ()))
    return original


_take_trap: Callable[[int], BaseException] | None = None  # an import in the function would cost 0.3 us a trap


def _load() -> Callable[[int], BaseException]:
    global _take_trap
    from wasmtime_gen._trap import take_trap

    _take_trap = take_trap
    return take_trap


_NOTE = "in a host function called by the guest:"


def _attach(original: BaseException, frames: tuple[Frame, ...]) -> None:
    """Tell on a host function's exception where in the guest it was called: once, as the first call sees them all."""
    from wasmtime_gen._trap import Trap

    if isinstance(original, Trap):
        original._read = original.message, original.frames or frames
        return
    notes = getattr(original, "__notes__", None)
    if not isinstance(notes, list):
        notes = []
        setattr(original, "__notes__", notes)  # noqa: B010 - add_note() exists from Python 3.11 on
    if not any(isinstance(note, str) and note.startswith(_NOTE) for note in notes):
        notes.append("\n".join([_NOTE, *(f"  at {frame}" for frame in frames)]))


def new_trap(message: str) -> int:
    """The address of a native trap that a callback returns. The library frees it."""
    text = message.encode(errors="backslashreplace")
    return int(_trap_new(text, c_size_t.from_param(len(text))))


def new_error(message: str) -> int:
    """The address of a native error that a callback returns. The library frees it."""
    return int(_error_new(message.replace("\0", "").encode(errors="backslashreplace")))


traps, errors = Spares(new_trap), Spares(new_error)
