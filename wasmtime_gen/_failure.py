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

from wasmtime_gen._entry import unsignalled
from wasmtime_gen._errors import Exit, WasmtimeError, error_of
from wasmtime_gen._handle import is_a
from wasmtime_gen._raw import ready
from wasmtime_gen._tracing import IN_BETWEEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

    from wasmtime_gen._store import Store
    from wasmtime_gen._trap import Frame

_raised: dict[int, BaseException] = {}
_trap_new: Callable[..., int] = ready.wasmtime_trap_new  # the library frees what a callback returns
_error_new: Callable[..., int] = ready.wasmtime_error_new

_MARK = "a host function raised an exception"  # not which one: a metaclass can make anything of its name
_BETWEEN = f"{_MARK} between two instructions"
_SPARE = f"{_MARK} that could not be kept"
_MARKED = _MARK.encode(), c_size_t.from_param(len(_MARK))  # as arguments of _trap_new
_SPARES = 32


def keep(error: BaseException) -> int:
    """Keep an exception for the native call that this trap will end, or throw it into the guest if it is a guest's."""
    if is_a(error, WasmtimeError):  # its __class__ may say anything
        thrown = error._throw()
        if thrown:
            return thrown
    _raised[get_ident()] = error
    return _trap_new(*_MARKED)


def enclosed(function: Callable[..., None]) -> Callable[..., int | None]:
    """`function` as a callback of the library, which returns a trap if it raises. Nothing gets out, or ctypes would
    return garbage. The callbacks of _host.py that are called most often have the same in place: this costs 0.1 us.
    """

    def called(*args: Any) -> int | None:
        try:
            try:
                function(*args)
            except BaseException as error:
                return keep(error)
        except BaseException as last:
            traps.last = last
            if traps.top is not None:
                spare = traps.top
                traps.top = spare[1]
                return spare[0]  # type: ignore[no-any-return]
        return None

    return unsignalled(called)


class Spares:
    """Native traps, or errors, made beforehand: `top` is the first and the others, as pairs, for a callback to take.

    It does so without a call: `spare = traps.top; traps.top = spare[1]; return spare[0]`. `last` is the exception that
    it could not keep.
    """

    __slots__ = ("_arguments", "_full", "_make", "last", "top")
    last: BaseException | None

    def __init__(self, make: Callable[..., int], *arguments: Any) -> None:
        self._make = make
        self._arguments = arguments
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
                self.top = self._make(*self._arguments), self.top
            self._full = self.top
        except RecursionError:
            pass


def keep_as_error(error: BaseException) -> int:
    """The same for the callback of an epoch, which returns an error instead of a trap."""
    _raised[get_ident()] = error
    return _error_new(_BETWEEN.encode())


def failure(
    error: int | None, trap: Any, store: Store | None = None, kind: type[WasmtimeError] = WasmtimeError
) -> BaseException:
    """What a native call raises that ended with an error at this address, or a trap in this slot, which is cleared.

    `store` is the one whose guest was called.
    """
    address = trap.value
    if address is None:
        if not _uncaught:
            _load()
        native: BaseException = error_of(error or 0, kind)
    else:
        trap.value = None
        native = (_take_trap or _load())(address)
    if store is not None and isinstance(native, _uncaught):
        from wasmtime_gen._exception import escaped

        thrown = escaped(store, native)
        if thrown is not native:
            _attach(thrown, native.frames, _CALLED)
        return thrown
    if not (_raised or traps.last or errors.last):
        return native
    told = str(getattr(native, "message", native))  # without the frames of a trap
    if not told.startswith(_MARK):
        return native
    original = _raised.pop(get_ident(), None)
    if told.startswith(_SPARE):
        original = traps.take_last() or errors.take_last() or original
    traps.fill()
    errors.fill()
    if original is None:
        return native
    if not is_a(original, Exit):
        _attach(original, getattr(native, "frames", ()), _INTERRUPTED if told.startswith(_BETWEEN) else _CALLED)
    return original


_take_trap: Callable[[int], BaseException] | None = None  # an import in the function would cost 0.3 us a trap


