"""Attributes that are made when they are first asked for, and then lie in the instance's dict, where they cost least.

What is made here is mostly a closure: few of the items of a big module are ever touched, and a closure costs more than
an item.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Generic, TypeVar, overload

    from typing_extensions import Self

    T = TypeVar("T")

    class once(Generic[T]):
        """Decorates the method that makes the attribute."""

        def __init__(self, make: Callable[[Any], T]) -> None: ...
        def __set_name__(self, owner: type, name: str) -> None: ...
        @overload
        def __get__(self, item: None, owner: type) -> Self: ...
        @overload
        def __get__(self, item: object, owner: type) -> T: ...
        def __get__(self, item: object, owner: type) -> Self | T: ...

else:
    from wasmtime_gen._handle import is_a

    class once:
        """Decorates the method that makes the attribute."""

        def __init__(self, make):
            self._make = make
            self.__doc__ = make.__doc__

        def __set_name__(self, owner, name):
            self._name = name
            self._owner = owner

        def __get__(self, item, owner=None):
            if item is None:
                return self
            if not is_a(item, self._owner):
                raise TypeError(f"{self._owner.__name__}.{self._name} is not for a {type(item).__name__}")
            # Two threads may make it at once. Both get the one that came first.
            return item.__dict__.setdefault(self._name, self._make(item))

        def __call__(self, item, *args, **kwargs):
            """Of the class, as a method is called: Memory.read(memory, 0, 4)."""
            return self.__get__(item)(*args, **kwargs)
