"""Items that a store holds and modules exchange: Func, Memory, Table, Global and Tag, and their native form.

An item is a store and a record that names it there. It owns nothing: it keeps its store alive and ends with it.
"""

from __future__ import annotations

from ctypes import byref

import wasmtime_capi as c

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._store import Store, same_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from typing_extensions import Self

    from wasmtime_gen._plan import Plan


# Kinds of wasmtime_extern_t. A test compares them with the generated ones, which take longer to import.
FUNC, GLOBAL, TABLE, MEMORY, SHAREDMEMORY, TAG = range(6)


class Item:
    """Base of what can be imported and exported."""

    __slots__ = ("__weakref__", "_name", "_record", "_store")
    _store: Store
    _record: Any  # the C struct by which the library knows it
    _name: str  # the export it was found as, for messages
    _kind = 0

    @classmethod
    def _found(cls, store: Store, record: Any, name: str = "") -> Self:
        """An item that exists in the store already."""
        self = cls.__new__(cls)
        self._bind(store, record, name)
        return self

    def _bind(self, store: Store, record: Any, name: str) -> None:
        self._store = store
        self._record = record
        self._name = name

    def _first_init(self) -> None:
        if hasattr(self, "_store"):
            raise TypeError(f"this {type(self).__name__} is initialized already: make a new one instead")

    @property
    def store(self) -> Store:
        """The store that holds this item."""
        return self._store

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name}{' of a closed store' * self._store.closed}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Item) or other._kind != self._kind:
            return NotImplemented
        return self._store is other._store and bytes(self._record) == bytes(other._record)

    def __hash__(self) -> int:
        return hash((id(self._store), bytes(self._record)))

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


class Tag(Item):
    """A tag of exceptions, in a store."""

    __slots__ = ()
    _kind = TAG


# By kind: the class, its record, and the field of the C union. Func comes when it is defined.
CLASSES: dict[int, tuple[type[Item], str, str]] = {
    GLOBAL: (Global, "wasmtime_global_t", "global_"),
    TABLE: (Table, "wasmtime_table_t", "table"),
    MEMORY: (Memory, "wasmtime_memory_t", "memory"),
    TAG: (Tag, "wasmtime_tag_t", "tag"),
}


def item_from_native(store: Store, extern: Any, name: str, plans: dict[str, Plan] | None = None) -> Item:
    """The item of a wasmtime_extern_t that the library has filled. Its contents are copied.

    `plans` are those of functions that are known by their names, and of those that will be.
    """
    if extern.kind not in CLASSES:
        c.wasmtime_extern_delete(byref(extern))
        raise WasmtimeError(f"{name!r} is a shared memory, which cannot be handed to Python yet")
    kind, record, _ = CLASSES[extern.kind]
    found = kind._found(store, getattr(c, record).from_buffer_copy(extern, type(extern).of.offset), name)
    if plans is not None and extern.kind == FUNC:
        found._plans = plans  # type: ignore[attr-defined]
    return found


def item_to_native(store: Store, item: object, role: str) -> Any:
    """The wasmtime_extern_t of an item of `store`."""
    if not isinstance(item, Item):
        raise TypeError(f"{role} must be a Func, Memory, Table, Global or Tag, not {type(item).__name__}")
    same_store(store, item, role)
    extern = c.wasmtime_extern_t()
    extern.kind = item._kind
    setattr(extern.of, CLASSES[item._kind][2], item._record)
    return extern
