"""Who may use a linker when: one thread that defines, alone, or any number of threads that instantiate and look up.

Each use puts an object of its own into a dict, which is one atomic step, and then looks at those that stand before it:
of two that do not go together, the later one sees the earlier one and raises. Nobody waits. Besides the dict only the
frame of a use refers to its object, so that one whose end an interrupt has swallowed is known by the reference count,
where counts are to be relied on.
"""

from __future__ import annotations

import sys
from _thread import get_ident

from wasmtime_capi.cdata import IS_TRIED

from wasmtime_gen._errors import ConcurrentUseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias, TypeVar

    R = TypeVar("R")
    Users: TypeAlias = "dict[int, list[int]]"  # what and in which thread, by the object's own number

READING, DEFINING = 0, 1


def defining(users: Users, function: Callable[..., R], *args: Any) -> R:
    """Call what changes the linker: nothing else may go on in it."""
    me = [DEFINING, get_ident()]
    try:
        users[id(me)] = me
        if len(users) > 1:
            _refuse_conflicts(users, me)
        return function(*args)
    finally:
        users.pop(id(me), None)


def reading(users: Users, function: Callable[..., R], *args: Any) -> R:
    """Call what only looks definitions up: others may do so meanwhile."""
    me = begin_reading(users)
    try:
        return function(*args)
    finally:
        users.pop(id(me), None)


def begin_reading(users: Users) -> list[int]:
    """The same in two steps, for what is measured: whoever has this takes it out of `users` in the end."""
    me = [READING, get_ident()]
    try:
        users[id(me)] = me
        if len(users) > 1:
            _refuse_conflicts(users, me)
    except BaseException:
        users.pop(id(me), None)
        raise
    return me


def _refuse_conflicts(users: Users, me: list[int]) -> None:
    for key, earlier in list(users.items()):
        if earlier is me:
            return
        # Referred to by `users`, its copy, `earlier` and the call: the frame that it belonged to is gone.
        if IS_TRIED and sys.getrefcount(earlier) <= 4:
            users.pop(key, None)
            continue
        if not (me[0] or earlier[0]):
            continue
        doing = "being defined" if earlier[0] else "instantiating"
        if earlier[1] == me[1]:
            raise ConcurrentUseError(f"this Linker is {doing} further out in this thread: wait until that has returned")
        raise ConcurrentUseError(
            f"this Linker is {doing} in another thread: define with one thread at a time, and instantiate afterwards"
        )
