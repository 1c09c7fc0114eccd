"""What an instance exports: a mapping from names to items, and an attribute for each name."""

from __future__ import annotations

from _collections_abc import Mapping
from ctypes import byref, c_bool, c_char_p, c_size_t, c_void_p

import wasmtime_capi as c

from wasmtime_gen._extern import Item, item_from_native
from wasmtime_gen._raw import leaf
from wasmtime_gen._turn import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from wasmtime_gen._func import Func
    from wasmtime_gen._module import Module
    from wasmtime_gen._store import Store


_export_get = leaf("wasmtime_instance_export_get", c_bool, c_void_p, c_void_p, c_char_p, c_size_t, c_void_p)


class Exports(Mapping):  # type: ignore[type-arg]
    """The exports of an instance: `exports.add(1, 2)`, `exports["add"]`, and all that a mapping can do.

    An attribute is found once and then kept, so that a call costs what a call costs. A name that mappings use
    themselves, such as "get" or "items", is reached by item only. A missing name raises KeyError or AttributeError that
    tells near misses.

    >>> from wasmtime_gen import Engine, Linker, Module, Store
    >>> engine = Engine()
    >>> module = Module.from_text(engine, '(module (func (export "one") (result i32) (i32.const 1)))')
    >>> exports = Linker(engine).instantiate(Store(engine), module).exports
    >>> exports.one(), list(exports), "two" in exports
    (1, ['one'], False)
    """

    # What belongs to us is in slots, and the dict of attributes holds nothing but exports.
    __slots__ = ("__dict__", "_found", "_module", "_record", "_store")
    if TYPE_CHECKING:
        _found: dict[str, Item]
        _module: Module
        _record: Any
        _store: Store

    def __init__(self, store: Store, record: Any, module: Module) -> None:
        keep = object.__setattr__
        keep(self, "_found", {})
        keep(self, "_module", module)
        keep(self, "_record", record)
        keep(self, "_store", store)

    def _find(self, name: str) -> Item | None:
        """Asked by name: to enumerate all exports takes time that grows with the square of their number."""
        found = self._found.get(name)
        if found is None:
            if not isinstance(name, str):
                raise TypeError(f"the name of an export must be a str, not {type(name).__name__}")
            encoded, extern, store = name.encode(errors="surrogatepass"), c.wasmtime_extern_t(), self._store
            record = byref(self._record)
            if not guarded(store, _export_get, store._address, record, encoded, len(encoded), byref(extern)):
                return None
            found = self._found[name] = item_from_native(store, extern, name, self._module._plans)
        return found

    def __getitem__(self, name: str) -> Item:
        found = self._find(name)
        if found is None:
            raise KeyError(self._missing(name))
        return found

    if TYPE_CHECKING:
        # Most exports are functions, and a call should need no cast. Use the item form for others.
        def __getattr__(self, name: str) -> Func: ...

    else:

        def __getattr__(self, name: str) -> Item:
            found = self._find(name)
            if found is None:
                raise AttributeError(self._missing(name))
            self.__dict__[name] = found
            return found

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"exports cannot be assigned to: {name!r}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._module._export_names)

    def __len__(self) -> int:
        return len(self._module._export_names)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._find(name) is not None

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for name in self if name.isidentifier())})

    def _missing(self, name: object) -> str:
        from difflib import get_close_matches

        near = get_close_matches(str(name), list(self), n=3)
        if near:
            return f"no export {name!r}: did you mean {' or '.join(map(repr, near))}?"
        return f"no export {name!r}; there are: {', '.join(self) or 'none'}"

    def __repr__(self) -> str:
        return f"<Exports {', '.join(self)}>"
