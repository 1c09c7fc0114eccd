"""References that Python passes on as they are: to structs and arrays, to exceptions, and to what a guest has made an
externref of. An i31 is no such object but an int. Loaded when one is met.

Each owns a root, which keeps what it refers to from being collected. Letting a root go touches no store, so it is legal
in any thread, and after the store was closed.
"""

from __future__ import annotations

from wasmtime_capi.cdata import addressof, byref, simple

from wasmtime_gen import _refs
from wasmtime_gen._codec import refuse_reference
from wasmtime_gen._errors import StoreMismatchError
from wasmtime_gen._handle import Native, checked, is_a, own_class, owning
from wasmtime_gen._numbers import shown
from wasmtime_gen._raw import TAG, ready
from wasmtime_gen._turn import accessing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, NoReturn

    from typing_extensions import Self

    from wasmtime_gen._store import Store
    from wasmtime_gen._tag import Tag
    from wasmtime_gen._types.valtype import ValType

_int = simple("i")
_uint = simple("I")
_from_i31 = ready.wasmtime_anyref_from_i31
_i31_get_s = ready.wasmtime_anyref_i31_get_s
_exn_tag = ready.wasmtime_exnref_tag
_I31_TYPES = ("any", "eq", "i31")


class Reference:
    """Base of the references that Python cannot look into. They belong to a store and are compared by identity."""

    __slots__ = ("__weakref__", "_native", "_root", "_store")
    __class__ = own_class
    _store: Store
    _native: Native
    _root: Any  # the native reference, as an argument of native calls
    _unroot: ClassVar[Any]
    _clone: ClassVar[Any]
    _to_raw: ClassVar[Any]

    def __init__(self) -> None:
        raise TypeError(f"a {type(self).__name__} comes from a guest: from a call, a global or a table")

    @classmethod
    def _owning(cls, store: Store, words: Any) -> Self:
        """The reference that the library has put into these words, which is owned from here on."""
        self = cls.__new__(cls)
        memory = _refs.Root(*words)
        self._store = store
        self._native = native = owning(addressof(memory), cls._unroot)
        native.kept = memory
        self._root = byref(memory)
        return self

    @property
    def store(self) -> Store:
        """The store that holds what this refers to."""
        return self._store

    def _give(self, root: Any) -> None:
        """Put an own root of the same into native memory."""
        self._clone(self._root, root)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Reference) or type(other) is not type(self):
            return NotImplemented
        if other._store is not self._store or self._store._turn.closed:
            return False
        return accessing(self._store, self._is_same, other)

    def _is_same(self, other: Self) -> bool:
        context, this, that = self._store._context, self._root, other._root
        while True:
            word = self._to_raw(context, this)
            same: bool = word == self._to_raw(context, that)
            if word == self._to_raw(context, this):  # or a collection in between has moved both
                return same

    def __hash__(self) -> int:
        return hash((type(self), id(self._store)))  # no more: a collection may move what it refers to

    def __repr__(self) -> str:
        return f"<{type(self).__name__}{' of a closed store' * self._store.closed}>"

    def _refuse_copy(self, *arguments: object) -> NoReturn:
        raise TypeError(f"the {type(self).__name__} belongs to its store and cannot be copied or pickled")

    __copy__ = __deepcopy__ = __reduce_ex__ = _refuse_copy


class AnyRef(Reference):
    """A struct, an array, or a host's value that a guest has made an anyref of: opaque, but to be passed on.

    It comes from guests, and goes wherever a reference of its type fits. Two are equal if they refer to the same, as
    ref.eq tells; it hashes, but each lookup asks the library. An i31 is an int instead.

    >>> from wasmtime_gen import Engine, Linker, Module, Store
    >>> text = '(module (type $p (struct (field i32))) (func (export "new") (result (ref $p)) struct.new_default $p))'
    >>> store = Store(Engine())
    >>> new = Linker(store.engine).instantiate(store, Module.from_text(store.engine, text)).exports.new
    >>> point = new()
    >>> print(point.type)
    (ref (struct (field i32)))
    >>> point == point, point == new()
    (True, False)
    """

    __slots__ = ()
    _unroot = staticmethod(ready.wasmtime_anyref_unroot)
    _clone = staticmethod(ready.wasmtime_anyref_clone)
    _to_raw = staticmethod(ready.wasmtime_anyref_to_raw)

    @property
    def type(self) -> ValType:
        """The type of what it refers to, as exactly as the C API tells it."""
        from wasmtime_gen._types.heapreading import type_of_reference

        store = checked(self, AnyRef, "self")._store  # another kind's root is nothing that the library could look at
        return accessing(store, type_of_reference, store, self._root)


