"""The way an exception takes through a guest, and what a failed native call raises.

A callback keeps the exception by the thread's number and returns a trap; the native call that the trap ends, in the
same thread, raises the original object. Keeping needs nothing that is not loaded yet: it may happen near the limit of
recursion. What traps and errors are in Python is in _trap.py, which loads with the first failure.
"""

from __future__ import annotations

from _thread import get_ident

from wasmtime_gen._errors import Exit, WasmtimeError
from wasmtime_gen._raw import raw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._trap import Frame

_raised: dict[int, BaseException] = {}
_trap_new = raw("wasmtime_trap_new")
_error_new = raw("wasmtime_error_new")

_MARK = "a host function raised "


def keep(error: BaseException) -> int:
    """Keep an exception for the native call that this trap will end."""
    _raised[get_ident()] = error
    return new_trap(_MARK + type(error).__name__)


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
    if not _raised or not str(native).startswith(_MARK):
        return native
    original = _raised.pop(get_ident(), native)
    if original is not native and not isinstance(original, Exit):
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
    return int(_trap_new(text, len(text)))


def new_error(message: str) -> int:
    """The address of a native error that a callback returns. The library frees it."""
    return int(_error_new(message.replace("\0", "").encode(errors="backslashreplace")))
