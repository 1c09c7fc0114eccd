"""Caller: what a host function sees of the guest that calls it."""

from __future__ import annotations

from _weakref import ref

from wasmtime_capi.cdata import byref

from wasmtime_gen._raw import Extern, raw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._extern import Item
    from wasmtime_gen._sharedmemory import SharedMemory
    from wasmtime_gen._store import Store

# Stores by the address of their context: a callback may be made for any store, and is told only the address.
_stores: dict[int, _StoreRef] = {}


class _StoreRef(ref):  # type: ignore[type-arg]
    __slots__ = ("address",)
    address: int


def register(store: Store) -> None:
    """Make a store known by its context's address until it is gone. A closed store's address may be used again."""
    made = _StoreRef(store, _forget)
    made.address = store._address
    _stores[store._address] = made


def _forget(dead: _StoreRef) -> None:
    if _stores.get(dead.address) is dead:
        del _stores[dead.address]


_context = raw("wasmtime_caller_context")
_export_get = raw("wasmtime_caller_export_get")


class Caller:
    """The guest that is calling, for the first parameter of a host function that is annotated with Caller.

    It ends with the call: using it later raises RuntimeError.

    >>> from wasmtime_gen import Caller, Engine, Func, Linker, Module, Store
    >>> def log(caller: Caller) -> None:
    ...     caller.data.append(type(caller["mem"]).__name__)
    >>> store = Store(Engine(), data=[])
    >>> linker = Linker(store.engine)
    >>> linker.define(store, "env", "log", Func.wrap(store, log))
    >>> text = '(module (import "env" "log" (func $log)) (memory (export "mem") 1) (func (export "run") call $log))'
    >>> linker.instantiate(store, Module.from_text(store.engine, text)).exports.run()
    >>> store.data
    ['Memory']
    """

    __slots__ = ("_pointer", "_store")

    def __init__(self, pointer: int) -> None:
        self._pointer: int | None = pointer
        self._store: Store | None = None

    def _use(self) -> int:
        if self._pointer is None:
            raise RuntimeError("this Caller has ended with its call: keep what you got from it, not the Caller itself")
        return self._pointer

    @property
    def store(self) -> Store:
        """The store of the calling guest."""
        if self._store is None:
            found = _stores[_context(self._use())]()
            assert found is not None, "a store that runs is referred to by the call"
            self._store = found
        return self._store

    @property
    def data(self) -> Any:
        """The data of the store."""
        return self.store.data

    @property
    def fuel(self) -> int:
        """What is left of the store's fuel."""
        return self.store.fuel

    def get(self, name: str) -> Item | SharedMemory | None:
        """The calling instance's export `name`, or None."""
        from wasmtime_gen._extern import item_from_native

        if not isinstance(name, str):
            raise TypeError(f"the name of an export must be a str, not {type(name).__name__}")
        encoded, extern = name.encode(errors="surrogatepass"), Extern()
        if not _export_get(self._use(), encoded, len(encoded), byref(extern)):
            return None
        return item_from_native(self.store, extern, name)

    def __getitem__(self, name: str) -> Item | SharedMemory:
        """The calling instance's export `name`. Raises KeyError if there is none."""
        found = self.get(name)
        if found is None:
            raise KeyError(f"the calling instance has no export {name!r}")
        return found

    def _end(self) -> None:
        self._pointer = None

    def __repr__(self) -> str:
        return f"<Caller{' (ended)' * (self._pointer is None)}>"


def wants_caller(function: Callable[..., Any]) -> bool:
    """Whether the first parameter is annotated with Caller. Only an annotation that looks like it is resolved."""
    annotations = getattr(function, "__annotations__", None) or getattr(
        getattr(function, "__call__", None),  # noqa: B004
        "__annotations__",
        None,
    )
    if not isinstance(annotations, dict) or not any(map(_looks_like_caller, annotations.values())):
        return False
    from wasmtime_gen._annotations import first_is_caller

    return first_is_caller(function)


def _looks_like_caller(annotation: object) -> bool:
    return annotation is Caller or (isinstance(annotation, str) and "Caller" in annotation)
