"""Whose turn it is to use a store: one thread at a time, and that thread again from within what it has called.

A store's turn is a variable, `free`, that closures of the store share through one cell. While nobody uses the store it
holds the store's token; whoever uses the store has deleted it. To delete a variable is one step that nothing divides,
and it fails when another was faster:

    nonlocal free
    mine = None
    try:
        me = free; del free; mine = me if me.idle else stale(); me.idle = False  # NameError: in use, or closed
        ...                                                                      # the store is ours
        mine.idle = True; mine, free = None, mine
        return ...
    except NameError:
        if mine is not None:  # raised by what we have called
            mine.idle = True; mine, free = None, mine
            raise
    except BaseException:
        if mine is not None:  # no calls here: one could fail at the limit of recursion
            mine.idle = True; mine, free = None, mine
        raise
    ...                       # in use: ask turn.reenters()

This costs 20 ns where a lock costs 200. Where the turn is taken, the frames of this thread tell by whom. If one of them
has the token as its `mine`, this is a legal re-entry further in: from a host function, a signal handler, __del__, a
trace function. If not, another thread has the turn. A turn whose frame is gone (only a trace function that raises can
do that) is known by the token's reference count, and given back; where counts are not to be relied on it stays lost.
A closed store's cell stays empty for ever, so that the fast path needs no test for it.

Debuggers: before Python 3.13, a trace function that looks at frame.f_locals makes the interpreter write all variables
of the frame back, the cell too, as they were before other threads ran. So a token that is found there while somebody
uses the store is not idle, and counts for nothing.
"""

from __future__ import annotations

import sys
from _thread import RLock

from wasmtime_capi.cdata import IS_TRIED

from wasmtime_gen import _stack
from wasmtime_gen._errors import ClosedError, ConcurrentUseError
from wasmtime_gen._stack import enough

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any, NoReturn, TypeVar

    from wasmtime_gen._store import Store

    R = TypeVar("R")

_CLOSED = "this Store is closed: nothing that was made in it can be used any more"
_users: set[CodeType] = set()
_accessors: set[CodeType] = set()
_recovery = RLock()
_Function: Any = type(lambda: None)
#: A variable that closures share.
Cell: Any = type((lambda cell: lambda: cell)(None).__closure__[0])  # type: ignore[index]


class Token:
    """What a store's turn is known by."""

    __slots__ = ("idle",)
    idle: bool


def stale() -> NoReturn:
    """A token was found that somebody is using."""
    raise NameError("free")


class Turn:
    """The turn of one store: made by new_turn()."""

    __slots__ = ("__dict__", "cell", "closed", "hosted", "need", "token", "use")
    barred = False  # while a callback runs that must not use its store
    cell: Any
    closed: bool
    hosted: Any  # the cell of a variable: what a guest needs of the stack, or 0 where nobody has to ask for room()
    lost = ""  # why this process must not use the store
    need: int  # what guests may take of the stack
    still = False  # while what the store does must not be interrupted by a call into it: see stilled()
    token: Token
    use: Callable[..., Any]

    def reenters(self, accessor: bool = False) -> bool:
        """Whether this is a legal re-entry. False when the turn is free again; raises when it is another's."""
        if self.closed:
            raise ClosedError(_CLOSED)
        if self.lost:
            raise ConcurrentUseError(self.lost)
        if self.barred:
            raise ConcurrentUseError(
                "this Store cannot be used inside its epoch callback, nor by a signal handler that interrupts its guest"
            )
        if self.still and not accessor:
            raise ConcurrentUseError(
                "this Store cannot be called into at this moment, in a signal handler or finalizer that has "
                "interrupted the reading or writing of its memory"
            )
        token = self.token
        frame = sys._getframe(1)
        while frame is not None:
            code = frame.f_code
            if code is _WITHIN:
                if frame.f_locals["turn"] is self:
                    return True
            elif code in _users and frame.f_locals.get("mine") is token:
                return True
            frame = frame.f_back  # type: ignore[assignment]
        if token.idle and self._is_free():
            return False
        with _recovery:
            # Referred to by `self`, `token` and the call: no frame is left that could give it back.
            if IS_TRIED and sys.getrefcount(token) <= 3 + self._is_free():
                if self.closed:  # by that frame, since it was asked above
                    raise ClosedError(_CLOSED)
                token.idle = True
                self.cell.cell_contents = token
                return False
        if _is_between(token):
            raise ConcurrentUseError(
                "this Store cannot be used here, between two instructions that take or give back its turn: a trace "
                "function that is told of each instruction can do so in the next"
            )
        raise ConcurrentUseError("this Store is in use by another thread: a store runs one call at a time")

    def inside(self) -> bool:
        """The same for a short accessor that calls nothing back: it is asked most often by host functions that look at
        what their guest has passed.
        """
        if not (self.closed or self.barred or self.lost):
            token = self.token
            frame = sys._getframe(2)
            while frame is not None:
                code = frame.f_code
                # Other accessors have the turn too short to be found here, but for rare cases that reenters() knows.
                if code in _users and code not in _accessors and frame.f_locals.get("mine") is token:
                    return True
                frame = frame.f_back  # type: ignore[assignment]
            del token  # reenters() counts who refers to it
        return self.reenters(accessor=True)

    def innermost(self) -> bool:
        """Whether of all calls that this thread is in, the last one was made into this store."""
        frame = sys._getframe(1)
        while frame is not None:
            code = frame.f_code
            if code is _WITHIN:
                return frame.f_locals["turn"] is self
            if code in _users:
                mine = frame.f_locals.get("mine")
                if mine is not None:
                    return mine is self.token
            frame = frame.f_back  # type: ignore[assignment]
        return False

    def _is_free(self) -> bool:
        try:
            self.cell.cell_contents  # noqa: B018
        except ValueError:
            return False
        return True

    def ask(self) -> None:
        """From now on, ask for room on the stack before a guest is entered."""
        self.hosted.cell_contents = self.need or 1

    def close(self) -> None:
        """End all use. Raises ConcurrentUseError while a call runs; a second time it does nothing."""
        if self.lost:
            self.closed = True
        if not self.closed:
            try:  # noqa: SIM105 - contextlib is not light
                self.use(self, _refuse_closing, _close, self)
            except ClosedError:
                pass  # another thread was faster

    def lose(self, why: str) -> None:
        """Refuse all use from now on, but for a call that runs already."""
        try:
            del self.cell.cell_contents
        except ValueError:
            return
        self.lost = why


