"""Room on the stack: a guest that overflows the stack of its thread ends the process, so there must be enough.

The library lets the guests of a store go `max_wasm_stack` bytes down from where the store was entered. That does not
fit into a thread with a small stack, nor does it into any when many stores are entered from within each other's host
functions. Looking at the stack takes longer than a call, so it is looked at only where it may be too small:

- Who enters a guest that can call back holds `_level` in a local variable. Its reference count tells how many have done
  so, in all threads; as many as fit for sure need no look.
- From when a thread may have a small stack, nothing fits for sure, and stores without host functions ask as well. What
  tells is the stack_size() of threads, the process's limit, and an engine whose guests may take much.
"""

from __future__ import annotations

import _thread
import sys
from sys import getprofile, getrefcount, gettrace

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._tracing import is_quiet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._config.config import Config
    from wasmtime_gen._turn import Turn

HEADROOM = 128 << 10  # for host functions, the library and Python; compiling takes 96 KiB
DEFAULT = 512 << 10  # of max_wasm_stack
_UNLIMITED = 2 << 20  # what the C library gives threads where the process has no limit
_RESERVE = 1 << 20  # for what Python itself has on the stack when a store is entered


class _Level:
    """What those hold that have entered a guest with host functions."""

    __slots__ = ()


class _Needs(_thread._local):
    """What of a thread is known: where its stack ends."""

    lowest: int


_level = _Level()
_known = _Needs()
_fit = 2  # references to _level up to which all that have entered a guest surely fit into any stack
_largest = DEFAULT
_smallest = 0  # before the first engine
wary = False  # whether all stores ask


def room(need: int) -> object:
    """What to hold in a variable while a guest runs, None where it must run quietly. Raises for too little room.

    RecursionError is raised here, where it is an ordinary exception, unless there is room to enter a callback: one that
    strikes on the way in, before the callback can catch anything, would make ctypes return garbage.
    """
    _second()
    if getrefcount(_level) > _fit:
        look(need)
    return _level if (gettrace() is None and getprofile() is None) or is_quiet() else None


def _second() -> None:
    _third()


def _third() -> None:
    _fourth()


def _fourth() -> None:
    pass


def look(need: int) -> None:
    """Raise WasmtimeError unless `need` bytes are left on the stack of this thread, and what the host needs."""
    from wasmtime_gen._stackbounds import left

    found = left(_known)
    if found < need + HEADROOM:
        raise WasmtimeError(
            f"the stack of this thread has {max(found, 0) >> 10} KiB left, and {(need + HEADROOM) >> 10} KiB are "
            "needed here: enter fewer stores from within each other, give the thread more by threading.stack_size(), "
            "or the engine less by Config(max_wasm_stack=...)"
        )


def asked(turn: Turn) -> object:
    """room(), if the store of this turn has to ask for it. In a thread that may be new here."""
    size = _stack_size()  # which sets it to 0
    if size:
        _stack_size(size)
        _notice(size)
    need = turn.hosted.cell_contents
    return room(need) if need else None


def need_of(config: Config | None) -> int:
    """What guests of an engine with this Config may take."""
    size = None if config is None else config._options.get("max_wasm_stack")
    return DEFAULT if size is None else size


def enough() -> None:
    """Raise WasmtimeError in a thread whose stack is too small for native code. Asked where nothing is in a hurry."""
    size = _stack_size()  # which sets it to 0
    if size:
        _stack_size(size)
        _notice(size)
    if wary:
        look(0)


def expect(need: int) -> None:
    """Be ready for guests that take so much: those of a new engine."""
    global _largest, _smallest
    if not _smallest:
        _smallest = _usual()
        _reckon()
    if need > _largest:
        _largest = need
        _reckon()


def _notice(size: int) -> None:
    """Be ready for threads with a stack of this size; 0 is the usual one."""
    global _smallest
    if size and not 0 < _smallest <= size:
        _smallest = min(size, _usual())
        _reckon()


def _reckon() -> None:
    global _fit, wary
    # One more may be entered without asking: a store that has no host functions.
    entries = (_smallest - _RESERVE) // (_largest + HEADROOM) - 1
    if entries < 1 and not wary:
        wary = True
        _alarm()
    _fit = -1 if wary else 2 + entries  # besides the entries, room() itself refers to it twice


def _alarm() -> None:
    """Make all stores ask that have not so far."""
    import gc

    from wasmtime_gen._turn import Turn

    for each in gc.get_objects():
        if type(each) is Turn and hasattr(each, "hosted"):
            each.ask()


def _usual() -> int:
    """The stack of the main thread, and of others whose size is not set."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_STACK, getrlimit
    except ImportError:
        return _UNLIMITED
    size = getrlimit(RLIMIT_STACK)[0]
    return _UNLIMITED if size == RLIM_INFINITY else size


def _watch() -> None:
    """Hear of stack sizes when they are set: a thread that gets one may call what asks no more."""

    def stack_size(size: int = 0, /) -> int:
        before = _stack_size(size)
        _notice(size)
        return before

    stack_size.__doc__ = _stack_size.__doc__
    stack_size.__module__ = "_thread"
    stack_size.__qualname__ = "stack_size"
    _thread.stack_size = stack_size
    threading: Any = sys.modules.get("threading")
    if threading is not None and threading.stack_size is _stack_size:
        threading.stack_size = stack_size


_stack_size = _thread.stack_size
_watch()
