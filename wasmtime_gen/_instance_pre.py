"""InstancePre: a module whose imports are looked up and checked already, to instantiate many times."""

from __future__ import annotations

from wasmtime_capi.cdata import byref, c_void_p

from wasmtime_gen._definitions import no_wasi
from wasmtime_gen._errors import StoreMismatchError
from wasmtime_gen._failure import instantiation_failure
from wasmtime_gen._handle import Handle, checked, own
from wasmtime_gen._instance import Instance, made_instance
from wasmtime_gen._raw import InstanceRecord, raw, ready
from wasmtime_gen._signals import put_back
from wasmtime_gen._stack import asked
from wasmtime_gen._store import Store
from wasmtime_gen._tracing import quiet
from wasmtime_gen._turn import within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._module import Module
_instantiate = ready.wasmtime_instance_pre_instantiate


class InstancePre(Handle):
    """A module with its imports looked up and checked. Made by Linker.instantiate_pre(). Any thread may use it.

    >>> from wasmtime_gen import Engine, Linker, Module, Store
    >>> engine = Engine()
    >>> module = Module.from_text(engine, '(module (func (export "one") (result i32) (i32.const 1)))')
    >>> pre = Linker(engine).instantiate_pre(module)
    >>> sum(pre.instantiate(Store(engine)).exports.one() for _ in range(3))
    3
    """

    __slots__ = ("_kept", "_module", "_needs_wasi", "_store")
    _module: Module
    _kept: dict[int, object]  # the host functions of the linker
    _needs_wasi: bool
    _store: Store | None  # the one that items among the imports belong to

    def __init__(self) -> None:
        raise TypeError("an InstancePre is made by linker.instantiate_pre(module)")

    @classmethod
    def _made(
        cls, pointer: Any, module: Module, kept: dict[int, object], store: Store | None, needs_wasi: bool
    ) -> InstancePre:
        self = cls.__new__(cls)
        self._own(pointer, raw.wasmtime_instance_pre_delete)
        self._module = module
        self._kept = kept
        self._store = store
        self._needs_wasi = needs_wasi
        return self

    @property
    def module(self) -> Module:
        """What it instantiates."""
        return self._module

    def instantiate(self, store: Store) -> Instance:
        """Instantiate the module in `store`, and run its start function if it has one.

        Raises what the start function raises, StoreMismatchError when the store is of another engine or when items of
        another store were defined as imports, and WasmtimeError when the store's limits do not allow it.
        """
        native = own(self, InstancePre)
        if checked(store, Store, "store")._engine is not self._module._engine:
            raise StoreMismatchError("store belongs to another Engine than this InstancePre")
        if self._store is not None and self._store is not store:
            raise StoreMismatchError(
                "store is not the Store of the items that this InstancePre imports: define functions with "
                "define_func(), which works with every store"
            )
        if self._needs_wasi and store._wasi is None:
            raise no_wasi()
        if self._kept:
            store._keep(self._kept)
        held = asked(store._turn)  # noqa: F841 - tells that a guest was entered
        put_back()
        instance, trap = byref(InstanceRecord()), c_void_p()
        turn = store._turn
        error = turn.use(
            turn,
            within,
            quiet(_instantiate),
            native.argument,
            store._context,
            instance,
            byref(trap),
        )
        if error or trap:
            raise instantiation_failure(error, trap, store)
        return made_instance(store, instance, self._module)

    def __repr__(self) -> str:
        return f"<InstancePre{' (closed)' if self.closed else ''} of {self._module!r}>"
