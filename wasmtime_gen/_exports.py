"""What an instance exports: a mapping from names to items, and an attribute for each name."""

from __future__ import annotations

from _collections_abc import Mapping

from wasmtime_gen._extern import Item

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmtime_gen._func import Func
    from wasmtime_gen._instance import Instance


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

    # The instance is in a slot, and the dict of attributes holds nothing but exports.
    __slots__ = ("__dict__", "_instance")

    def __init__(self, instance: Instance) -> None:
        object.__setattr__(self, "_instance", instance)

    def __getitem__(self, name: str) -> Item:
        found = self._instance._find(name)
        if found is None:
            raise KeyError(self._missing(name))
        return found

    if TYPE_CHECKING:
        # Most exports are functions, and a call should need no cast. Use the item form for others.
        _instance: Instance

        def __getattr__(self, name: str) -> Func: ...

    else:

        def __getattr__(self, name: str) -> Item:
            found = self._instance._find(name)
            if found is None:
                raise AttributeError(self._missing(name))
            self.__dict__[name] = found
            return found

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"exports cannot be assigned to: {name!r}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._instance.module._export_names)

    def __len__(self) -> int:
        return len(self._instance.module._export_names)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._instance._find(name) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exports) and self._instance is other._instance

    def __hash__(self) -> int:
        return hash(self._instance)

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