_uncaught: Any = ()  # the class of exceptions that no guest has caught, once it is loaded


def _load() -> Callable[[int], BaseException]:
    global _take_trap, _uncaught
    from wasmtime_gen._trap import UncaughtExceptionTrap, take_trap

    _take_trap, _uncaught = take_trap, UncaughtExceptionTrap
    return take_trap


def instantiation_failure(
    error: int | None, trap: Any, store: Store | None = None, kind: type[WasmtimeError] = WasmtimeError
) -> BaseException:
    """The same for a native call that instantiates a module: a note tells what of it has failed."""
    from wasmtime_gen._trap import MemoryOutOfBoundsTrap, TableOutOfBoundsTrap, Trap

    found = failure(error, trap, store, kind)
    if is_a(found, Exit) or (type(found) is kind and not found.__traceback__):
        return found  # the guest ended itself, or nothing of it has run
    if not is_a(found, Trap) or found.frames or found.code is None:
        add_note(found, _START)
    elif is_a(found, MemoryOutOfBoundsTrap) or is_a(found, TableOutOfBoundsTrap):
        add_note(found, f"{_INSTANTIATING}: one of its active segments does not fit")
    else:
        add_note(found, _INSTANTIATING)
    return found


_CALLED = "in a host function called by the guest:"
_INTERRUPTED = "the guest was interrupted:"  # what raised was called between two of its instructions
_START = "in the start function of the module that was being instantiated"
_INSTANTIATING = "while the module was being instantiated"
_callbacks: set[CodeType] = set()  # whose frames are the outermost of the exceptions that were kept
_SUSPENDS = 0x20 | 0x80 | 0x200  # generators and coroutines: their frames forget by whom they were run


def _attach(original: BaseException, frames: tuple[Frame, ...], note: str) -> None:
    """Tell on a host function's exception where in the guest it was called: the innermost of the calls it leaves.

    Whatever an exception's class makes of its attributes, the exception itself has to leave the call.
    """
    from wasmtime_gen._trap import Trap

    try:
        passing = _passes_outward(original)
        if is_a(original, Trap):
            original._attach(frames, passing)
            return
        notes = getattr(original, "__notes__", ())
        others = [note for note in notes if not _is_ours(note)]
        if len(others) < len(notes):
            if passing:
                return
            setattr(original, "__notes__", others)  # noqa: B010 - unknown to Python 3.10
        if frames:
            add_note(original, "\n".join([note, *(f"  at {frame}" for frame in frames)]))
    except BaseException:
        pass


def _is_ours(note: object) -> bool:
    return isinstance(note, str) and note.startswith((_CALLED, _INTERRUPTED, _START, _INSTANTIATING))


def _passes_outward(original: BaseException) -> bool:
    """Whether an exception comes from a guest call further in: not if it was caught there, and raised anew since.

    Its traceback tells: from frame to frame that each has called, down to a callback. What was caught and is raised
    anew has its earlier frames below, which none of these has called.
    """
    at = original.__traceback__
    if at is None:
        return False
    _callbacks.add(at.tb_frame.f_code)
    while at.tb_next is not None:
        frame, at = at.tb_frame, at.tb_next
        inner = at.tb_frame
        if inner is frame:  # caught and raised again by the same function
            continue
        caller = inner.f_back
        while caller is not None and caller.f_code in IN_BETWEEN:
            caller = caller.f_back
        if caller is not frame and not (caller is None and inner.f_code.co_flags & _SUSPENDS):
            return False
        if inner.f_code in _callbacks:
            return True
    return False


def add_note(error: BaseException, note: str) -> None:
    """Add a note to an exception as add_note() of Python 3.11 does, but not twice, and never raise."""
    try:
        notes: Any = getattr(error, "__notes__", [])
        if isinstance(notes, list) and note not in notes:
            setattr(error, "__notes__", [*notes, note])  # noqa: B010 - unknown to Python 3.10
    except BaseException:
        pass


traps = Spares(_trap_new, _SPARE.encode(), c_size_t.from_param(len(_SPARE)))
errors = Spares(_error_new, _SPARE.encode())
