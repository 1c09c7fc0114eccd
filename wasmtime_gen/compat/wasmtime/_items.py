"""Global, Table and Tag; and which wrapper each item of wasmtime_gen has."""

from __future__ import annotations

import wasmtime_gen as core
from wasmtime_gen.compat.wasmtime._errors import WasmtimeError, translating, wrapped
from wasmtime_gen.compat.wasmtime._store import core_store, item_of
from wasmtime_gen.compat.wasmtime._types import GlobalType, TableType, TagType
from wasmtime_gen.compat.wasmtime._val import from_core, or_val, to_core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from wasmtime_gen.compat.wasmtime._func import Func
    from wasmtime_gen.compat.wasmtime._memory import Memory, SharedMemory
    from wasmtime_gen.compat.wasmtime._store import Store, Storelike

    AsExtern: TypeAlias = "Func | Table | Global | Memory | SharedMemory | Tag"


class Global:
    """A global of a store."""

    _core: core.Global

    @translating
    def __init__(self, store: Storelike, ty: GlobalType, val: Any) -> None:
        if not isinstance(ty, GlobalType):
            raise TypeError("expected a GlobalType")
        self._core = core.Global(core_store(store), ty._core, to_core(ty._core.content, val))

    @translating
    def type(self, store: Storelike) -> GlobalType:
        """Its type."""
        return wrapped(GlobalType, item_of(store, self).type)

    @translating
    def value(self, store: Storelike) -> Any:
        """What it holds; a Val for null."""
        item: core.Global = item_of(store, self)
        value = from_core(item.type.content, item.value)
        return or_val(item.type.content, value, value is not None)

    @translating
    def set_value(self, store: Storelike, val: Any) -> None:
        """Set what it holds."""
        item: core.Global = item_of(store, self)
        try:
            item.value = to_core(item.type.content, val)
        except AttributeError as error:
            raise WasmtimeError(str(error)) from error


class Table:
    """A table of a store."""

    _core: core.Table

    @translating
    def __init__(self, store: Store, ty: TableType, init: Any) -> None:
        element = to_core(ty._core.element, init)
        try:
            self._core = core.Table(core_store(store), ty._core, element)
        except ValueError as error:  # more elements than the library can refuse
            raise error if isinstance(error, core.WasmtimeError) else WasmtimeError(str(error)) from error

    @translating
    def type(self, store: Storelike) -> TableType:
        """Its type."""
        return wrapped(TableType, item_of(store, self).type)

    @translating
    def size(self, store: Storelike) -> int:
        """The number of elements."""
        return len(item_of(store, self))

    @translating
    def grow(self, store: Storelike, amt: int, init: Any) -> int:
        """Append elements. Returns the number before."""
        item: core.Table = item_of(store, self)
        return item.grow(amt, to_core(item.type.element, init))

    @translating
    def get(self, store: Store, idx: int) -> Any | None:
        """An element; a Val for what is false, None out of bounds."""
        item: core.Table = item_of(store, self)
        if not 0 <= idx < len(item):
            return None
        value = from_core(item.type.element, item[idx])
        return or_val(item.type.element, value, bool(value))

    @translating
    def set(self, store: Store, idx: int, val: Any) -> None:
        """Set an element. Raises WasmtimeError out of bounds."""
        item: core.Table = item_of(store, self)
        value = to_core(item.type.element, val)
        if not 0 <= idx < len(item):
            raise WasmtimeError("table element index out of bounds")
        item[idx] = value


class Tag:
    """A tag of exceptions of a store."""

    _core: core.Tag

    @translating
    def __init__(self, store: Storelike, ty: TagType) -> None:
        if not isinstance(ty, TagType):
            raise TypeError("expected a TagType")
        try:
            self._core = core.Tag(core_store(store), ty._core)
        except ValueError as error:
            raise WasmtimeError(str(error)) from error

    @translating
    def type(self, store: Storelike) -> TagType:
        """Its type."""
        return wrapped(TagType, item_of(store, self).type)

    @translating
    def eq(self, store: Storelike, other: Tag) -> bool:
        """Whether both are the same tag."""
        return bool(item_of(store, self) == other._core)


def wrap_item(item: Any) -> AsExtern:
    """The wrapper of an item of wasmtime_gen."""
    from wasmtime_gen.compat.wasmtime._func import Func
    from wasmtime_gen.compat.wasmtime._memory import Memory, SharedMemory

    kinds = {
        core.Global: Global,
        core.Table: Table,
        core.Tag: Tag,
        core.Memory: Memory,
        core.SharedMemory: SharedMemory,
    }
    kind = next((ours for theirs, ours in kinds.items() if isinstance(item, theirs)), Func)
    return wrapped(kind, item)


def unwrap_item(item: AsExtern) -> Any:
    """The item of wasmtime_gen behind a wrapper."""
    found = getattr(item, "_core", None)
    kinds = (core.Func, core.Global, core.Memory, core.SharedMemory, core.Tag, core.Table)
    if not isinstance(found, kinds):
        raise TypeError("expected a Func, Global, Memory, SharedMemory, Tag, or Table")
    return found
