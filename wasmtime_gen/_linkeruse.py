"""Who may use a linker when: one thread that defines, alone, or any number of threads that instantiate and look up.

Each use puts itself into a dict, which is one atomic step, and then looks at those that stand before it: of two that
do not go together, the later one sees the earlier one and raises. Nobody waits. The dict refers to a use weakly, and
the frame of the call strongly, so that one whose end an interrupt has swallowed is known to be over.
"""

from __future__ import annotations

from _thread import get_ident
from _weakref import ref

from wasmtime_gen._errors import ConcurrentUseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ParamSpec, TypeAlias, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")
    Users: TypeAlias = "dict[ref[_Use], None]"


class _Use:
    __slots__ = ("__weakref__", "defines", "thread")

    def __init__(self, defines: bool) -> None:
        self.defines = defines
        self.thread = get_ident()


def defining(users: Users, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call what changes the linker: nothing else may go on in it."""
    return _use(users, True, function, args, kwargs)


def reading(users: Users, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call what only looks definitions up: others may do so meanwhile."""
    return _use(users, False, function, args, kwargs)


def _use(users: Users, defines: bool, function: Callable[..., R], args: tuple[object, ...], kwargs: object) -> R:
    me = _Use(defines)
    mine = ref(me)
    try:
        users[mine] = None
        if len(users) > 1:
            _refuse_conflicts(users, mine, me)
        return function(*args, **kwargs)  # type: ignore[arg-type]
    finally:
        users.pop(mine, None)


def _refuse_conflicts(users: Users, mine: ref[_Use], me: _Use) -> None:
    for earlier in list(users):
        if earlier is mine:
            return
        other = earlier()
        if other is None or not (me.defines or other.defines):
            continue
        doing = "being defined" if other.defines else "instantiating"
        if other.thread == me.thread:
            raise ConcurrentUseError(f"this Linker is {doing} further out in this thread: wait until that has returned")
        raise ConcurrentUseError(
            f"this Linker is {doing} in another thread: define with one thread at a time, and instantiate afterwards"
        )
