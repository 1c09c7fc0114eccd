"""Func: a function of a store, exported by a guest or written in Python. How calls work is in _call.py and _host.py."""

from __future__ import annotations

from _weakref import ref
from ctypes import byref, cast

import wasmtime_capi as c

from wasmtime_gen._call import bare_call
from wasmtime_gen._caller import wants_caller
from wasmtime_gen._extern import CLASSES, FUNC, Item
from wasmtime_gen._handle import checked
from wasmtime_gen._host import callback
from wasmtime_gen._store import Store
from wasmtime_gen._turn import guarded
from wasmtime_gen._typemaking import functype_to_native
from wasmtime_gen._typereading import functype_from_native
from wasmtime_gen._types import FuncType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Func(Item):
    """A function of a store. Call it with Python values; the store is remembered.

    Numbers come and go as int and float, several results as a tuple, a v128 as 16 bytes, an externref as the object
    itself, a funcref as a Func. What the guest does wrong raises Trap; an exception of a host function comes out as
    itself. Arguments of a wrong kind raise TypeError, numbers out of range OverflowError.

    >>> from wasmtime_gen import Engine, Func, Store
    >>> double = Func.wrap(Store(Engine()), lambda x: 2 * x, "i32 -> i32")
    >>> double(21)
    42
    """

    # A call finds the closure in this slot without running a method of ours: 100 ns less.
    __slots__ = ("__call__", "_type", "_types")
    _type: FuncType | None
    _types: dict[str, FuncType] | None  # those of the module's exports, shared by its instances
    _kind = FUNC
    if TYPE_CHECKING:

        def __call__(self, *args: Any) -> Any: ...

    def __init__(self, store: Store, type: FuncType | str, function: Callable[..., Any]) -> None:
        """A host function of this type: `function` gets the parameters as Python values and returns the results.

        Raises TypeError for a type or function of the wrong kind.
        """
        self._first_init()
        if type is None:
            raise TypeError("type must be a FuncType or its text: Func.wrap() takes it from annotations")
        self._make(store, function, type)

    @classmethod
    def wrap(cls, store: Store, function: Callable[..., Any], type: FuncType | str | None = None) -> Func:
        """A host function whose type comes from `type`, or from the annotations of `function`.

        Annotate with i32, i64, f32, f64 or other types of this package; int means i32, float means f64, and no result
        or None means none. Raises TypeError where an annotation is missing or is no WebAssembly type.

        >>> from wasmtime_gen import Engine, Func, Store, i64
        >>> def add(a: i64, b: i64) -> i64:
        ...     return a + b
        >>> str(Func.wrap(Store(Engine()), add).type)
        'i64, i64 -> i64'
        """
        self = cls.__new__(cls)
        self._make(store, function, type)
        return self

    def _make(self, store: Store, function: Callable[..., Any], type: FuncType | str | None) -> None:
        checked(store, Store, "store")
        type_, thunk = host_function(function, type)
        self._bind(store, _new_function(store, type_, thunk), _name(function))
        self._type = type_

    def _bind(self, store: Store, record: Any, name: str) -> None:
        super()._bind(store, record, name)
        self._type = self._types = None
        myself = ref(self)  # a cycle would keep the store until the next collection

        def first_call(*args: Any) -> Any:
            found = myself()
            return (found if found is not None else Func._found(store, record, name))._prepare()(*args)

        self.__call__ = first_call  # type: ignore[method-assign]

    def _prepare(self) -> Callable[..., Any]:
        """Replace the first call by the fast one: most exports of a big module are never called."""
        made = bare_call(self._store, self._record, self.type, self._name)
        self.__call__ = made  # type: ignore[method-assign]
        return made

    def typed(self, type: FuncType | str) -> Callable[..., Any]:
        """The bare call, for hot loops: it takes and returns the same values, and saves a quarter of the way there.

        Raises TypeError if the function has another type.

        >>> from wasmtime_gen import Engine, Func, Store
        >>> add = Func.wrap(Store(Engine()), lambda a, b: a + b, "i32, i32 -> i32").typed("i32, i32 -> i32")
        >>> add(1, 2)
        3
        """
        wanted = FuncType.parse(type) if isinstance(type, str) else checked(type, FuncType, "type")
        if wanted != self.type:
            raise TypeError(f"{self._name} has the type {str(self.type)!r}, not {str(wanted)!r}")
        return bare_call(self._store, self._record, self.type, self._name)

    @property
    def type(self) -> FuncType:
        """The function's type, as the library states it."""
        if self._type is None and self._types is not None:
            self._type = self._types.get(self._name)
        if self._type is None:
            native = guarded(self._store, c.wasmtime_func_type, self._store._context, byref(self._record))
            try:
                self._type = functype_from_native(native)
            finally:
                c.wasm_functype_delete(native)
            # A reference may have another type where an import or export was given a subtype.
            if self._types is not None and not any(t.is_ref for t in (*self._type.params, *self._type.results)):
                self._types[self._name] = self._type
        return self._type

    def __repr__(self) -> str:
        state = "of a closed store" if self._store.closed else f"{str(self.type)!r}"
        return f"<Func {self._name} {state}>"


CLASSES[FUNC] = Func, "wasmtime_func_t", "func"


def host_function(function: Callable[..., Any], type: FuncType | str | None) -> tuple[FuncType, Any]:
    """The type of a host function, given or by its annotations, and the native callback for it."""
    if not callable(function):
        raise TypeError(f"function must be callable, not {function.__class__.__name__}")
    if type is None:
        type_ = _signature(function)
    else:
        type_ = FuncType.parse(type) if isinstance(type, str) else checked(type, FuncType, "type")
    return type_, callback(function, type_, _name(function), wants_caller(function))


def _signature(function: Callable[..., Any]) -> FuncType:
    if isinstance(function, _Function) and not function.__annotations__:
        code = function.__code__
        if not (code.co_argcount or code.co_kwonlyargcount or code.co_flags & _VARIADIC):
            return FuncType()  # inspect and typing take longer to import than all of this package
    from wasmtime_gen._annotations import signature

    return signature(function)


_Function = type(host_function)
_VARIADIC = 0x04 | 0x08  # *args, **kwargs


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", function.__class__.__name__))


def _new_function(store: Store, type_: FuncType, thunk: Any) -> Any:
    """The record of a new function that calls `thunk`, which the store keeps alive as long as native code knows it."""
    record, native_type = c.wasmtime_func_t(), functype_to_native(type_)
    try:
        store._kept[id(thunk)] = thunk
        native_thunk = cast(thunk, c.wasmtime_func_unchecked_callback_t)
        no_finalizer = c.wasmtime_finalizer_t()
        guarded(
            store,
            c.wasmtime_func_new_unchecked,
            store._context,
            native_type,
            native_thunk,
            None,
            no_finalizer,
            byref(record),
        )
    finally:
        c.wasm_functype_delete(native_type)
    return record
