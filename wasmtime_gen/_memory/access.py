"""How a Memory gets at its bytes: by closures if it cannot move (closures.py), the longer way otherwise.

A memory that cannot move never shrinks either. So the closures work on its bytes as they were when last looked at: what
lies within needs no question to the library, and what does not, because the guest has grown it or because it is wrong,
goes the longer way. Python's own slices keep an access within the known bytes, whatever objects are given as addresses.
All of it happens in the store's turn (_turn.py), which a closed store has for good.
"""

from __future__ import annotations

import sys

from wasmtime_capi.cdata import c_char, c_uint8

from wasmtime_gen._errors import MemoryMovesError
from wasmtime_gen._memory import span
from wasmtime_gen._memory.closures import CODES, SCOPE
from wasmtime_gen._raw import ready
from wasmtime_gen._turn import Cell, accessing, bound, stilled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from wasmtime_gen._config.config import Config
    from wasmtime_gen._handle import Native
    from wasmtime_gen._store import Store
    from wasmtime_gen._types.sized import MemoryType

    R = TypeVar("R")

_data = ready.wasmtime_memory_data
_data_size = ready.wasmtime_memory_data_size
_DEFAULT_RESERVATION = 2**32 if sys.maxsize > 2**32 else 0


class KnownMemory:
    """What is known of one memory: kept by its store for all that look at it, so it does not refer to that."""

    __slots__ = ("array_key", "key", "moves", "octets", "size", "text", "type")

    def __init__(self, type_: MemoryType, config: Config | None) -> None:
        self.type = type_
        self.moves = moves(type_, config)
        # Of a memory that cannot move, what closures share:
        self.size = Cell(-1)
        self.text = Cell(None)  # the known bytes as an array of characters, whose slices are bytes
        self.octets = Cell(None)  # and as a view, whose slices can be set
        self.key = self.array_key = 0  # by which the store keeps them for views, and as numpy's array

    def look_again(self, base: int, size: int) -> None:
        found = (c_char * size).from_address(base)
        self.text.cell_contents = found
        self.octets.cell_contents = memoryview(found).cast("B") if size else memoryview(bytearray())
        self.size.cell_contents = size
        self.key = -1 - base
        self.array_key = -(2**64) - base


class MemoryAccess:
    """A memory as its closures see it. They must not refer to the Memory, which refers to them."""

    __slots__ = ("_known", "_record", "_store")

    def __init__(self, store: Store, record: Any, known: KnownMemory) -> None:
        self._store = store
        self._record = record
        self._known = known

    def within(self, function: Callable[..., R], *args: Any) -> R:
        """Call function(base, size, *args) in the store's turn."""
        return accessing(self._store, self._located, function, args)  # type: ignore[no-any-return]

    def _located(self, function: Callable[..., R], args: tuple[Any, ...]) -> R:
        context, record, known = self._store._context, self._record, self._known
        if not known.moves:
            base, size = _data(context, record) or 0, _data_size(context, record)
            if size != known.size.cell_contents:
                known.look_again(base, size)
            return function(base, size, *args)
        return stilled(self._store._turn, _asked, context, record, function, args)  # type: ignore[no-any-return]

    def pinned(self) -> Any:
        """All bytes, as an object that keeps them as long as it lives: it owns the native store."""
        if self._known.moves:
            raise MemoryMovesError(
                "this memory may move when it grows, so there can be no view of it: use read() and write(), or an "
                "engine with memory_may_move=False"
            )
        return self.within(self._pinned)

    def _pinned(self, base: int, size: int) -> Any:
        kept = self._store._kept
        found: Any = kept.get(self._known.key)
        if found is None or len(found) != size:
            found = pin(base, size, self._store._use())
            self._store._keep(found, self._known.key)
        return found

    def keep_array(self, whole: Any) -> None:
        """Keep the numpy array of all bytes: a slice of it takes a third of the time of a new one."""

        def keep(base: int, size: int) -> None:
            if len(whole) == size:
                self._store._keep(whole, self._known.array_key)

        self.within(keep)

    def closure(self, name: str, again: Callable[..., Any]) -> Callable[..., Any]:
        """The function that does `name` where it is simple, and calls `again` where it is not."""
        if self._known.moves:
            from wasmtime_gen._memory.moving import MOVING_CODES, MOVING_SCOPE

            code = MOVING_CODES.get(name)
            if code is None:
                return again
            arguments, turn = (self._store._context, self._record), self._store._turn
            return bound(code, MOVING_SCOPE, turn, again=again, arguments=arguments, turn=turn)
        if self._known.size.cell_contents < 0:
            self.within(_nothing)
        return bound(
            CODES[name], SCOPE, self._store._turn, again=again, known=self._known.text, octets=self._known.octets
        )

    def view_closure(self, name: str, again: Callable[..., Any], **cells: Any) -> Callable[..., Any]:
        """The same for a view, which also has to know how far the memory reaches now."""
        if self._known.moves:
            return again
        self.pinned()
        cells.update(again=again, arguments=(self._store._context, self._record))
        key = self._known.array_key if name == "numpy" else self._known.key
        cells.update(kept=self._store._kept, key=key)
        return bound(CODES[name], SCOPE, self._store._turn, **cells)


def moves(type_: MemoryType, config: Config | None) -> bool:
    """Whether a memory of this type may move when it grows, as far as the engine's configuration tells.

    The library reserves address space; what can grow beyond it is moved. Without signals-based traps it reserves none.
    """
    options = {} if config is None else config._options
    if options.get("memory_may_move") is False:
        return False
    if type_.is_64 or options.get("signals_based_traps") is False:
        return True
    reserved = options.get("memory_reservation")
    most = 2**32 if type_.maximum is None else type_.maximum * type_.page_size
    return most > (_DEFAULT_RESERVATION if reserved is None else reserved)


def pin(base: int, size: int, native: Native) -> Any:
    """The bytes at `base` as a ctypes array that owns a native object."""
    made: Any = (c_uint8 * size).from_address(base)
    made.owner = native
    return made


def slice_of(pinned: Any, address: int, length: int | None) -> memoryview:
    """A view of these bytes of a pinned memory."""
    size = len(pinned)
    count = span.rest(size, address, length)
    return memoryview(pinned).cast("B")[address : address + count] if size else memoryview(bytearray())


def _asked(context: Any, record: Any, function: Callable[..., R], args: tuple[Any, ...]) -> R:
    return function(_data(context, record) or 0, _data_size(context, record), *args)


def _nothing(base: int, size: int) -> None:
    pass
