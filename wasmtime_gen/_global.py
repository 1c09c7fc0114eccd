"""Global: a value that guests share, in a store. The closures that read and set it are made when first needed.

A closure has memory of its own for the value, which belongs to who has the store's turn (_turn.py). Whatever the fast
way does not take goes the longer one, with memory made for it: values of other types, re-entrant use, and errors.
"""

# ruff: noqa: F841 - the variable `free` is a cell of other closures too
from __future__ import annotations

from _operator import methodcaller
from ctypes import byref

from wasmtime_gen._extern import CLASSES, Item, new_extern
from wasmtime_gen._externreading import globaltype_from_native
from wasmtime_gen._handle import checked
from wasmtime_gen._numbers import READS, STRUCTS
from wasmtime_gen._once import once
from wasmtime_gen._raw import GLOBAL, raw, ready
from wasmtime_gen._store import Store
from wasmtime_gen._trap import take_error
from wasmtime_gen._turn import accesses, accessing, bound, guarded
from wasmtime_gen._typemaking import globaltype_to_native
from wasmtime_gen._types import GlobalType
from wasmtime_gen._value import PLACE, NativeValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_get = ready("wasmtime_global_get")
_set = ready("wasmtime_global_set")
_new = raw("wasmtime_global_new")
_type = raw("wasmtime_global_type")
_type_delete = raw("wasm_globaltype_delete")


class Global(Item):
    """A global of a store: `value` reads and sets what it holds, with the same conversions as calls.

    >>> from wasmtime_gen import Engine, Global, Store
    >>> counter = Global(Store(Engine()), "(mut i32)", 41)
    >>> counter.value += 1
    >>> counter.value, counter.type
    (42, GlobalType('i32', mutable=True))
    """

    __slots__ = ("__dict__",)
    _kind = GLOBAL
    _word = "global"

    def __init__(self, store: Store, type: GlobalType | str, value: Any) -> None:
        """A new global, for modules to import.

        `type` is a GlobalType or its text, such as "i32" or "(mut f64)". Raises TypeError and OverflowError for a value
        that does not fit, StoreMismatchError for a Func of another store.
        """
        self._first_init()
        checked(store, Store, "store")
        type_ = GlobalType.parse(type) if isinstance(type, str) else checked(type, GlobalType, "type")
        extern = new_extern(GLOBAL)
        guarded(store, _create, store, type_, value, extern)
        self._bind(store, extern, "global")
        self.__dict__["type"] = type_

    @once
    def type(self) -> GlobalType:
        """The type of the value, and whether it can be set."""
        return accessing(self._store, _read_type, self._store._address, self._record)

    @once
    def _access(self) -> _Access:
        return _Access(self._store, self._record, self.type, self._name)

    @once
    def _get(self) -> Callable[[], Any]:
        return self._access.getter()

    @once
    def _set(self) -> Callable[[Any], None]:
        return self._access.setter()

    if TYPE_CHECKING:

        @property
        def value(self) -> Any: ...
        @value.setter
        def value(self, value: Any) -> None: ...

    else:

        def _assign(self, value):
            self._set(value)

        value = property(
            methodcaller("_get"),  # which is called without a frame of Python
            _assign,
            doc="""What the global holds: an int, a float, 16 bytes for v128, any object for externref, a Func or None.

            Setting it raises TypeError or OverflowError for what does not fit the type, StoreMismatchError for a Func
            of another store, and AttributeError for a global that is not mutable.
            """,
        )


CLASSES[GLOBAL] = Global


