"""Global: a value that guests share, in a store.

After a few uses a global of numbers becomes one of a quick class. It has memory of its own for the value, which belongs
to who has the store's turn (_turn.py). Whatever the quick way does not take goes the longer one, with memory made for
it: values of other types, re-entrant use, and errors.
"""

# ruff: noqa: F841 - the variable `free` is a cell of other closures too
from __future__ import annotations

from wasmtime_capi.cdata import byref

from wasmtime_gen._extern import CLASSES, Item, new_extern
from wasmtime_gen._handle import checked, set_class
from wasmtime_gen._numbers import READS
from wasmtime_gen._once import once
from wasmtime_gen._raw import GLOBAL, raw, ready
from wasmtime_gen._store import Store
from wasmtime_gen._trap import take_error
from wasmtime_gen._turn import accesses, accessing, bound, guarded, stale
from wasmtime_gen._types.externreading import globaltype_from_native
from wasmtime_gen._types.functype import GlobalType
from wasmtime_gen._types.making import globaltype_to_native
from wasmtime_gen._types.valtype import type_from
from wasmtime_gen._value import PLACE, NativeValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_get = ready.wasmtime_global_get
_set = ready.wasmtime_global_set


class Global(Item):
    """A global of a store: `value` reads and sets what it holds, with the same conversions as calls.

    >>> from wasmtime_gen import Engine, Global, Store
    >>> counter = Global(Store(Engine()), "(mut i32)", 41)
    >>> counter.value += 1
    >>> counter.value, counter.type
    (42, GlobalType('i32', mutable=True))
    """

    __slots__ = ("__dict__", "_arguments", "_uses", "_view")
    _kind = GLOBAL
    _fields = (2**64 - 1, 2**64 - 1, 2**32 - 1)
    _word = "global"
    # What _Quick needs:
    _arguments: Any  # of the native calls, with memory for a value
    _view: Any  # of this memory
    _uses: int

    def __init__(self, store: Store, type: GlobalType | str, value: Any, *, by_bits: bool = False) -> None:
        """A new global, for modules to import.

        `type` is a GlobalType or its text, such as "i32" or "(mut f64)". With `by_bits`, `value` is what `bits` gives.
        Raises TypeError and OverflowError for a value that does not fit, StoreMismatchError for a Func or a reference
        of another store.
        """
        self._first_init()
        checked(store, Store, "store")
        type_ = type_from(type, GlobalType)
        extern = new_extern(GLOBAL)
        guarded(store, _create, store, type_, value, extern, by_bits)
        self._bind(store, extern, "global")
        self.__dict__["_type"] = type_

    def _bind(self, store: Store, extern: Any, name: str) -> None:
        super()._bind(store, extern, name)
        self._uses = 0

    @property
    def type(self) -> GlobalType:
        """The type of the value, and whether it can be set."""
        return self._type

    @once
    def _type(self) -> GlobalType:
        return accessing(self._store, _read_type, self._store._address, self._record)

    @property
    def value(self) -> Any:
        """What the global holds: an int, a float, 16 bytes for v128, a reference as calls return it, or None.

        Setting it raises TypeError or OverflowError for what does not fit the type, StoreMismatchError for a Func or a
        reference of another store, and AttributeError for a global that is not mutable.
        """
        self._uses += 1
        if self._uses >= _FEW and type(self) is Global and self._type.content.kind in READS:
            accessing(self._store, self._quicken)
        return self._get()

    @value.setter
    def value(self, value: Any) -> None:
        self._uses += 1
        if self._uses >= _FEW and type(self) is Global and self._type.content.kind in READS:
            accessing(self._store, self._quicken)
        self._set(value)

    @property
    def bits(self) -> Any:
        """The value, but an f32 as an i32 and an f64 as an i64 of the same bits: no float tells all that an f32 holds.

        >>> from wasmtime_gen import Engine, Global, Store
        >>> zero = Global(Store(Engine()), "(mut f32)", -0.0)
        >>> zero.bits = zero.bits | 0x7FA00000
        >>> hex(zero.bits & 0xFFFFFFFF), zero.value
        ('0xffa00000', nan)
        """
        return accessing(self._store, self._read, True)

    @bits.setter
    def bits(self, value: Any) -> None:
        self._set(value, True)

    def _get(self) -> Any:
        return accessing(self._store, self._read)

    def _read(self, by_bits: bool = False) -> Any:
        value = NativeValue(self._type.content, by_bits=by_bits)
        _get(self._store._context, self._record, value.argument)
        return value.read(self._store)

    def _set(self, value: Any, by_bits: bool = False) -> None:
        if not self._type.mutable:
            raise AttributeError(f"global {self._name!r} cannot be set: its type is {self._type}, which is not mutable")
        accessing(self._store, self._write, value, by_bits)

    def _write(self, value: Any, by_bits: bool) -> None:
        native = NativeValue(self._type.content, by_bits=by_bits)
        native.given(self._store, _set, value, f"global {self._name!r}", self._store._context, self._record)

    def _quicken(self) -> None:
        """From now on, be read and set by the quick class of the store."""
        kind, store = self._type.content.kind, self._store
        if type(self) is not Global:  # another thread was faster
            return
        form = "read" if not self._type.mutable else "f32" if kind == "f32" else "set"
        made = store._kept.get((Global, form))
        if made is None:
            made = _quick_class(store, form)
            store._keep(made, (Global, form))
        value = NativeValue(self._type.content)
        self._arguments = store._context, self._record, value.argument
        self._view = memoryview(value.memory).cast("B")[PLACE:].cast(READS[kind][0])
        set_class(self, made)


