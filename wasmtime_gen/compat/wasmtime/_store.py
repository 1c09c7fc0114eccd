"""Engine, Store, and what stands for a store in a call."""

from __future__ import annotations

from typing import TypeAlias, Union

import wasmtime_gen as core
from wasmtime_gen.compat.wasmtime._config import Config
from wasmtime_gen.compat.wasmtime._errors import WasmtimeError, translating
from wasmtime_gen.compat.wasmtime._managed import Managed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from wasmtime_gen.compat.wasmtime._func import Caller
    from wasmtime_gen.compat.wasmtime._wasi import WasiConfig

#: What a call takes for its store.
Storelike: TypeAlias = Union["Store", "Caller", "StoreContext"]


class Engine(Managed):
    """Compiles modules, with one configuration."""

    @translating
    def __init__(self, config: Config | None = None) -> None:
        if config is not None and not isinstance(config, Config):
            raise TypeError("expected Config")
        self._open: core.Engine | None = core.Engine() if config is None else core.Engine(config._made())

    @property
    def _core(self) -> core.Engine:
        if self._open is None:
            raise ValueError("already closed")
        return self._open

    def close(self) -> None:
        """End this object. Modules and stores, which share what it stands for, go on: all can be done with them."""
        self._open = None

    @translating
    def increment_epoch(self) -> None:
        """Count the epoch up by one tick."""
        self._core.increment_epoch()

    @translating
    def is_pulley(self) -> bool:
        """Whether guests run in the interpreter Pulley."""
        return self._core.is_pulley


class Store(Managed):
    """The state of instances. It is the first argument of most calls."""

    _core: core.Store

    @translating
    def __init__(self, engine: Engine | None = None, data: Any | None = None) -> None:
        if engine is None:
            engine = Engine()
        elif not isinstance(engine, Engine):
            raise TypeError("expected an Engine")
        self._core = core.Store(engine._core, data)
        self.engine = engine

    @translating
    def close(self) -> None:
        """Free what is in it. Raises WasmtimeError while a call runs in it."""
        self._core.close()

    @translating
    def data(self) -> Any | None:
        """What was given when it was made."""
        self._core._use()
        return self._core.data

    @translating
    def gc(self) -> None:
        """Let go the objects that guests refer to no longer."""
        self._core.gc()

    @translating
    def set_fuel(self, fuel: int) -> None:
        """Replace what is left of the fuel."""
        self._core.fuel = fuel

    @translating
    def get_fuel(self) -> int:
        """What is left of the fuel."""
        return self._core.fuel

    @translating
    def set_wasi(self, wasi: WasiConfig) -> None:
        """Give the guests WASI."""
        try:
            self._core.wasi = wasi._made()
        except OSError as error:
            raise WasmtimeError(str(error)) from error

    def set_wasi_http(self) -> NoReturn:
        """Raises WasmtimeError: it is for components."""
        raise WasmtimeError("wasi:http is for components, which wasmtime_gen.compat.wasmtime does not have")

    @translating
    def set_epoch_deadline(self, ticks_after_current: int) -> None:
        """Interrupt guests when the epoch has counted up by this, if they look at it."""
        self._core._use()
        if self._core.engine.config.effective("epoch_interruption"):
            self._core.set_epoch_deadline(ticks_after_current)

    @translating
    def set_limits(
        self,
        memory_size: int = -1,
        table_elements: int = -1,
        instances: int = -1,
        tables: int = -1,
        memories: int = -1,
    ) -> None:
        """Bound what guests may take; -1 sets no bound."""
        given = (memory_size, table_elements, instances, tables, memories)
        sizes = [None if size < 0 else size for size in given]
        names = ("memory_size", "table_elements", "instances", "tables", "memories")
        self._core.set_limits(**dict(zip(names, sizes, strict=True)))


class StoreContext:
    """Stands for a store where components call. There are none here, so this is never made."""

    def __init__(self, ptr: object) -> None:
        raise TypeError("a StoreContext is made of a native pointer: give the Store or the Caller")


def core_store(given: Storelike) -> core.Store:
    """The store of wasmtime_gen that a Store or a Caller stands for."""
    if isinstance(given, Store):
        return given._core
    store = getattr(given, "_store", None)
    if store is None:
        raise TypeError(f"expected a Store or a Caller, not {type(given).__name__}")
    return store()  # type: ignore[no-any-return]


def item_of(store: Storelike, wrapper: Any) -> Any:
    """The item of wasmtime_gen behind `wrapper`. Raises WasmtimeError unless it belongs to this store."""
    item, given = wrapper._core, core_store(store)
    if item.store is not given:
        raise WasmtimeError(f"this {type(wrapper).__name__} belongs to another Store than the one that was given")
    return item
