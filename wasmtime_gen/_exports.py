"""What an instance exports: a mapping from names to items, and an attribute for each name."""

from __future__ import annotations

from _collections_abc import Mapping
from ctypes import byref, c_size_t

from wasmtime_gen._extern import Item, item_from_native
from wasmtime_gen._raw import TABLE, Extern, ready
from wasmtime_gen._turn import within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from wasmtime_gen._func import Func
    from wasmtime_gen._module import Module
    from wasmtime_gen._sharedmemory import SharedMemory
    from wasmtime_gen._store import Store


_export_get = ready("wasmtime_instance_export_get")


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

    # What belongs to us is in a slot, and the dict of attributes holds nothing but exports.
    __slots__ = ("__dict__", "_of")
    if TYPE_CHECKING:
        # The store, the instance as an argument of native calls, its module, and what was found.
        _of: tuple[Store, Any, Module, dict[str, Item | SharedMemory]]

    def __init__(self) -> None:
        raise TypeError("Exports come with an Instance")

    def _find(self, name: str) -> Item | SharedMemory | None:
        """Asked by name: to enumerate all exports takes time that grows with the square of their number."""
        store, instance, module, items = self._of
        found = items.get(name)
        if found is None:
            encoded, extern, turn = module._encoded.get(name) or _encode(name), Extern(), store._turn
            arguments = (store._context, instance, *encoded, byref(extern))
            if not turn.use(turn, within, _export_get, *arguments):
                return None
            module._encoded[name] = encoded
            found = items[name] = item_from_native(store, extern, name, module._plans)
            if found._kind == TABLE:
                found._found_in(module)  # type: ignore[union-attr]
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
            found = self._find(name)
            if found is None:
                raise AttributeError(self._missing(name))
            self.__dict__[name] = found
            return found

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"exports cannot be assigned to: {name!r}")

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
        from difflib import get_close_matches

        near = get_close_matches(str(name), list(self), n=3)
        if near:
            return f"no export {name!r}: did you mean {' or '.join(map(repr, near))}?"
        return f"no export {name!r}; there are: {', '.join(self) or 'none'}"

    def __repr__(self) -> str:
        return f"<Exports {', '.join(self)}>"


_set_of: Any = vars(Exports)["_of"].__set__  # past Exports.__setattr__


def exports_of(store: Store, instance: Any, module: Module) -> Exports:
    """The exports of the instance that native calls know by `instance`."""
    made = Exports.__new__(Exports)
    _set_of(made, (store, instance, module, {}))
    return made


def _encode(name: str) -> tuple[bytes, Any]:
    """A name as a call without argtypes takes it."""
    if not isinstance(name, str):
        raise TypeError(f"the name of an export must be a str, not {type(name).__name__}")
    encoded = name.encode(errors="surrogatepass")
    return encoded, c_size_t.from_param(len(encoded))
