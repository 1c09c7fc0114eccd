"""Trace and profile functions around callbacks: what they raise when a callback is entered or left would be lost there,
and ctypes would return garbage to native code. So they pause while a guest runs, and go on in what it calls.
"""

from __future__ import annotations

from _thread import get_ident
from sys import getprofile, gettrace, setprofile, settrace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

#: The trace and the profile function of each thread, by its number, where they pause.
paused: dict[int, list[Any]] = {}
#: Whose frames are between that of a call and those of its callbacks.
IN_BETWEEN: set[CodeType] = set()


def is_quiet() -> bool:
    """Whether nothing that could raise traces or profiles this thread."""
    profile = getprofile()
    return gettrace() is None and (profile is None or _is_native(profile))


def _is_native(profile: Any) -> bool:
    """Whether this is a profiler in C, as cProfile: it does not raise, and is no function that could be set again."""
    return profile is not None and not callable(profile)


def quiet(native: Callable[..., Any]) -> Callable[..., Any]:
    """A native function that may call back, as it has to be called now."""
    if (gettrace() is None and getprofile() is None) or is_quiet():
        return native

    def call(*args: Any) -> Any:
        return quietly(native, *args)

    IN_BETWEEN.add(call.__code__)
    return call


def quietly(native: Callable[..., Any], *args: Any) -> Any:
    """Call it while nothing traces or profiles this thread."""
    thread = get_ident()
    before, mine = paused.get(thread), [gettrace(), getprofile()]
    paused[thread] = mine
    try:
        _set(None, None)
        return native(*args)
    finally:
        if before is None:
            paused.pop(thread, None)
        else:
            paused[thread] = before
        _set(*mine)


IN_BETWEEN.add(quietly.__code__)


def resumed(function: Callable[..., Any], *args: Any) -> Any:
    """Call a host function with what pauses in this thread."""
    mine = paused.get(get_ident())
    if mine is None:
        return function(*args)
    try:
        _set(*mine)
        return function(*args)
    finally:
        mine[:] = gettrace(), getprofile()
        _set(None, None)


def _set(trace: Any, profile: Any) -> None:
    try:
        if not (_is_native(profile) or _is_native(getprofile())):
            setprofile(profile)
    finally:
        settrace(trace)
