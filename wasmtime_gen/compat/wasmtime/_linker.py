"""Linker: names for what modules import."""

from __future__ import annotations

import wasmtime_gen as core
from wasmtime_gen.compat.wasmtime._errors import WasmtimeError, translating, wrapped
from wasmtime_gen.compat.wasmtime._func import Func, host_function
from wasmtime_gen.compat.wasmtime._instance import Instance, InstancePre
from wasmtime_gen.compat.wasmtime._items import unwrap_item, wrap_item
from wasmtime_gen.compat.wasmtime._managed import Managed
from wasmtime_gen.compat.wasmtime._module import Module
from wasmtime_gen.compat.wasmtime._store import Engine, core_store, item_of
from wasmtime_gen.compat.wasmtime._types import FuncType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen.compat.wasmtime._items import AsExtern
    from wasmtime_gen.compat.wasmtime._store import Storelike


class Linker(Managed):
    """Definitions for modules to import."""

    _core: core.Linker

    @translating
    def __init__(self, engine: Engine) -> None:
        self._core = core.Linker(engine._core)
        self.engine = engine

    @translating
    def _set_allow_shadowing(self, allow: bool) -> None:
        self._core.allow_shadowing = bool(allow)

    allow_shadowing = property(
        fset=_set_allow_shadowing, doc="Whether a name may be defined again. It can only be set."
    )

    @translating
    def define(self, store: Storelike, module: str, name: str, item: AsExtern) -> None:
        """Define an item."""
        self._core.define(core_store(store), module, name, unwrap_item(item))

    @translating
    def define_func(
        self, module: str, name: str, ty: FuncType, func: Callable[..., Any], access_caller: bool = False
    ) -> None:
        """Define a host function, for any store."""
        if not isinstance(ty, FuncType):
            raise TypeError("expected a FuncType")
        self._core.define_func(module, name, host_function(ty, func, access_caller), ty._core)

    @translating
    def define_instance(self, store: Storelike, name: str, instance: Instance) -> None:
        """Define all exports of an instance."""
        if not isinstance(instance, Instance):
            raise TypeError("expected an `Instance`")
        self._core.define_instance(core_store(store), name, item_of(store, instance))

    @translating
    def define_wasi(self) -> None:
        """Define WASI. The store needs set_wasi()."""
        self._core.define_wasi()

    @translating
    def define_module(self, store: Storelike, name: str, module: Module) -> None:
        """Define the exports of a module, a command or a reactor of WASI."""
        self._core.define_module(core_store(store), name, _module(module))

    @translating
    def instantiate(self, store: Storelike, module: Module) -> Instance:
        """Instantiate a module with what is defined."""
        return wrapped(Instance, self._core.instantiate(core_store(store), module._core))

    @translating
    def get_default(self, store: Storelike, name: str) -> Func:
        """The function that a module is run by."""
        return wrapped(Func, self._core.get_default(core_store(store), name))

    @translating
    def get(self, store: Storelike, module: str, name: str) -> AsExtern:
        """What is defined under these names. Raises WasmtimeError if nothing is."""
        found = self._core.get(core_store(store), module, name)
        if found is None:
            raise WasmtimeError("item not defined in linker")
        return wrap_item(found)

    @translating
    def define_unknown_imports_as_traps(self, module: Module) -> None:
        """Define what `module` imports and is not defined as functions that trap."""
        self._core.define_unknown_imports_as_traps(_module(module))

    @translating
    def define_unknown_imports_as_default_values(self, store: Storelike, module: Module) -> None:
        """Define what `module` imports and is not defined as zeros and null."""
        self._core.define_unknown_imports_as_defaults(core_store(store), _module(module))

    @translating
    def instantiate_pre(self, module: Module) -> InstancePre:
        """Find the imports of a module once, to instantiate it many times."""
        return wrapped(InstancePre, self._core.instantiate_pre(_module(module)))


def _module(given: Module) -> core.Module:
    if not isinstance(given, Module):
        raise TypeError("expected a `Module`")
    return given._core