class ExternRef(Reference):
    """An externref that no host has made: a guest's own value, passed outward by extern.convert_any. Opaque."""

    __slots__ = ()
    _unroot = staticmethod(_refs.unroot)
    _clone = staticmethod(ready.wasmtime_externref_clone)
    _to_raw = staticmethod(ready.wasmtime_externref_to_raw)

    def _checked(self, table: _refs.Externrefs) -> Self:
        if self._store._refs is not table:
            raise StoreMismatchError("an ExternRef of another Store was given: it works only in its own store")
        return self


_refs.opaque = ExternRef


class ExnRef(Reference):
    """An exception of WebAssembly as a value. `tag` tells what kind it is, `payload` what it carries.

    WasmException is what Python raises and catches; its `reference` is this.
    """

    __slots__ = ()
    _unroot = staticmethod(ready.wasmtime_exnref_unroot)
    _clone = staticmethod(ready.wasmtime_exnref_clone)
    _to_raw = staticmethod(ready.wasmtime_exnref_to_raw)

    @property
    def type(self) -> ValType:
        """The type of the exception: a reference to its tag's type."""
        from wasmtime_gen._types.valtype import ValType

        return ValType.ref(accessing(self._store, checked(self, ExnRef, "self")._read_tag)._type, nullable=False)

    @property
    def tag(self) -> Tag:
        """The tag that it was thrown with."""
        return accessing(self._store, checked(self, ExnRef, "self")._read_tag)

    def _read_tag(self) -> Tag:
        from wasmtime_gen._errors import error_of
        from wasmtime_gen._extern import item_from_native, new_extern

        extern = new_extern(TAG)
        error = _exn_tag(self._store._context, self._root, byref(extern, 8))
        if error:
            raise error_of(error)
        return item_from_native(self._store, extern, "tag")  # type: ignore[return-value]

    @property
    def payload(self) -> tuple[Any, ...]:
        """The values that it carries, as calls return them."""
        from wasmtime_gen._exception import read_payload

        return accessing(self._store, read_payload, checked(self, ExnRef, "self"))

    @property
    def bits(self) -> tuple[Any, ...]:
        """The payload, but floats by their bits: an f32 as an i32, an f64 as an i64."""
        from wasmtime_gen._exception import read_payload

        return accessing(self._store, read_payload, checked(self, ExnRef, "self"), True)


def taken(store: Store, type_: ValType, words: Any) -> Any:
    """What the reference with these words is to Python, which owns it from here on."""
    if type_.top == "exn":
        return ExnRef._owning(store, words)
    root, number = byref(words), _int()
    if not _i31_get_s(store._context, root, byref(number)):
        return AnyRef._owning(store, words)
    AnyRef._unroot(root)
    return number.value


def checked_reference(store: Store, type_: ValType, value: Any, role: str) -> Any:
    """`value`, if it can be a reference of this hierarchy in this store. Whether its type fits, the library knows."""
    kind = ExnRef if type_.top == "exn" else AnyRef
    if is_a(value, kind):
        if value._store is not store:
            raise StoreMismatchError(f"{role} is an {kind.__name__} of another Store: it works only in its own store")
        return value
    if kind is AnyRef and isinstance(value, int) and type_.heap in _I31_TYPES:
        if not -(1 << 30) <= value < 1 << 31:
            raise OverflowError(f"{role} is {shown(value)}, out of range for an i31: from -2**30 to 2**31-1")
        return value
    if type_.heap in ("none", "noexn"):
        refuse_reference(type_, value, role)
    wanted = kind.__name__ + (" or an int" if type_.heap in _I31_TYPES else "")
    raise TypeError(f"{role} must be an {wanted} for {type_}, not {type(value).__name__}")


def root(store: Store, type_: ValType, value: Any, role: str, root: Any) -> None:
    """Put a root of `value` into native memory."""
    found = checked_reference(store, type_, value, role)
    if isinstance(found, int):
        _from_i31(store._context, _uint.from_param(found & 0x7FFFFFFF), root)
    else:
        found._give(root)