def new_turn(need: int = 0) -> Turn:
    """The turn of a new store, whose guests may take so much of the stack."""
    turn = Turn()
    turn.need = need
    free = turn.token = Token()
    free.idle = True

    def use(turn: Turn, inside: Callable[..., Any], function: Callable[..., Any], /, *args: Any) -> Any:
        nonlocal free
        mine: Any = None
        try:
            # On one line, so that no trace function comes in between.
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            value = function(*args)
            if turn.closed:
                return value
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            return value
        except NameError:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                raise
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702, F841 - the cell of all  # fmt: skip
            raise
        return inside(turn, function, *args) if turn.reenters() else turn.use(turn, inside, function, *args)

    turn.use = use
    turn.hosted = Cell(0)
    turn.cell = use.__closure__[0]  # type: ignore[index]
    turn.closed = False
    if _stack.wary:
        turn.ask()
    return turn


def guarded(store: Store, function: Callable[..., R], *args: Any) -> R:
    """Run a native function while the store is in use, from outside or within what the store has called."""
    enough()
    turn = store._turn
    return turn.use(turn, within, function, *args)  # type: ignore[no-any-return]


def within(turn: Turn, function: Callable[..., R], *args: Any) -> R:
    """Run inside a use of the store that this thread has further out; its frame tells uses further in of that."""
    return function(*args)


def accessing(store: Store, function: Callable[..., R], *args: Any) -> R:
    """guarded() for a short accessor that calls nothing back: within a call of the store it costs a third."""
    turn, taken = store._turn, False
    try:
        turn.cell.cell_contents  # noqa: B018
    except ValueError:
        taken = True  # and go on outside of the handler, where frames are looked through twice as fast
    if taken and turn.inside():
        return function(*args)
    return turn.use(turn, within, function, *args)  # type: ignore[no-any-return]


def exclusive(store: Store, what: str, function: Callable[..., R], *args: Any) -> R:
    """Run a native function that must not run within a call of the store, not even in the same thread."""

    def refuse(*_: object) -> NoReturn:
        raise ConcurrentUseError(
            f"{what} cannot be done while a call runs in this Store: do it before or after the call"
        )

    turn = store._turn
    return turn.use(turn, refuse, function, *args)  # type: ignore[no-any-return]


def _is_between(token: Token) -> bool:
    """Whether this thread is taking or giving back a turn, which only a trace function can tell."""
    frame, further_out = sys._getframe(2), False
    while frame is not None:
        if frame.f_code not in _users:
            further_out = True  # than the use that asks: it may have found a token that is not idle
        elif further_out and frame.f_locals.get("me") is token:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def stilled(turn: Turn, function: Callable[..., R], *args: Any) -> R:
    """Run a function, in this turn, while signal handlers and finalizers can read but not call into the store.

    It knows where a memory is that may move, or has buffers that a second call would write over.
    """
    before = turn.still
    turn.still = True
    try:
        return function(*args)
    finally:
        turn.still = before


def _close(turn: Turn) -> None:
    turn.closed = True


def _refuse_closing(*_: object) -> NoReturn:
    raise ConcurrentUseError("this Store cannot be closed while a call runs in it")


def uses_turn(code: CodeType) -> CodeType:
    """Register the code of a function that takes turns, so that its frames are looked at."""
    _users.add(code)
    return code


def accesses(code: CodeType) -> CodeType:
    """The same for a short accessor that calls nothing back."""
    _accessors.add(code)
    return uses_turn(code)


def bound(code: CodeType, scope: dict[str, Any], turn: Turn, /, **cells: Any) -> Callable[..., Any]:
    """A function of registered `code` that takes this turn, with `cells` as the values of its other free variables.

    A value that is a Cell is shared with other functions, and can be changed later.
    """
    cells["free"], cells["hosted"] = turn.cell, turn.hosted
    found = [cells[name] for name in code.co_freevars]
    closure = tuple([value if type(value) is Cell else Cell(value) for value in found])
    return _Function(code, scope, code.co_name, None, closure)  # type: ignore[no-any-return]


_WITHIN = within.__code__
uses_turn(new_turn().use.__code__)
