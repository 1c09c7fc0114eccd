"""Store: the state of instances. Who may use it, and when, is in _turn.py."""

from __future__ import annotations

from gc import get_referents

from wasmtime_capi.cdata import byref, c_uint64, c_void_p

from wasmtime_gen._engine import Engine
from wasmtime_gen._errors import StoreMismatchError, WasmtimeError, error_of
from wasmtime_gen._handle import Handle, checked, own, owning
from wasmtime_gen._raw import late, raw
from wasmtime_gen._stack import enough
from wasmtime_gen._turn import exclusive, guarded, new_turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._interruption import Interruption, Timeout
    from wasmtime_gen._refs import Externrefs
    from wasmtime_gen._wasi.config import WasiConfig
    from wasmtime_gen._wasi.wasi import Wasi
_store_new = late(
    globals(),
    "_store_new",
    "wasmtime_store_new",
    _store_context="wasmtime_store_context",
    _store_delete="wasmtime_store_delete",
)
_store_context: Any = None  # put there with it
_store_delete: Any = None


class Store(Handle):
    """The state of one or more instances: their memories, globals, tables and functions.

    A store belongs to one thread at a time; using it from a second one while a call runs raises ConcurrentUseError.
    Everything made in it keeps it alive, and stops working when it is closed.

    >>> from wasmtime_gen import Engine, Store
    >>> with Engine() as engine, Store(engine, data={"user": "ann"}) as store:
    ...     store.data["user"]
    'ann'
    """

    # fmt: off
    __slots__ = (
        "_address", "_context", "_engine", "_filled", "_interruption", "_kept", "_limits", "_refs", "_turn", "_wasi",
        "data",
    )
    # fmt: on
    data: Any
    _engine: Engine

    def __init__(self, engine: Engine, data: object = None) -> None:
        if len(get_referents(self)) > 1:  # besides its class; to ask for what is not there costs three times as much
            self._first_init()
        enough()
        native_engine = (engine._native if type(engine) is Engine else None) or own(engine, Engine, "engine")
        self._native = native = owning(_store_new(native_engine.argument, None, None), _store_delete)
        self._address = _store_context(native.argument)
        self._context = c_void_p.from_param(self._address)  # as calls without argtypes take it
        self._turn = new_turn(engine._need)
        # Host functions that native code may call as long as the store lives. They are owned here, and native code only
        # knows an address, so that a cycle of store and host function is ordinary garbage.
        self._kept: dict[object, object] = {}
        self._filled = 0
        self._refs: Externrefs | None = None
        self._limits: list[int] | None = None
        self._wasi: Wasi | None = None
        self._interruption: Interruption | None = None
        self._engine = engine
        self.data = data
        if engine._pulse is not None:
            from wasmtime_gen._interruption import interruption

            self._interruption = interruption(self, engine._pulse)

    def _keep(self, thing: object, key: object = None) -> None:
        """Keep what native code may call, or what views look at, until the store is closed; and be found by calls."""
        if not self._kept:
            from wasmtime_gen._caller import register

            # With the turn: the address of a store that is being closed may be another one's already.
            guarded(self, register, self)
            self._turn.ask()
        self._kept[id(thing) if key is None else key] = thing

    @property
    def _externrefs(self) -> Externrefs:
        if self._refs is None:
            from wasmtime_gen._refs import Externrefs

            self._refs = Externrefs(own(self, Store), self)
        return self._refs

    @property
    def engine(self) -> Engine:
        """The engine that it was made for."""
        return self._engine

    @property
    def fuel(self) -> int:
        """What is left of the fuel that guests burn, about one unit an instruction; 0 in a new store.

        Setting it replaces what is left. A guest that runs out traps with OutOfFuelTrap. Raises WasmtimeError if the
        engine was made without `consume_fuel=True`, OverflowError for what is not from 0 to 2**64-1.

        >>> from wasmtime_gen import Engine, Store
        >>> store = Store(Engine(consume_fuel=True))
        >>> store.fuel = 1000
        >>> store.fuel
        1000
        """
        left = c_uint64()
        error = guarded(self, raw.wasmtime_context_get_fuel, self._address, byref(left))
        if error:
            raise _no_fuel(error)
        return left.value

    @fuel.setter
    def fuel(self, fuel: int) -> None:
        from wasmtime_gen._numbers import unsigned

        amount = unsigned(fuel, 64, "fuel")
        error = guarded(self, raw.wasmtime_context_set_fuel, self._address, amount)
        if error:
            raise _no_fuel(error)
        self._filled = amount

    @property
    def fuel_consumed(self) -> int:
        """The fuel that guests have burnt since `fuel` was last set."""
        return self._filled - self.fuel

    def set_limits(
        self,
        *,
        memory_size: int | None = None,
        table_elements: int | None = None,
        instances: int | None = None,
        tables: int | None = None,
        memories: int | None = None,
    ) -> None:
        """Bound what guests may take; None leaves the library's own limit.

        `memory_size` is in bytes and `table_elements` in elements, each for every single memory and table: bound their
        number too, with `memories` and `tables`. A guest that asks for more gets -1 from memory.grow and table.grow;
        to instantiate or to create more raises WasmtimeError. Shared memories are not counted.
        """
        from wasmtime_gen._numbers import unsigned

        given = (memory_size, table_elements, instances, tables, memories)
        names = ("memory_size", "table_elements", "instances", "tables", "memories")
        limits = [-1 if value is None else unsigned(value, 63, name) for name, value in zip(names, given, strict=True)]
        own(self, Store)
        exclusive(self, "set_limits()", self._limit, limits)

    def _limit(self, limits: list[int] | None = None) -> None:
        """Set these limits, or those that were given before: WASI has items of its own in the store."""
        native = own(self, Store)
        self._limits = limits = limits or self._limits
        if limits is not None:
            if self._wasi is not None:
                from wasmtime_gen._wasi.wasi import reserved

                limits = reserved(self, limits)
            raw.wasmtime_store_limiter(native.pointer, *limits)

    @property
    def wasi(self) -> Wasi:
        """What guests have of WASI, and what they have written. Raises WasmtimeError before it is set.

        Set it to a WasiConfig before a linker with define_wasi() instantiates here. Setting it again gives the guests
        new streams and directories. That raises ConcurrentUseError while a call runs in the store, and OSError for a
        file or directory that cannot be opened.

        >>> from wasmtime_gen import Engine, Store, WasiConfig
        >>> store = Store(Engine())
        >>> store.wasi = WasiConfig(args=["hello"])
        >>> store.wasi.config.args, store.wasi.stdout
        (('hello',), b'')
        """
        if self._wasi is None:
            raise WasmtimeError("this Store has no WASI: set store.wasi = WasiConfig()")
        return self._wasi

    @wasi.setter
    def wasi(self, config: WasiConfig) -> None:
        from wasmtime_gen._wasi.wasi import set_wasi

        set_wasi(self, config)

    def timeout(self, seconds: float) -> Timeout:
        """A `with` block that takes at most so many seconds: guests that run on are interrupted.

        The call that runs then raises GuestTimeout, some 10 milliseconds late while no other Python thread keeps the
        interpreter busy, and the store can be used again. Sleeping in WASI and waiting for its standard streams end in
        time, too. A host function is not interrupted: the guest that it returns to is. A block that ends late raises
        GuestTimeout as well. Blocks nest, and of the deadlines that have passed the innermost is told.

        Not interrupted are single steps of the library: memory.fill and its like on gigabytes, memory.atomic.wait, and
        what WASI does with files, such as opening a FIFO in a preopened directory. They raise when they are over.

        Raises WasmtimeError without `interruptible=True`, ConcurrentUseError while another thread uses the store,
        TypeError and ValueError for what is no number of seconds.

        >>> from wasmtime_gen import Engine, GuestTimeout, Linker, Module, Store
        >>> store = Store(Engine(interruptible=True))
        >>> module = Module.from_text(store.engine, '(module (func (export "forever") (loop (br 0))))')
        >>> forever = Linker(store.engine).instantiate(store, module).exports.forever
        >>> try:
        ...     with store.timeout(0.05):
        ...         forever()
        ... except GuestTimeout as error:
        ...     print(error.message)
        the guest ran longer than 0.05 seconds
        """
        from wasmtime_gen._interruption import Timeout

        return Timeout(self, seconds)

    def _refuse_ticks(self) -> None:
        if self._interruption is not None:
            raise WasmtimeError(
                "the stores of an engine with interruptible=True have their deadlines by store.timeout(): make the "
                "engine with epoch_interruption=True alone to count ticks yourself"
            )

    def set_epoch_deadline(self, ticks: int) -> None:
        """Interrupt guests when the engine's epoch has counted up by `ticks`: they trap with InterruptTrap.

        The engine needs `epoch_interruption=True`: without it no guest looks at the epoch, and this raises
        WasmtimeError; with it a guest without a deadline is interrupted at once. In an engine with `interruptible=True`
        there is timeout() instead, and this raises WasmtimeError.
        """
        from wasmtime_gen._numbers import unsigned

        after = unsigned(ticks, 64, "ticks")
        self._refuse_ticks()
        guarded(self, raw.wasmtime_context_set_epoch_deadline, self._address, after)
        self._engine._need_ticks()

    def set_epoch_callback(self, callback: Callable[[], int]) -> None:
        """Ask `callback` each time the epoch deadline passes: it returns how many ticks more the guest may run.

        An exception that it raises interrupts the guest and comes out of the call. It must not use the store. Raises
        WasmtimeError in an engine without `epoch_interruption=True`, and in one with `interruptible=True`.
        """
        if not callable(callback):
            raise TypeError(f"callback must be callable, not {type(callback).__name__}")
        self._refuse_ticks()
        from wasmtime_gen._epoch import epoch_callback

        thunk = epoch_callback(self._turn, callback)
        native = own(self, Store)

        def put() -> None:
            self._keep((thunk, self._kept.get(_EPOCH)), _EPOCH)  # the library calls one of them from here on
            raw.wasmtime_store_epoch_deadline_callback(native.pointer, thunk, None, None)
            self._kept[_EPOCH] = thunk

        exclusive(self, "set_epoch_callback()", put)
        self._engine._need_ticks()

    def gc(self) -> None:
        """Collect what guests refer to no longer: Python objects that they held as externref are let go."""
        error = guarded(self, raw.wasmtime_context_gc, self._address)
        if error:
            raise error_of(error)
        if self._refs is not None:
            guarded(self, self._refs.sweep)

    def close(self) -> None:
        """Free the store and all that is in it. Raises ConcurrentUseError while a call runs in it."""
        super().close()

    def _free(self) -> None:
        self._turn.close()
        self._native = None
        self._kept.clear()
        if self._wasi is not None:
            self._wasi._end()

    def __repr__(self) -> str:
        return f"<Store{' (closed)' if self.closed else ''} data={self.data!r}>"


def _no_fuel(error: int) -> WasmtimeError:
    """All that the library can have against reading or setting fuel."""
    return WasmtimeError(f"{error_of(error)}: make its engine with Engine(consume_fuel=True)")


_EPOCH = "epoch callback"  # by which it is kept


def same_store(store: object, item: Any, role: str) -> None:
    """Refuse an item of another store: native code would abort."""
    if item._store is not checked(store, Store, "store"):
        raise StoreMismatchError(f"{role} belongs to another Store: an item works only with the store it was made in")
