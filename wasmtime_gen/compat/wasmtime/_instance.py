"""Instance, InstancePre, and the mapping of exports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import wasmtime_gen as core
from wasmtime_gen.compat.wasmtime._errors import WasmtimeError, translating, wrapped
from wasmtime_gen.compat.wasmtime._items import unwrap_item, wrap_item
from wasmtime_gen.compat.wasmtime._managed import Managed
from wasmtime_gen.compat.wasmtime._module import Module
from wasmtime_gen.compat.wasmtime._store import core_store, item_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wasmtime_gen.compat.wasmtime._items import AsExtern
    from wasmtime_gen.compat.wasmtime._store import Storelike


class Instance:
    """A module at work in a store."""

    _core: core.Instance
    _exports: InstanceExports | None = None

    @translating
    def __init__(self, store: Storelike, module: Module, imports: Sequence[AsExtern]) -> None:
        """Instantiate `module` with `imports`, one for each that it has, in their order."""
        linker = core.Linker(module._core.engine)
        wanted, items = module._core.imports, [unwrap_item(each) for each in imports]
        if len(wanted) != len(items):
            raise WasmtimeError(f"expected {len(wanted)} imports, found {len(items)}")
        given: dict[tuple[str, str], Any] = {}
        for import_, item in zip(wanted, items, strict=True):
            name = import_.module, import_.name
            if given.setdefault(name, item) != item:
                raise WasmtimeError(
                    f"the module imports {'.'.join(name)} twice, and each time another item is given: "
                    "wasmtime_gen knows imports by their names"
                )
        for (module_name, item_name), item in given.items():
            linker.define(core_store(store), module_name, item_name, item)
        self._core = linker.instantiate(core_store(store), module._core)

    @translating
    def exports(self, store: Storelike) -> InstanceExports:
        """The exports, as a mapping from names."""
        if self._exports is None:
            self._exports = InstanceExports(store, self)
        return self._exports


class InstanceExports(Mapping[str, Any]):
    """The exports of an instance, by their names, and in their order as `by_index`."""

    def __init__(self, store: Storelike, instance: Instance) -> None:
        self._items = {name: wrap_item(item) for name, item in item_of(store, instance).exports.items()}

    @property
    def by_index(self) -> Sequence[AsExtern]:
        """The exports in their order."""
        return tuple(self._items.values())

    def __getitem__(self, idx: str) -> Any:
        return self._items[idx]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)


class InstancePre(Managed):
    """A module whose imports are found already. Made by Linker.instantiate_pre()."""

    _core: core.InstancePre

    @translating
    def instantiate(self, store: Storelike) -> Instance:
        """Instantiate it in this store."""
        return wrapped(Instance, self._core.instantiate(core_store(store)))

    @property
    def module(self) -> Module:
        """The module."""
        return wrapped(Module, self._core.module)
