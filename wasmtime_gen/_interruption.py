"""Interruption: what ends a guest from outside, in a store of an interruptible engine: a deadline, Ctrl-C, run().

A guest that runs calls back at each beat of its engine's epoch (_pulse.py), in the thread of its call. There Python
looks for signals, as it does between any two lines of Python, and look() for the rest. What is raised, by a signal
handler too, comes out of the call. Guests that wait in WASI look there themselves (_waiting.py).
"""

from __future__ import annotations

from time import monotonic

from wasmtime_capi.cdata import c_uint8, c_uint64

from wasmtime_gen._caller import _stores
from wasmtime_gen._entry import unsignalled
from wasmtime_gen._epoch import CONTINUE, Callback
from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._failure import errors, keep_as_error
from wasmtime_gen._numbers import shown
from wasmtime_gen._raw import raw
from wasmtime_gen._trap import GuestTimeout
from wasmtime_gen._turn import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from typing_extensions import Self

    from wasmtime_gen._pulse import Pulse
    from wasmtime_gen._store import Store

_LONGEST = 1e9  # seconds: 30 years


class Interruption:
    """What may end the guests of one store."""

    __slots__ = ("halt", "pulse", "timeouts")
    halt: BaseException | None  # set by another thread: no guest of the store goes on from here
    pulse: Pulse
    timeouts: tuple[Timeout, ...]  # that run, the innermost last

    def __init__(self, pulse: Pulse) -> None:
        self.halt = None
        self.pulse = pulse
        self.timeouts = ()

    def look(self) -> None:
        """Raise what ends the guest now: of several deadlines that have passed the innermost counts."""
        if self.halt is not None:
            raise self.halt
        if self.timeouts:
            now = monotonic()
            for timeout in reversed(self.timeouts):
                if timeout.end <= now:
                    raise GuestTimeout(timeout.seconds)

    @property
    def end(self) -> float:
        """When the first deadline passes, by the monotonic clock."""
        return min([timeout.end for timeout in self.timeouts], default=float("inf"))


def check_seconds(seconds: float) -> None:
    """Raise TypeError or ValueError for what cannot be a timeout."""
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        raise TypeError(f"a timeout must be a number of seconds, not {type(seconds).__name__}")
    if not 0 <= seconds <= _LONGEST:
        raise ValueError(f"a timeout must be from 0 to {_LONGEST:.0f} seconds, not {shown(seconds)}")


class Timeout:
    """A `with` block of bounded time, made by Store.timeout()."""

    __slots__ = ("_interruption", "_store", "end", "seconds")
    #: The time that the block has.
    seconds: float
    end: float

    def __init__(self, store: Store, seconds: float) -> None:
        check_seconds(seconds)
        if store._interruption is None:
            store._use()
            raise WasmtimeError("this Store has no timeouts: make its engine with Engine(interruptible=True)")
        self._store = store
        self._interruption = store._interruption
        self.seconds = seconds

    def __enter__(self) -> Self:
        guarded(self._store, self._check)
        self.end = monotonic() + self.seconds
        # No call from here to the block, nor in __exit__ before the end, which is entered without a look for signals
        # (_entry.py): what a signal handler raised in between would leave the timeout for ever.
        self._interruption.timeouts = (*self._interruption.timeouts, self)
        return self

    def _check(self) -> None:
        if self in self._interruption.timeouts:
            raise RuntimeError("this timeout runs already: make another one with store.timeout()")

    @unsignalled
    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        try:
            timeouts = self._interruption.timeouts
            if timeouts[-1:] == (self,):
                self._interruption.timeouts = timeouts[:-1]
            else:  # ended in another order than begun
                self._interruption.timeouts = tuple([each for each in timeouts if each is not self])
        finally:
            pass
        if kind is None and self.end <= monotonic():
            raise GuestTimeout(self.seconds)

    def __repr__(self) -> str:
        running = "" if self in self._interruption.timeouts else " (not running)"
        return f"<Timeout of {self.seconds} seconds{running}>"

    def _refuse_copy(self, *arguments: object) -> NoReturn:
        raise TypeError("a Timeout belongs to its store and cannot be copied or pickled")

    __copy__ = __deepcopy__ = __reduce_ex__ = _refuse_copy


def _called(context: int, _data: int | None, ticks: int, kind: int) -> int | None:
    try:
        try:
            reference = _stores[context]
            turn = reference.turn
            turn.barred = True  # before the first call, where signal handlers run
            try:
                store = reference()
                assert store is not None, "a store that runs is referred to by the call"
                c_uint64.from_address(ticks).value = 1
                c_uint8.from_address(kind).value = CONTINUE
                interruption = store._interruption
                assert interruption is not None, "it has this callback because of its engine"
                if not interruption.pulse.keep():
                    c_uint64.from_address(ticks).value = 0  # without a beat it calls back at each chance
                interruption.look()
            finally:
                turn.barred = False
        except BaseException as error:
            return keep_as_error(error)
    except BaseException as last:
        errors.last = last
        if errors.top is not None:
            spare = errors.top
            errors.top = spare[1]
            return spare[0]  # type: ignore[no-any-return]
    return None


# The same for all stores, so none has to make one. A new store's deadline has passed: its first guest calls back.
_callback = Callback(unsignalled(_called))


def interruption(store: Store, pulse: Pulse) -> Interruption:
    """What a new store of an interruptible engine has."""
    store._keep(_callback)
    native = store._use()
    raw.wasmtime_store_epoch_deadline_callback(native.pointer, _callback, None, None)
    return Interruption(pulse)
