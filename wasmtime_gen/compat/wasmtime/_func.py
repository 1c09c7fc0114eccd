"""Func and Caller: functions of guests and of the host."""

from __future__ import annotations

import wasmtime_gen as core
from wasmtime_gen.compat.wasmtime._errors import WasmtimeError, translating, wrapped
from wasmtime_gen.compat.wasmtime._items import wrap_item
from wasmtime_gen.compat.wasmtime._store import Store, item_of
from wasmtime_gen.compat.wasmtime._types import FuncType
from wasmtime_gen.compat.wasmtime._val import from_core, to_core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen.compat.wasmtime._items import AsExtern
    from wasmtime_gen.compat.wasmtime._store import Storelike


class Func:
    """A function of a store."""

    _core: core.Func

    @translating
    def __init__(self, store: Storelike, ty: FuncType, func: Callable[..., Any], access_caller: bool = False) -> None:
        if not isinstance(store, Store):
            raise TypeError("expected a Store")
        if not isinstance(ty, FuncType):
            raise TypeError("expected a FuncType")
        self._core = core.Func(store._core, ty._core, host_function(ty, func, access_caller))

    @translating
    def type(self, store: Storelike) -> FuncType:
        """Its type."""
        return wrapped(FuncType, item_of(store, self).type)

    @translating
    def __call__(self, store: Storelike, *params: Any) -> Any:
        """Call it. No result is None, several are a list."""
        item: core.Func = item_of(store, self)
        type_ = item.type
        if len(params) != len(type_.params):
            how = "many" if len(params) > len(type_.params) else "few"
            raise WasmtimeError(f"too {how} parameters provided: given {len(params)}, expected {len(type_.params)}")
        value = item(*map(to_core, type_.params, params))
        if len(type_.results) > 1:
            return list(map(from_core, type_.results, value))
        return from_core(type_.results[0], value) if type_.results else None


def host_function(ty: FuncType, func: Callable[..., Any], access_caller: bool) -> Callable[..., Any]:
    """`func` as wasmtime_gen calls it: with its own Caller, and the results as it takes them."""
    params, results = ty._core.params, ty._core.results

    def call(args: Any, *caller: Caller) -> Any:
        given = func(*caller, *map(from_core, params, args))
        if not results:
            if given is not None:
                raise WasmtimeError("callback produced results when it shouldn't")
            return None
        if len(results) == 1:
            return to_core(results[0], given)
        if len(given) != len(results):
            raise WasmtimeError("callback produced wrong number of results")
        return tuple(map(to_core, results, given))

    def plain(*args: object) -> object:
        return call(args)

    def with_caller(caller: core.Caller, *args: object) -> object:
        return call(args, wrapped(Caller, caller))

    return with_caller if access_caller else plain


class Caller:
    """The guest that calls a host function. It can be given where a Store can, until the call ends."""

    _core: core.Caller

    def __init__(self, ptr: object) -> None:
        raise TypeError("a Caller is given to host functions with access_caller=True, and not made otherwise")

    def __getitem__(self, name: str) -> AsExtern:
        """The export `name` of the calling instance. Raises KeyError when there is none, or the call has ended."""
        found = self.get(name)
        if found is None:
            raise KeyError(f"failed to find export {name}")
        return found

    @translating
    def get(self, name: str) -> AsExtern | None:
        """The same, or None."""
        try:
            self._core.store  # noqa: B018
        except RuntimeError:
            return None
        found = self._core.get(name)
        return None if found is None else wrap_item(found)

    def _store(self) -> core.Store:
        try:
            return self._core.store
        except RuntimeError:
            raise ValueError("caller is no longer valid") from None
