"""What a linker remembers of its definitions: the names, the types, and the stores that items belong to.

The library knows definitions by name only and lists none. It may take the type of a closed store's item for another
type, and it ends the process when it measures a memory of another store: so the stores of what a module imports are
looked at before.
"""

from __future__ import annotations

from wasmtime_gen._errors import ClosedError, StoreMismatchError, WasmtimeError
from wasmtime_gen._extern import Item
from wasmtime_gen._handle import is_a

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeAlias

    from wasmtime_gen._handle import Native
    from wasmtime_gen._module import Module
    from wasmtime_gen._store import Store
    from wasmtime_gen._types.extern import ExternType

    Name: TypeAlias = "tuple[str, str]"


class Definition:
    """What one name stands for: an item of a store, or the type of a host function, which belongs to none, and what
    native code calls for that.
    """

    __slots__ = ("_given", "callback", "earlier", "store")
    needs_wasi = False
    callback: Any
    #: What the name may stand for instead, until it is known that the library has taken this.
    earlier: Definition | None

    def __init__(self, store: Store | None, given: Item | ExternType, callback: Any = None) -> None:
        self.store = store
        self.callback = callback
        self.earlier = None
        self._given = given

    @property
    def kind(self) -> str:
        """The word for what it is: "function", "memory", ..."""
        given = self._given
        if is_a(given, Item):
            return given._word
        return "function" if given.kind == "func" else given.kind

    @property
    def type(self) -> ExternType | None:
        """The type, or None where it cannot be read: of some tables, and while the store is closed or in use."""
        given = self._given
        if not is_a(given, Item):
            return given
        try:
            return given._type
        except WasmtimeError:
            return None


class Definitions:
    """The definitions of one linker, by name."""

    __slots__ = ("_callbacks", "_changes", "_mark", "_uses", "by_name", "stores", "with_wasi")

    def __init__(self) -> None:
        self.by_name: dict[Name, Definition] = {}
        self._callbacks: dict[int, object] = {}  # of host functions, as stores keep them
        self._changes = 0
        self._mark = object()  # by which a store remembers how many of the changes it knows
        self.stores: dict[int, Store] = {}  # those whose items are defined
        self._uses: dict[int, int] = {}  # how many of each
        self.with_wasi = False

    def add(self, name: Name, definition: Definition) -> None:
        """Remember what the library is about to be told. What it has under this name counts as well, until then."""
        store, callback = definition.store, definition.callback
        if store is not None:
            self.stores[id(store)] = store
            self._uses[id(store)] = self._uses.get(id(store), 0) + 1
        if callback is not None:
            self._callbacks[id(callback)] = callback
            self._changes += 1
        if definition.needs_wasi:
            self.with_wasi = True
        definition.earlier = self.by_name.get(name)
        self.by_name[name] = definition

    def let_go(self, gone: Iterable[Definition | None]) -> None:
        """Keep nothing for definitions that the linker has no longer."""
        for definition in gone:
            while definition is not None:
                store, callback = definition.store, definition.callback
                if store is not None:
                    self._uses[id(store)] -= 1
                    if not self._uses[id(store)]:
                        del self._uses[id(store)], self.stores[id(store)]
                self._callbacks.pop(id(callback), None)
                definition.earlier, definition = None, definition.earlier

    def lend(self, store: Store) -> None:
        """Have a store keep the callbacks: native code calls them for it from now on, whatever the linker lets go."""
        kept: dict[Any, object] = store._kept
        if self._callbacks and kept.get(self._mark) != self._changes:
            store._keep(0, self._mark)
            kept.update(self._callbacks)
            kept[self._mark] = self._changes

    def callbacks(self) -> dict[int, object]:
        """Those of now, for somebody else to keep and to have kept."""
        return dict(self._callbacks)

    def hold_stores(self) -> list[Native | None]:
        """The native stores, for the caller to keep in a variable: one that is closed meanwhile is deleted later."""
        return [store._native for store in self.stores.values()]

    def needs_wasi(self, module: Module) -> bool:
        """Whether the module imports a function that ends the process where a store has no WASI."""
        if not self.with_wasi:
            return False
        from wasmtime_gen._types.externreading import names_of_imports

        native = module._use()
        return any(self._is_wasi(name) for name in names_of_imports(native.pointer))

    def _is_wasi(self, name: Name) -> bool:
        definition = self.by_name.get(name)
        while definition is not None and not definition.needs_wasi:
            definition = definition.earlier
        return definition is not None

    def check(self, module: Module, store: Store) -> None:
        """Refuse a module that imports an item of another store than `store`, of a closed one, or WASI without."""
        if self.with_wasi and store._wasi is None and self.needs_wasi(module):
            raise no_wasi()
        stores = self.stores
        if not stores or (len(stores) == 1 and id(store) in stores):
            return
        self.common_store(module, store)

    def common_store(self, module: Module, store: Store | None = None) -> Store | None:
        """The store that holds all items that the module imports, None if there are none."""
        if self.stores:
            from wasmtime_gen._types.externreading import names_of_imports

            native = module._use()
            for name in names_of_imports(native.pointer):
                store = self.check_name(name, store)
        return store

    def check_name(self, name: Name, store: Store | None) -> Store | None:
        """The store to go on with. Raises when the definition of this name belongs to another, or to a closed one."""
        definition = self.by_name.get(name)
        while definition is not None:
            own = definition.store
            if own is not None:
                if own._turn.closed:
                    raise ClosedError(
                        f"{dotted(name)} was defined with an item of a Store that is closed: define it anew"
                    )
                if store is not None and own is not store:
                    raise StoreMismatchError(
                        f"{dotted(name)} was defined with an item of another Store: an item works only with the store "
                        "it was made in, but what define_func() defines works with each"
                    )
                store = own
            definition = definition.earlier
        return store


def no_wasi() -> WasmtimeError:
    """What to raise instead of letting the library end the process."""
    return WasmtimeError("the linker has WASI and the store has none: set store.wasi = WasiConfig() before")


def dotted(name: Name) -> str:
    """The name of an import as messages write it."""
    from wasmtime_gen._printable import name_of

    return ".".join(map(name_of, name))
