"""Items that a store holds and modules exchange: Func, Memory, Table, Global and Tag, and their native form.

An item is a store and a record that names it there. It owns nothing: it keeps its store alive and ends with it.
"""

from __future__ import annotations

from wasmtime_capi.cdata import byref

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._raw import FUNC, GLOBAL, MEMORY, TABLE, TAG, Extern, raw
from wasmtime_gen._store import Store, same_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from typing_extensions import Self

    from wasmtime_gen._plan import Plan

_extern_delete = raw("wasmtime_extern_delete")


class Item:
    """Base of what can be imported and exported."""

    __slots__ = ("__weakref__", "_extern", "_name", "_record", "_store")
    _store: Store
    _extern: Any  # the native item, filled by the library
    _record: Any  # the part of it that names the item in its store, as an argument of native calls
    _name: str  # the export it was found as, for messages
    _kind = 0
    _fields = (2**64 - 1, 2**32 - 1, 2**32 - 1)  # what of the record's three words is no padding

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
        return f"<{type(self).__name__} {self._name}{' of a closed store' * self._store.closed}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Item) or other._kind != self._kind:
            return NotImplemented
        return self._store is other._store and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((id(self._store), self._identity()))

    def _refuse_copy(self, *arguments: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} belongs to its store and cannot be copied or pickled")

    __copy__ = __deepcopy__ = __reduce_ex__ = _refuse_copy


class Memory(Item):
    """A linear memory of a store."""

    __slots__ = ()
    _kind = MEMORY


class Table(Item):
    """A table of a store."""

    __slots__ = ()
    _kind = TABLE


class Global(Item):
    """A global of a store."""

    __slots__ = ()
    _kind = GLOBAL
    _fields = (2**64 - 1, 2**64 - 1, 2**32 - 1)


class Tag(Item):
    """A tag of exceptions, in a store."""

    __slots__ = ()
    _kind = TAG


# The class of each kind. Func comes with the first function: how to call one is loaded then.
CLASSES: dict[int, type[Item]] = {GLOBAL: Global, TABLE: Table, MEMORY: Memory, TAG: Tag}


def new_extern(kind: int) -> Any:
    """A native item of this kind whose record is still to be filled."""
    return Extern(kind)


def item_from_native(store: Store, extern: Any, name: str, plans: dict[str, Plan] | None = None) -> Item:
    """The item of an Extern that the library has filled, which it keeps.

    `plans` are those of functions that are known by their names, and of those that will be.
    """
    kind = CLASSES.get(extern[0] & 0xFF)
    if kind is None and extern[0] & 0xFF == FUNC:
        from wasmtime_gen._call import Uncalled

        kind = CLASSES[FUNC] = Uncalled
    if kind is None:
        _extern_delete(byref(extern))
        raise WasmtimeError(f"{name!r} is a shared memory, which cannot be handed to Python yet")
    return kind._found(store, extern, name, plans)


def item_to_native(store: Store, item: object, role: str) -> Any:
    """The Extern of an item of `store`, which belongs to the item."""
    if not isinstance(item, Item):
        raise TypeError(f"{role} must be a Func, Memory, Table, Global or Tag, not {type(item).__name__}")
    same_store(store, item, role)
    return item._extern
