"""Func: a function of a store, exported by a guest or written in Python. How calls work is in _call.py and _host.py."""

from __future__ import annotations

from wasmtime_capi.cdata import byref

from wasmtime_gen._extern import Item, new_extern
from wasmtime_gen._handle import checked, is_a, set_class
from wasmtime_gen._raw import FUNC, raw
from wasmtime_gen._store import Store
from wasmtime_gen._turn import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Self

    from wasmtime_gen._plan import Plan
    from wasmtime_gen._types.functype import FuncType


class Func(Item):
    """A function of a store. Call it with Python values; the store is remembered.

    Numbers come and go as int and float, several results as a tuple, a v128 as 16 bytes, an externref as the object
    itself, a funcref as a Func, an i31 as an int, other references as AnyRef or ExnRef. What the guest does wrong
    raises Trap, what it throws WasmException; an exception of a host function comes out as itself. Arguments of a wrong
    kind raise TypeError, numbers out of range OverflowError.

    >>> from wasmtime_gen import Engine, Func, Store
    >>> double = Func.wrap(Store(Engine()), lambda x: 2 * x, "i32 -> i32")
    >>> double(21)
    42
    """

    # A call finds the closure in this slot without running a method of ours: 100 ns less.
    __slots__ = ("__call__", "_plan", "_plans")
    _plan: Plan | None
    _plans: dict[str, Plan] | None  # those of the module's exports, shared by its instances
    _kind = FUNC
    _fields = (2**64 - 1, 2**64 - 1, 0)
    if TYPE_CHECKING:

        def __call__(self, *args: Any) -> Any: ...

    def __init__(
        self, store: Store, type: FuncType | str, function: Callable[..., Any], *, by_bits: bool = False
    ) -> None:
        """A host function of this type: `function` gets the parameters as Python values and returns the results.

        With `by_bits` it gets and returns floats as by_bits() does. Raises TypeError for a type or function of the
        wrong kind.
        """
        self._first_init()
        if type is None:
            raise TypeError("type must be a FuncType or its text: Func.wrap() takes it from annotations")
        self._make(store, function, type, by_bits)

    @classmethod
    def wrap(
        cls,
        store: Store,
        function: Callable[..., Any],
        type: FuncType | str | None = None,
        *,
        by_bits: bool = False,
    ) -> Func:
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
        self._make(store, function, type, by_bits)
        return self

    def _make(self, store: Store, function: Callable[..., Any], type: FuncType | str | None, by_bits: bool) -> None:
        from wasmtime_gen._call import Uncalled
        from wasmtime_gen._plan import plan_of

        checked(store, Store, "store")
        type_, thunk = host_function(function, type, by_bits)
        self._bind(store, _new_function(store, type_, thunk), _name(function))
        self._plan = plan_of(type_)
        self._plans = None
        if self.__class__ is Func:
            set_class(self, Uncalled)
        else:  # a user's subclass
            set_call(self, self._closure())

    @classmethod
    def _found(cls, store: Store, extern: Any, name: str, plans: dict[str, Plan] | None = None) -> Self:
        self = cls.__new__(cls)
        self._store = store
        self._extern = extern
        self._record = byref(extern, 8)
        self._name = name
        self._plan = None
        self._plans = plans
        return self

    def _closure(self) -> Callable[..., Any]:
        from wasmtime_gen._call import Call

        return Call(self._store, self._record, self._plan or self._find_plan(), self._name).closure()

    def typed(self, type: FuncType | str) -> Callable[..., Any]:
        """The bare call, for hot loops: it takes and returns the same values, and saves a quarter of the way there.

        Raises TypeError if the function has another type.

        >>> from wasmtime_gen import Engine, Func, Store
        >>> add = Func.wrap(Store(Engine()), lambda a, b: a + b, "i32, i32 -> i32").typed("i32, i32 -> i32")
        >>> add(1, 2)
        3
        """
        from wasmtime_gen._types.functype import FuncType
        from wasmtime_gen._types.valtype import type_from

        wanted = type_from(type, FuncType)
        if wanted != self._type:
            from wasmtime_gen._printable import name_of

            raise TypeError(f"{name_of(self._name)} has the type {str(self._type)!r}, not {str(wanted)!r}")
        return self._closure()

    def by_bits(self) -> Callable[..., Any]:
        """The call that passes floats by their bits: an f32 as an i32 and an f64 as an i64, in arguments and results.

        A Python float cannot tell all that an f32 holds: a signalling NaN comes out quiet.

        >>> from wasmtime_gen import Engine, Func, Store
        >>> same = Func.wrap(Store(Engine()), lambda bits: bits, "f32 -> f32", by_bits=True)
        >>> hex(same.by_bits()(0x7FA00000)), same(1.5)
        ('0x7fa00000', 1.5)
        """
        from wasmtime_gen._call import Call
        from wasmtime_gen._plan import plan_by_bits

        return Call(self._store, self._record, plan_by_bits(self._type), self._name).closure()

    @property
    def type(self) -> FuncType:
        """The function's type, as the library states it."""
        return self._type

    @property
    def _type(self) -> FuncType:
        return (self._plan or self._find_plan()).type

    def _find_plan(self) -> Plan:
        raise NotImplementedError("only an Uncalled (_call.py) is without a plan")

    def __repr__(self) -> str:
        from wasmtime_gen._printable import name_of

        state = "of a closed store" if self._store.closed else f"{str(self._type)!r}"
        return f"<Func {name_of(self._name)} {state}>"


# The slot itself: a subclass with a __call__ of its own hides its name, and calls the closure by super().
set_call: Callable[[Func, Callable[..., Any]], None] = vars(Func)["__call__"].__set__


def host_function(
    function: Callable[..., Any], type: FuncType | str | None, by_bits: bool = False
) -> tuple[FuncType, Any]:
    """The type of a host function, given or by its annotations, and the native callback for it."""
    from wasmtime_gen._host import callback

    if not callable(function):
        raise TypeError(f"function must be callable, not {function.__class__.__name__}")
    if type is None:
        if is_a(function, Func):
            raise TypeError("function is a Func, which a linker's define() takes: to call it from here, give its type")
        type_ = _signature(function)
    else:
        from wasmtime_gen._types.functype import FuncType
        from wasmtime_gen._types.valtype import type_from

        type_ = type_from(type, FuncType)
    return type_, callback(function, type_, _name(function), _wants_caller(function), by_bits)


def _wants_caller(function: Callable[..., Any]) -> bool:
    """Whether the first parameter is annotated with Caller, which has to be loaded then."""
    if isinstance(function, _Function) and not function.__annotations__:
        return False
    from wasmtime_gen._caller import wants_caller

    return wants_caller(function)


def _signature(function: Callable[..., Any]) -> FuncType:
    from wasmtime_gen._types.functype import FuncType

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
    """The native item of a new function that calls `thunk`, which the store keeps as long as native code knows it."""
    from wasmtime_gen._host import is_checked
    from wasmtime_gen._types.making import functype_to_native

    extern, engine = new_extern(FUNC), store._engine._use()
    native_type = functype_to_native(type_, engine.pointer)
    try:
        store._keep(thunk)
        arguments = (store._address, native_type, thunk, None, None, byref(extern, 8))
        guarded(store, raw.wasmtime_func_new if is_checked(type_) else raw.wasmtime_func_new_unchecked, *arguments)
    finally:
        raw.wasm_functype_delete(native_type)
    return extern
