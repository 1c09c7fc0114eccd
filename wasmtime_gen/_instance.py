"""Instance: a module at work in a store; and Exports, a mapping from names to items with an attribute for each name."""

from __future__ import annotations

import _collections_abc

from wasmtime_capi.cdata import c_size_t

from wasmtime_gen._extern import CLASSES, item_from_native
from wasmtime_gen._func import Func
from wasmtime_gen._handle import article, plain
from wasmtime_gen._raw import TABLE, Extern, late
from wasmtime_gen._store import Store, same_store
from wasmtime_gen._turn import within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, NoReturn, TypeVar

    from wasmtime_gen._extern import Item
    from wasmtime_gen._global import Global
    from wasmtime_gen._memory.memory import Memory
    from wasmtime_gen._memory.shared import SharedMemory
    from wasmtime_gen._module import Module
    from wasmtime_gen._table.table import Table
    from wasmtime_gen._tag import Tag

    T = TypeVar("T")
    _Base = Mapping[str, Item | SharedMemory]
else:
    _Base = _collections_abc.Mapping
_export_get = late(globals(), "_export_get", "wasmtime_instance_export_get")


class Instance:
    """A module instantiated in a store. Made by Linker.instantiate()."""

    __slots__ = ("__weakref__", "_module", "_record", "_store", "exports")
    _module: Module
    _store: Store
    _record: Any  # by which the library knows it, as an argument of native calls
    #: The exports, as a mapping and as attributes: `instance.exports.add(1, 2)`.
    exports: Exports

    def __init__(self) -> None:
        raise TypeError("an Instance is made by linker.instantiate(store, module)")

    @property
    def module(self) -> Module:
        """What was instantiated."""
        return self._module

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
        from wasmtime_gen._memory.memory import Memory

        return self._get(store, name, Memory)

    def get_global(self, store: Store, name: str) -> Global:
        """The exported global `name`."""
        from wasmtime_gen._global import Global

        return self._get(store, name, Global)

    def get_table(self, store: Store, name: str) -> Table:
        """The exported table `name`."""
        from wasmtime_gen._table.table import Table

        return self._get(store, name, Table)

    def get_tag(self, store: Store, name: str) -> Tag:
        """The exported tag `name`."""
        from wasmtime_gen._tag import Tag

        return self._get(store, name, Tag)

    def get_shared_memory(self, store: Store, name: str) -> SharedMemory:
        """The exported shared memory `name`."""
        from wasmtime_gen._memory.shared import SharedMemory

        return self._get(store, name, SharedMemory)

    def _get(self, store: Store, name: str, kind: type[T]) -> T:
        same_store(store, self, "this Instance")
        item = self.exports[name]
        if not isinstance(item, kind):
            raise TypeError(f"export {name!r} is {article(type(item))}, not {article(kind)}")
        return item

    def __repr__(self) -> str:
        return f"<Instance of {self._module!r}>"

    def _refuse_copy(self, *arguments: object) -> NoReturn:
        raise TypeError("an Instance belongs to its store and cannot be copied or pickled")

    __copy__ = __deepcopy__ = __reduce_ex__ = _refuse_copy


