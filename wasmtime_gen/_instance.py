"""Instance: a module at work in a store, and what it exports."""

from __future__ import annotations

from wasmtime_gen._exports import Exports, exports_of
from wasmtime_gen._func import Func
from wasmtime_gen._handle import article
from wasmtime_gen._store import Store, same_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, TypeVar

    from wasmtime_gen._global import Global
    from wasmtime_gen._memory import Memory
    from wasmtime_gen._module import Module
    from wasmtime_gen._sharedmemory import SharedMemory
    from wasmtime_gen._table import Table
    from wasmtime_gen._tag import Tag

    T = TypeVar("T")


class Instance:
    """A module instantiated in a store. Made by Linker.instantiate()."""

    __slots__ = ("__weakref__", "_record", "_store", "exports", "module")
    module: Module
    _store: Store
    _record: Any  # by which the library knows it, as an argument of native calls
    #: The exports, as a mapping and as attributes: `instance.exports.add(1, 2)`.
    exports: Exports

    def __init__(self) -> None:
        raise TypeError("an Instance is made by linker.instantiate(store, module)")

    @classmethod
    def _made(cls, store: Store, record: Any, module: Module) -> Instance:
        self = cls.__new__(cls)
        self._store = store
        self._record = record
        self.exports = exports_of(store, record, module)
        self.module = module
        return self

    @property
    def store(self) -> Store:
        """The store that the instance lives in."""
        return self._store

    def get_function(self, store: Store, name: str) -> Func:
        """The exported function `name`. `store` must be the instance's own.

        Raises KeyError when there is no such export, TypeError when it is not a function. The same holds for the other
        getters.
        """
        return self._get(store, name, Func)

    def get_memory(self, store: Store, name: str) -> Memory:
        """The exported memory `name`, which is not shared."""
        from wasmtime_gen._memory import Memory

        return self._get(store, name, Memory)

    def get_global(self, store: Store, name: str) -> Global:
        """The exported global `name`."""
        from wasmtime_gen._global import Global

        return self._get(store, name, Global)

    def get_table(self, store: Store, name: str) -> Table:
        """The exported table `name`."""
        from wasmtime_gen._table import Table

        return self._get(store, name, Table)

    def get_tag(self, store: Store, name: str) -> Tag:
        """The exported tag `name`."""
        from wasmtime_gen._tag import Tag

        return self._get(store, name, Tag)

    def get_shared_memory(self, store: Store, name: str) -> SharedMemory:
        """The exported shared memory `name`."""
        from wasmtime_gen._sharedmemory import SharedMemory

        return self._get(store, name, SharedMemory)

    def _get(self, store: Store, name: str, kind: type[T]) -> T:
        same_store(store, self, "this Instance")
        item = self.exports[name]
        if not isinstance(item, kind):
            raise TypeError(f"export {name!r} is {article(type(item))}, not {article(kind)}")
        return item

    def __repr__(self) -> str:
        return f"<Instance of {self.module!r}>"

    def _refuse_copy(self, *arguments: object) -> NoReturn:
        raise TypeError("an Instance belongs to its store and cannot be copied or pickled")

    __copy__ = __deepcopy__ = __reduce_ex__ = _refuse_copy