CLASSES[GLOBAL] = Global


_FEW = 8  # uses of a global before it pays to make a class for it


def _quick_class(store: Store, form: str) -> type[Global]:
    """A subclass for the globals of one store, whose property shares the store's turn: a property that calls a closure
    of each global costs a quarter more. It does not refer to the store.
    """
    get = bound(_GET, globals(), store._turn)
    put = Global._set if form == "read" else bound(_SET_F32 if form == "f32" else _SET, globals(), store._turn)
    made = type("Global", (Global,), {"__slots__": (), "__module__": __name__, "value": property(get, put)})
    made.__doc__ = Global.__doc__
    return made


def _create(store: Store, type_: GlobalType, value: Any, extern: Any, by_bits: bool) -> None:
    native = NativeValue(type_.content, by_bits=by_bits)
    engine = store._engine._use()
    native_type = globaltype_to_native(type_, engine.pointer)
    try:
        native.given(store, _new_value, value, "value", store, native_type, byref(extern, 8))
    finally:
        raw.wasm_globaltype_delete(native_type)


def _new_value(store: Store, type_: int, record: Any, value: Any) -> Any:
    return raw.wasmtime_global_new(store._address, type_, value, record)


def _read_type(context: int, record: Any) -> GlobalType:
    native = raw.wasmtime_global_type(context, record)
    try:
        return globaltype_from_native(native)
    finally:
        raw.wasm_globaltype_delete(native)


def _closures() -> tuple[Any, ...]:
    free: Any = None

    def get(self: Global) -> Any:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            _get(*self._arguments)
            value = self._view[0]
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            return value
        except NameError:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                raise
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        return self._get()

    def put(self: Global, value: Any) -> None:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            self._view[0] = value
            error = _set(*self._arguments)
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            if not error:
                return
            take_error(error)
        except Exception:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        self._set(value)

    def put_f32(self: Global, value: Any) -> None:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            if -_MOST <= value <= _MOST:  # a view turns what is larger into infinity
                self._view[0] = value
                error = _set(*self._arguments)
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                if not error:
                    return
                take_error(error)
            else:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except Exception:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        self._set(value)

    return get.__code__, put.__code__, put_f32.__code__


_MOST = 3.4028234663852886e38  # of an f32
_GET, _SET, _SET_F32 = map(accesses, _closures())
