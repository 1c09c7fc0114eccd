"""Ownership of native objects: the one mechanism that every handle class uses.

`Native` is a leaf: it holds a pointer and what deletes it, and refers to nothing else, so it can be part of no cycle. A
call into C keeps it in a local variable; closing a handle in another thread meanwhile only drops the handle's own
reference, and the delete comes when the call is over. The reference count is the count of users.
"""

from __future__ import annotations

from sys import is_finalizing

from wasmtime_capi.cdata import c_object, c_void_p, untrack

from wasmtime_gen._entry import unsignalled
from wasmtime_gen._errors import ClosedError

TYPE_CHECKING = False  # known to type checkers by its name; importing it from typing costs 12 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, TypeVar

    from typing_extensions import Self, TypeIs

    T = TypeVar("T")


class Native:
    """Owns one native object. C functions take its address, `pointer`; those without argtypes take `argument`.

    The garbage collector calls the __del__ of all that it has found, in any order, before it takes anything apart: a
    user's __del__ may still call into a store whose own has been called. So it is not told of this object, which is
    deleted when that is taken apart which refers to it, after all __del__.
    """

    __slots__ = ("_delete", "argument", "kept", "pointer")
    _delete: Callable[[Any], object]
    argument: Any
    kept: object  # memory that native code writes to until it is deleted
    pointer: int | None

    def __del__(self, is_finalizing: Callable[[], bool] = is_finalizing) -> None:
        try:
            # While the interpreter goes down, the process's end frees everything; the library must not be called.
            if not is_finalizing():
                delete, self._delete = self._delete, _nothing
                delete(self.argument)
        except AttributeError:
            pass  # made at the very limit of recursion, and not to the end
        except BaseException:  # of a signal handler
            self._delete(self.argument)
            raise


def _nothing(argument: Any) -> None:
    pass


unsignalled(Native.__del__)
_new = object.__new__
_argument = c_void_p.from_param
_object = c_object.from_param


def owning(pointer: int | None, delete: Callable[[Any], object]) -> Native:
    """What deletes the native object at this address in the end. An __init__ of the class would cost 0.1 us more."""
    self = _new(Native)
    self._delete = delete
    self.pointer = pointer
    self.argument = _argument(pointer)
    untrack(_object(self))  # last: what is made to the end is deleted where there is no room for this on the stack
    return self


def _refuse_class(self: object, kind: object) -> NoReturn:
    raise TypeError(f"the class of {article(type(self))} cannot be changed")


#: The `__class__` of objects with something native: objects of another class would take that for something else.
own_class: Any = property(type, _refuse_class)
#: How the library itself changes it.
set_class = object.__dict__["__class__"].__set__


class Handle:
    """Base of all objects that own something native: close(), dispose(), `with`, and no copies."""

    __slots__ = ("__weakref__", "_native")
    __class__ = own_class
    _native: Native | None

    def _own(self, pointer: Any, delete: Callable[[Any], object]) -> Native:
        self._native = native = owning(pointer, delete)
        return native

    def _first_init(self) -> None:
        """Called first in each __init__: a second one would replace what others rely on."""
        if hasattr(self, "_native"):
            raise TypeError(f"this {type(self).__name__} is initialized already: make a new one instead")

    def _use(self) -> Native:
        """The native object, for the caller to hold in a local variable as long as C uses it."""
        native = self._native
        if native is None:
            raise ClosedError(f"this {type(self).__name__} is closed")
        return native

    @property
    def closed(self) -> bool:
        """True after close()."""
        return self._native is None

    def close(self) -> None:
        """Free what is native. A second call does nothing; any other use of a closed object raises ClosedError."""
        self._free()

    def _free(self) -> None:
        """What close() does: the object's own class says it, however close() was reached, as by Linker.close(store)."""
        self._native = None

    def dispose(self) -> None:
        """The same as close()."""
        self.close()

    def __enter__(self) -> Self:
        self._use()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _refuse_copy(self, *arguments: object) -> NoReturn:
        raise TypeError(f"{article(type(self))} owns a native object and cannot be copied or pickled")

    __copy__ = __deepcopy__ = __reduce_ex__ = _refuse_copy


def is_a(value: object, kind: type[T]) -> TypeIs[T]:
    """isinstance() that asks the object's own class alone: mocks, proxies and registered classes pass for others."""
    return type(value) is kind or kind in _mro(type(value))


_mro = type.__dict__["__mro__"].__get__


def checked(value: object, kind: type[T], role: str) -> T:
    """`value`, or a TypeError that says what it should have been.

    An object of a subclass will do, but not for plain values: native code takes these at their word.
    """
    if type(value) is not kind and (getattr(kind, "_is_final", False) or not is_a(value, kind)):
        raise TypeError(f"{role} must be {article(kind)}, not {type(value).__name__}")
    return value


def plain(name: str, role: str = "a name") -> str:
    """A name as a str and no subclass, whose own hash and equality would find other things in our dicts than native
    code finds by its characters. Raises TypeError for what is none.
    """
    return name if type(name) is str else str.__str__(checked(name, str, role))


def own(handle: Handle, kind: type[Handle], role: str = "self") -> Native:
    """What a method of `kind` uses of its own object, or of another argument. Called with one of another class, as
    `Engine.is_pulley.fget(x)` can be, it would take that one's native object for another thing.
    """
    native = handle._native if type(handle) is kind else checked(handle, kind, role)._native
    return native or handle._use()


def article(kind: type) -> str:
    """The name of a class with its article: "an Engine"."""
    return f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}"
