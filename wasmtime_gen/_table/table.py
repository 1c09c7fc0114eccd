"""Table: references in a fixed order, in a store. How elements are read and set is in access.py."""

from __future__ import annotations

from _collections_abc import Sequence

from wasmtime_capi.cdata import byref

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._extern import CLASSES, Item, new_extern
from wasmtime_gen._handle import checked
from wasmtime_gen._once import once
from wasmtime_gen._raw import TABLE, raw
from wasmtime_gen._store import Store
from wasmtime_gen._table.access import TableAccess
from wasmtime_gen._turn import accessing, guarded
from wasmtime_gen._types.making import tabletype_to_native
from wasmtime_gen._types.reading import valtype_from_native
from wasmtime_gen._types.sized import TableType
from wasmtime_gen._types.valtype import type_from
from wasmtime_gen._value import NativeValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, overload

    from wasmtime_gen._module import Module
    from wasmtime_gen._types.valtype import ValType


MOST = 10_000_000  # elements at the start, as in a module: the library ends the process when it finds no memory


class Table(Item, Sequence):  # type: ignore[type-arg]
    """A table of a store, as a sequence: get, set, slices, iteration and len(), but no insertion and no deletion.

    An element is a Func, any object for an externref, another reference as calls return it, or None. Indices and slices
    are those of Python's sequences: -1 is the last element. A slice is set to as many values as it has elements.

    >>> from wasmtime_gen import Engine, Store, Table
    >>> table = Table(Store(Engine()), "2 10 externref", "first")
    >>> table[1] = ("any", "object")
    >>> list(table), table.grow(1), len(table)
    (['first', ('any', 'object')], 2, 3)

    Raises IndexError for an index out of range, TypeError for an element that does not fit, StoreMismatchError for a
    Func or a reference of another store.
    """

    __slots__ = ("__dict__",)
    _kind = TABLE
    _word = "table"

    def __init__(self, store: Store, type: TableType | str, init: Any = None) -> None:
        """A new table, for modules to import, whose elements are `init`.

        `type` is a TableType or its text, such as "1 10 funcref". Raises ValueError for more than 10 million elements,
        WasmtimeError for what the store's limits forbid, and for 64-bit tables: the C API makes none.
        """
        self._first_init()
        checked(store, Store, "store")
        type_ = type_from(type, TableType)
        if type_.minimum > MOST:
            raise ValueError(f"a table has at most {MOST} elements at the start, not {type_.minimum}")
        extern = new_extern(TABLE)
        guarded(store, _create, store, type_, init, extern)
        self._bind(store, extern, "table")
        self.__dict__.update(_type=type_, _element=type_.element)

    @property
    def type(self) -> TableType:
        """The type of the elements, and the limits.

        Raises WasmtimeError where the C API cannot tell it: of some 64-bit tables that are not had from
        instance.exports.
        """
        return self._type

    @once
    def _type(self) -> TableType:
        from wasmtime_gen._table.native_type import read_tabletype

        return read_tabletype(self, self._element, self.__dict__.get("_module"))

    def _found_in(self, module: Module) -> None:
        """Remember the module whose export this is: it knows the limits."""
        self.__dict__["_module"] = module

    @once
    def _element(self) -> ValType:
        return accessing(self._store, _read_element, self._store._address, self._record)

    @once
    def _access(self) -> TableAccess:
        return TableAccess(self._store, self._record, self._element, self._name)

    @once
    def _get(self) -> Callable[[Any], Any]:
        return self._access.getter()

    @once
    def _set(self) -> Callable[[Any, Any], None]:
        return self._access.setter()

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> Any: ...
        @overload
        def __getitem__(self, index: slice) -> list[Any]: ...
        def __getitem__(self, index: int | slice) -> Any: ...
        @overload
        def __setitem__(self, index: int, value: Any) -> None: ...
        @overload
        def __setitem__(self, index: slice, value: Iterable[Any]) -> None: ...
        def __setitem__(self, index: int | slice, value: Any) -> None: ...

    else:

        def __getitem__(self, index):
            return self._get(index)

        def __setitem__(self, index, value):
            self._set(index, value)

    def __len__(self) -> int:
        return self._access.size()

    def grow(self, delta: int, value: Any = None) -> int:
        """Append `delta` elements that are `value`. Returns the size before, in elements.

        Raises WasmtimeError where the type's maximum, the store's limits or the memory do not allow it, OverflowError
        for a negative `delta`.
        """
        return self._access.grow(delta, value)

    def fill(self, value: Any, start: int = 0, count: int | None = None) -> None:
        """Set `count` elements from `start` on to `value`; all that follow if `count` is None.

        Raises IndexError, before anything is set, when there are not as many.
        """
        self._access.fill(value, start, count)

    __eq__ = Item.__eq__
    __hash__ = Item.__hash__


CLASSES[TABLE] = Table


def _create(store: Store, type_: TableType, init: Any, extern: Any) -> None:
    native = NativeValue(type_.element)
    engine = store._engine._use()
    native_type = tabletype_to_native(type_, engine.pointer)
    if not native_type:
        raise WasmtimeError(f"{type_} cannot be made by the host")
    try:
        native.given(store, _new_table, init, "init", store, native_type, byref(extern, 8))
    finally:
        raw.wasm_tabletype_delete(native_type)


def _new_table(store: Store, type_: int, record: Any, init: Any) -> Any:
    return raw.wasmtime_table_new(store._address, type_, init, record)


def _read_element(context: int, record: Any) -> ValType:
    native = raw.wasmtime_table_type(context, record)
    try:
        return valtype_from_native(raw.wasm_tabletype_element(native))
    finally:
        raw.wasm_tabletype_delete(native)
