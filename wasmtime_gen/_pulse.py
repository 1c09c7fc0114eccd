"""Pulse: the thread that counts the epoch of an interruptible engine up. It lives only while guests run.

The stores of such an engine have a deadline of one tick. A guest that runs notices at each beat that it has passed, and
calls back, which gives it another tick. So whoever calls back is running; when nobody has for a while, the thread beats
once more and ends. After that last beat all deadlines have passed: the next guest calls back as soon as it is entered,
and that starts a new thread. Calls themselves do nothing for it, and at rest there is no thread that a fork could lose.
"""

from __future__ import annotations

import os
from _thread import allocate_lock, start_new_thread
from time import sleep
from weakref import WeakSet

from wasmtime_gen._raw import ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType

    from wasmtime_gen._handle import Native

INTERVAL = 0.01  # seconds between beats, and so the longest that a guest runs on; costs 0.8 % of one processor
_IDLE = 20  # beats without a guest, until the thread ends

_increment_epoch = ready.wasmtime_engine_increment_epoch


class Pulse:
    """The beat of one engine. No locks: a child that is forked could find them taken for ever."""

    __slots__ = ("__weakref__", "_beating", "_native", "_seen")

    def __init__(self, native: Native) -> None:
        _pulses.add(self)
        self._native = native  # not the Engine, which would be a cycle; stores outlive a closed one
        self._beating: object = None  # who beats; two can only start at once, and then the later one goes on
        self._seen = False

    def keep(self) -> bool:
        """Go on beating: a guest runs. Raises RuntimeError when the system has no thread for it.

        False when the interpreter ends and starts no threads any more: in a guest that an atexit function calls.
        """
        self._seen = True
        if self._beating is None:
            self._beating = mine = object()
            begun = allocate_lock()
            begun.acquire()
            try:
                start_new_thread(_beat, (self, mine, begun))
                # CPython 3.10 crashes when it ends before a thread that was started has begun.
                begun.acquire()
            except RuntimeError as error:
                self._beating = None
                if "shutdown" not in str(error):
                    raise
                return False
            except BaseException:
                self._beating = None
                raise
        return True


_pulses: WeakSet[Pulse] = WeakSet()


def _forked() -> None:
    """The threads did not come along. One more beat, and whoever runs in this process starts another."""
    for pulse in list(_pulses):
        pulse._beating = None
        _increment_epoch(pulse._native.argument)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def _beat(pulse: Pulse, mine: object, begun: LockType) -> None:
    begun.release()
    argument, idle = pulse._native.argument, 0
    while True:
        sleep(INTERVAL)
        if pulse._beating is not mine:
            break
        idle = 0 if pulse._seen else idle + 1
        pulse._seen = False
        if idle == _IDLE:
            pulse._beating = None  # before the last beat: whom that wakes must start another thread
            break
        _increment_epoch(argument)
    _increment_epoch(argument)