class _Access:
    """A global as its closures see it. They must not refer to the Global, which refers to them."""

    __slots__ = ("_name", "_record", "_store", "_type")

    def __init__(self, store: Store, record: Any, type_: GlobalType, name: str) -> None:
        self._store = store
        self._record = record
        self._type = type_
        self._name = name

    def getter(self) -> Callable[[], Any]:
        kind = self._type.content.kind
        if kind not in READS:
            return self._get_guarded
        value = NativeValue(self._store, self._type.content)
        cells = {"arguments": (self._store._context, self._record, value.argument), "view": _view(value, kind)}
        return bound(_GET, globals(), self._store._turn, again=self._get_guarded, **cells)

    def setter(self) -> Callable[[Any], None]:
        kind = self._type.content.kind
        if not self._type.mutable:
            return self._refuse
        if kind not in READS:
            return self._set_guarded
        value = NativeValue(self._store, self._type.content)
        cells: dict[str, Any] = {
            "again": self._set_guarded,
            "arguments": (self._store._context, self._record, value.argument),
        }
        if kind == "f32":  # a view would turn a float too large for f32 into infinity
            pack = STRUCTS[kind].pack_into
            return bound(_SET_PACKED, globals(), self._store._turn, pack=pack, memory=value.memory, **cells)
        return bound(_SET, globals(), self._store._turn, view=_view(value, kind), **cells)

    def _get_guarded(self) -> Any:
        return accessing(self._store, self._read)

    def _read(self) -> Any:
        value = NativeValue(self._store, self._type.content)
        _get(self._store._context, self._record, value.argument)
        return value.read()

    def _set_guarded(self, value: Any) -> None:
        error = accessing(self._store, self._write, value)
        if error:
            raise take_error(error)

    def _write(self, value: Any) -> int | None:
        native = NativeValue(self._store, self._type.content)
        return native.given(_set, value, f"global {self._name!r}", self._store._context, self._record)  # type: ignore[no-any-return]

    def _refuse(self, value: Any) -> None:
        raise AttributeError(f"global {self._name!r} cannot be set: its type is {self._type}, which is not mutable")


def _view(value: NativeValue, kind: str) -> Any:
    return memoryview(value.memory).cast("B")[PLACE:].cast(READS[kind][0])


def _create(store: Store, type_: GlobalType, value: Any, extern: Any) -> None:
    native = NativeValue(store, type_.content)
    native_type = globaltype_to_native(type_, store.engine._use().pointer)
    try:
        error = native.given(_new_value, value, "value", store, native_type, byref(extern, 8))
    finally:
        _type_delete(native_type)
    if error:
        raise take_error(error)


def _new_value(store: Store, type_: int, record: Any, value: Any) -> Any:
    return _new(store._address, type_, value, record)


def _read_type(context: int, record: Any) -> GlobalType:
    native = _type(context, record)
    try:
        return globaltype_from_native(native)
    finally:
        _type_delete(native)


def _closures() -> tuple[Any, ...]:
    none: Any = None
    free = again = arguments = view = pack = memory = none

    def get() -> Any:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me  # noqa: E702  # fmt: skip
            _get(*arguments)
            value = view[0]
            mine, free = None, mine
            return value
        except NameError:
            if mine is not None:
                mine, free = None, mine
                raise
        except BaseException:
            if mine is not None:
                mine, free = None, mine
            raise
        return again()

    def put(value: Any) -> None:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me  # noqa: E702  # fmt: skip
            view[0] = value
            error = _set(*arguments)
            mine, free = None, mine
            if not error:
                return
            take_error(error)
        except Exception:
            if mine is not None:
                mine, free = None, mine
        except BaseException:
            if mine is not None:
                mine, free = None, mine
            raise
        again(value)

    def put_packed(value: Any) -> None:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me  # noqa: E702  # fmt: skip
            pack(memory, PLACE, value)
            error = _set(*arguments)
            mine, free = None, mine
            if not error:
                return
            take_error(error)
        except Exception:
            if mine is not None:
                mine, free = None, mine
        except BaseException:
            if mine is not None:
                mine, free = None, mine
            raise
        again(value)

    return get.__code__, put.__code__, put_packed.__code__


_GET, _SET, _SET_PACKED = map(accesses, _closures())