class Exports(_Base):
    """The exports of an instance: `exports.add(1, 2)`, `exports["add"]`, and all that a mapping can do.

    An attribute is found once and then kept, so that a call costs what a call costs. A name that Exports itself has is
    reached by item only: get, items, keys and values, as of every mapping, and those of dir(Exports) that begin with an
    underscore. A missing name raises KeyError or AttributeError that tells near misses.

    >>> from wasmtime_gen import Engine, Linker, Module, Store
    >>> engine = Engine()
    >>> module = Module.from_text(engine, '(module (func (export "one") (result i32) (i32.const 1)))')
    >>> exports = Linker(engine).instantiate(Store(engine), module).exports
    >>> exports.one(), list(exports), "two" in exports
    (1, ['one'], False)
    """

    # What belongs to us is in a slot, and the dict of attributes holds nothing but exports.
    __slots__ = ("__dict__", "_of")
    if TYPE_CHECKING:
        # The store, the instance as an argument of native calls, its module, and what was found of names of our own.
        _of: list[Any]

    def __init__(self) -> None:
        raise TypeError(_NOT_MADE)

    def _look_up(self, name: str) -> Item | SharedMemory | None:
        """Asked by name: to enumerate all exports takes time that grows with the square of their number."""
        store, instance, module, _ = self._of
        known = module._encoded.get(name)
        encoded, size = known or _encode(name)
        extern, turn = Extern(), store._turn
        if not turn.use(turn, within, _export_get, store._context, instance, encoded, size, extern):
            return None
        if known is None:
            module._encoded[name] = encoded, size
        code = extern[0] & 0xFF
        make = CLASSES[code]._found if code in CLASSES else item_from_native
        found = make(store, extern, name, module._plans)
        if code == TABLE:
            found._found_in(module)  # type: ignore[union-attr]
        return found

    def _find(self, name: str) -> Item | SharedMemory | None:
        """An export that may have been found before."""
        name = plain(name, "the name of an export")
        found_before = self.__dict__
        if name in _OWN_NAMES:
            found_before = self._of[3] = self._of[3] or {}
        found = found_before.get(name)
        if found is None:
            found = self._look_up(name)
            if found is not None:
                found = found_before.setdefault(name, found)  # another thread may have looked it up meanwhile
        return found

    def __getitem__(self, name: str) -> Item | SharedMemory:
        found = self._find(name)
        if found is None:
            raise KeyError(self._missing(name))
        return found

    if TYPE_CHECKING:
        # Most exports are functions, and a call should need no cast. Use the item form for others.
        def __getattr__(self, name: str) -> Func: ...

    else:

        def __getattr__(self, name: str) -> Item | SharedMemory:
            if name == "_of":  # nobody has set it
                raise AttributeError(_NOT_MADE)
            name = name if type(name) is str else plain(name)
            found = self._look_up(name)
            if found is None:
                raise AttributeError(self._missing(name))
            return self.__dict__.setdefault(name, found)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"exports cannot be assigned to: {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"exports cannot be deleted: {name!r}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._of[2]._export_names)

    def __len__(self) -> int:
        return len(self._of[2]._export_names)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._find(name) is not None

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for name in self if name.isidentifier())})

    def _missing(self, name: object) -> str:
        from wasmtime_gen._nearnames import near_names

        near = near_names(str(name), list(self))
        if near:
            return f"no export {name!r}: did you mean {' or '.join(map(repr, near))}?"
        from wasmtime_gen._printable import listed

        return f"no export {name!r}; there are: {listed(self) or 'none'}"

    def __repr__(self) -> str:
        from wasmtime_gen._printable import listed

        return f"<Exports {listed(self)}>"

    def _refuse_copy(self, *arguments: object) -> NoReturn:
        raise TypeError("Exports belong to an Instance and cannot be copied or pickled: dict(exports) has the items")

    __copy__ = __deepcopy__ = __reduce_ex__ = _refuse_copy


_NOT_MADE = "Exports come with an Instance"
_OWN_NAMES = frozenset(dir(Exports))  # which the dict of attributes must not hide


# How an Instance makes its exports, past what refuses that to others.
_new: Callable[[type[Any]], Any] = object.__new__
_set_of: Callable[[Exports, list[Any]], None] = vars(Exports)["_of"].__set__


def made_instance(store: Store, record: Any, module: Module) -> Instance:
    """The instance of `module` in `store` that the library has put into this record."""
    self: Instance = _new(Instance)
    self._store = store
    self._record = record
    self.exports = exports = _new(Exports)
    _set_of(exports, [store, record, module, None])
    self._module = module
    return self


def _encode(name: str) -> tuple[bytes, Any]:
    """A name as a call without argtypes takes it."""
    encoded = name.encode(errors="surrogatepass")
    return encoded, c_size_t.from_param(len(encoded))
