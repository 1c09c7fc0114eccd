"""References: how Python objects travel through a guest as externref, and functions as funcref.

An externref carries a number; the object itself lies in a table on the store, so that a cycle of store and object stays
ordinary garbage. The native finalizer may run at any moment of a collection and in any thread: it only notes the number
of the dead reference, and the next use of the table drops the object.
"""

from __future__ import annotations

from ctypes import CFUNCTYPE, c_bool, c_uint32, c_uint64, c_void_p

from wasmtime_gen._raw import leaf, raw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from typing import Any


# Numbers of dead references by the number of their store, which is in the upper half of each number.
_dead: dict[int, deque[int]] = {}
_stores = iter(range(1, 1 << 31))

_new = raw("wasmtime_externref_new", c_bool, c_void_p, c_void_p, c_void_p, c_void_p)
_data = leaf("wasmtime_externref_data", c_void_p, c_void_p, c_void_p)
_to_raw = leaf("wasmtime_externref_to_raw", c_uint32, c_void_p, c_void_p)
_from_raw = leaf("wasmtime_externref_from_raw", None, c_void_p, c_uint32, c_void_p)
_unroot = leaf("wasmtime_externref_unroot", None, c_void_p)


def _note_dead(number: int) -> None:
    dead = _dead.get(number >> 32)
    if dead is not None:
        dead.append(number)


_finalizer = CFUNCTYPE(None, c_void_p)(_note_dead)
_FINALIZER = c_void_p.from_buffer(_finalizer).value
_Root = c_uint64 * 4  # a wasmtime_externref_t


class Externrefs:
    """The Python objects that guests of one store refer to."""

    __slots__ = ("_context", "_dead", "_next", "_number", "_objects")

    def __init__(self, context: int) -> None:
        from collections import deque

        self._context = context
        self._objects: dict[int, object] = {}
        self._number = next(_stores)
        self._next = iter(range(self._number << 32, (self._number + 1) << 32)).__next__
        self._dead = _dead[self._number] = deque()

    def __del__(self, dead: dict[int, deque[int]] = _dead) -> None:
        dead.pop(self._number, None)


class Loan:
    """The externrefs that one call lends to a guest: each is rooted until `end`, when the guest has taken it."""

    __slots__ = ("_lent", "_roots")

    def __init__(self) -> None:
        self._lent: dict[int, object] = {}
        self._roots: list[Any] = []

    def lend(self, table: Externrefs, value: object) -> int:
        """The word by which the guest knows `value`."""
        dead, objects = table._dead, table._objects
        while dead:
            objects.pop(dead.popleft(), None)
        number, root = table._next(), _Root()
        objects[number] = value
        if not _new(table._context, number, _FINALIZER, root):
            del objects[number]
            raise MemoryError("the store's heap for references is full: collect it with store.gc(), or raise its limit")
        self._roots.append(root)
        word: int = _to_raw(table._context, root)
        self._lent[word] = value
        return word

    def find(self, table: Externrefs, word: int) -> object:
        """The object behind a word from the guest; None for a reference that no host has made."""
        if word in self._lent:  # lent by this very call, and rooted, so the word has no other meaning
            return self._lent[word]
        root = _Root()
        _from_raw(table._context, word, root)
        try:
            number = _data(table._context, root)
        finally:
            _unroot(root)
        return table._objects.get(number)

    def end(self) -> None:
        """The guest has what it was lent."""
        for root in self._roots:
            _unroot(root)
        self._roots.clear()
