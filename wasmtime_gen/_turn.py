"""Whose turn it is to use a store: one thread at a time, and that thread again from within what it has called.

A store's turn is a dict with at most one entry, the object of whoever uses the store now. Each use makes an object of
its own, named `me`, and tries to be that entry with one atomic call:

    me = []
    try:
        if turn.setdefault(0, me) is me:
            ...                             # the store is ours
            del turn[0]
            return ...
    except BaseException:
        if 0 in turn and turn[0] is me:     # no call: it could fail at the limit of recursion
            del turn[0]                     # also when a signal's exception struck right behind setdefault
        raise

Where the entry is another one, the frames of this thread tell why. If one of them has it as its `me`, this is a legal
re-entry further in: from a host function, a signal handler, __del__, a trace function. If not, another thread has the
turn. An entry whose frame is gone (it takes an exception inside the handler above) is known by its reference count, and
removed. A closed store has CLOSED as its entry for ever, so that the fast path needs no test for it.
"""

from __future__ import annotations

import sys
from _thread import RLock

from wasmtime_gen._errors import ClosedError, ConcurrentUseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import ParamSpec, TypeVar

    from wasmtime_gen._store import Store

    P = ParamSpec("P")
    R = TypeVar("R")

CLOSED: list[None] = []
BARRED: list[None] = []  # the entry while a callback runs that must not use its store
FORKED: list[None] = []  # the entry for ever, in a forked process, of a store whose guests would hang there
_forked: list[str] = []  # why
_users: set[CodeType] = set()
_recovery = RLock()


def uses_turn(code: CodeType) -> None:
    """Register the code of a function that takes turns, so that its frames are looked at."""
    _users.add(code)


def guarded(store: Store, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a native function while the store is in use, from outside or within what the store has called."""
    me: list[None] = []
    turn = store._turn
    try:
        if turn.setdefault(0, me) is me:
            value = function(*args, **kwargs)
            del turn[0]
            return value
    except BaseException:
        if 0 in turn and turn[0] is me:
            del turn[0]
        raise
    return within(turn, function, *args, **kwargs) if reenters(turn) else guarded(store, function, *args, **kwargs)


def within(turn: dict[int, list[None]], function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run inside a use of the store that this thread has further out; its frame tells uses further in of that."""
    return function(*args, **kwargs)


def exclusive(store: Store, what: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a native function that must not run within a call of the store, not even in the same thread."""
    me: list[None] = []
    turn = store._turn
    try:
        if turn.setdefault(0, me) is me:
            value = function(*args, **kwargs)
            del turn[0]
            return value
    except BaseException:
        if 0 in turn and turn[0] is me:
            del turn[0]
        raise
    if reenters(turn):
        raise ConcurrentUseError(
            f"{what} cannot be done while a call runs in this Store: do it before or after the call"
        )
    return exclusive(store, what, function, *args, **kwargs)


def close_for_good(turn: dict[int, list[None]]) -> None:
    """End all use. Raises ConcurrentUseError while a call runs; a second time it does nothing."""
    if turn.get(0) is FORKED:
        turn[0] = CLOSED
    if turn.setdefault(0, CLOSED) is CLOSED:
        return
    try:
        within = reenters(turn)
    except ClosedError:  # another thread was faster
        return
    if within:
        raise ConcurrentUseError("this Store cannot be closed while a call runs in it")
    close_for_good(turn)


def bar_for_good(turn: dict[int, list[None]], why: str) -> None:
    """Refuse all use of a store in this forked process, unless the fork came out of a call that runs in it."""
    _forked[:] = [why]
    turn.setdefault(0, FORKED)


def reenters(turn: dict[int, list[None]]) -> bool:
    """Whether this is a legal re-entry. False when the turn has come free meanwhile; raises when it is another's."""
    owner = turn.get(0)
    if owner is None:
        return False
    if owner is CLOSED:
        raise ClosedError("this Store is closed: nothing that was made in it can be used any more")
    if owner is FORKED:
        raise ConcurrentUseError(_forked[0])
    if owner is BARRED:
        raise ConcurrentUseError("this Store cannot be used inside its epoch callback")
    _probe(_HEADROOM)
    frame = sys._getframe(1).f_back  # whoever asks does not have it
    while frame is not None:
        code = frame.f_code
        if code is _WITHIN:
            if frame.f_locals["turn"] is turn:
                return True
        elif code in _users and frame.f_locals.get("me") is owner:
            return True
        frame = frame.f_back
    with _recovery:
        # Referred to by `turn`, `owner` and the call: no frame is left that could give it back.
        if sys.getrefcount(owner) <= 3 and turn.get(0) is owner:
            del turn[0]
            return False
    raise ConcurrentUseError("this Store is in use by another thread: a store runs one call at a time")


# Levels of Python calls that a host function's callback needs, and some more. A RecursionError inside a callback,
# before it can catch anything, would make ctypes return garbage to the guest.
_HEADROOM = 40


def _probe(levels: int) -> None:
    """Raise RecursionError here, where it is an ordinary exception, when less is left than these levels."""
    if levels:
        _probe(levels - 1)


_WITHIN = within.__code__
uses_turn(guarded.__code__)
uses_turn(exclusive.__code__)
