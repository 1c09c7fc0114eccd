"""Items that a store holds and modules exchange: Func, Memory, Table, Global and Tag, and their native form.

An item is a store and a record that names it there. It owns nothing: it keeps its store alive and ends with it. A
SharedMemory is exchanged in the same way, but is no item: it belongs to an engine, and owns something.
"""

from __future__ import annotations

import sys

from wasmtime_capi.cdata import byref

from wasmtime_gen._errors import StoreMismatchError
from wasmtime_gen._handle import is_a, own_class
from wasmtime_gen._raw import FUNC, GLOBAL, MEMORY, SHARED_MEMORY, TABLE, TAG, Extern
from wasmtime_gen._store import Store, same_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, NoReturn, TypeGuard

    from typing_extensions import Self

    from wasmtime_gen._memory.shared import SharedMemory
    from wasmtime_gen._plan import Plan
    from wasmtime_gen._types.extern import ExternType


class Item:
    """Base of what can be imported and exported."""

    __slots__ = ("__weakref__", "_extern", "_name", "_record", "_store")
    __class__ = own_class
    _store: Store
    _extern: Any  # the native item, filled by the library
    _record: Any  # the part of it that names the item in its store, as an argument of native calls
    _name: str  # the export it was found as, for messages
    _kind = 0
    _fields = (2**64 - 1, 2**32 - 1, 2**32 - 1)  # what of the record's three words is no padding
    _word: ClassVar[str] = "function"  # for messages
    if TYPE_CHECKING:

        @property
        def type(self) -> ExternType: ...
        @property
        def _type(self) -> ExternType: ...

    @classmethod
    def _found(cls, store: Store, extern: Any, name: str, plans: dict[str, Plan] | None = None) -> Self:
        """An item that exists in the store already."""
        self = cls.__new__(cls)
        self._bind(store, extern, name)
        return self

    def _bind(self, store: Store, extern: Any, name: str) -> None:
        self._store = store
        self._extern = extern
        self._record = byref(extern, 8)
        self._name = name

    def _first_init(self) -> None:
        if hasattr(self, "_store"):
            raise TypeError(f"this {type(self).__name__} is initialized already: make a new one instead")

    @property
    def store(self) -> Store:
        """The store that holds this item."""
        return self._store

    def _identity(self) -> tuple[int, ...]:
        words: list[int] = self._extern[1:]
        return tuple([word & mask for word, mask in zip(words, self._fields, strict=True)])

    def __repr__(self) -> str:
        from wasmtime_gen._printable import name_of

        return f"<{type(self).__name__} {name_of(self._name)}{' of a closed store' * self._store.closed}>"

    def __eq__(self, other: object) -> bool:
        if not is_a(other, Item) or other._kind != self._kind:
            return NotImplemented
        return self._store is other._store and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((id(self._store), self._identity()))

    def _refuse_copy(self, *arguments: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} belongs to its store and cannot be copied or pickled")

    __copy__ = __deepcopy__ = __reduce_ex__ = _refuse_copy


# The class of each kind, once its module is loaded: few programs need all. Func comes with how to call one.
CLASSES: dict[int, type[Item]] = {}
_MODULES = {GLOBAL: "_global", TABLE: "_table.table", MEMORY: "_memory.memory", TAG: "_tag"}


def new_extern(kind: int) -> Any:
    """A native item of this kind whose record is still to be filled."""
    return Extern(kind)


def item_from_native(store: Store, extern: Any, name: str, plans: dict[str, Plan] | None = None) -> Item | SharedMemory:
    """The item of an Extern that the library has filled, which it keeps.

    `plans` are those of functions that are known by their names, and of those that will be.
    """
    code = extern[0] & 0xFF
    if code == SHARED_MEMORY:
        from wasmtime_gen._memory.shared import SharedMemory

        return SharedMemory._owning(store._engine, extern[1], name)
    return (CLASSES.get(code) or _load(code))._found(store, extern, name, plans)


def _load(kind: int) -> type[Item]:
    if kind == FUNC:
        from wasmtime_gen._call import Uncalled

        return CLASSES.setdefault(FUNC, Uncalled)
    __import__(f"wasmtime_gen.{_MODULES[kind]}")
    return CLASSES[kind]


def item_to_native(store: Store, item: object, role: str) -> Any:
    """The Extern of an item of `store`, or of a shared memory of its engine. It belongs to the item."""
    if is_a(item, Item):
        same_store(store, item, role)
        return item._extern
    if not is_shared(item):
        raise TypeError(f"{role} must be a Func, Memory, Table, Global or Tag, not {type(item).__name__}")
    if item._engine is not store._engine:
        raise StoreMismatchError(f"{role} belongs to another Engine than the store")
    return item._as_extern()


def is_shared(item: object) -> TypeGuard[SharedMemory]:
    """Whether this is a SharedMemory. Asked without loading the class: where it is not loaded, there is none."""
    module = sys.modules.get("wasmtime_gen._memory.shared")
    return module is not None and is_a(item, module.SharedMemory)
