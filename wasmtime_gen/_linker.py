"""Linker: names for what modules import, and instantiation. How names are defined is in _defining.py."""

from __future__ import annotations

from sys import getprofile, gettrace

from wasmtime_capi.cdata import byref, c_void_p

from wasmtime_gen._defining import Definer, encoded, plain_names
from wasmtime_gen._errors import LinkError, WasmtimeError, error_of
from wasmtime_gen._extern import Item, item_from_native, new_extern
from wasmtime_gen._func import Func
from wasmtime_gen._handle import checked, own
from wasmtime_gen._instance import Instance, made_instance
from wasmtime_gen._linkeruse import begin_reading, defining, reading
from wasmtime_gen._module import Module
from wasmtime_gen._raw import FUNC, Extern, InstanceRecord, late, raw
from wasmtime_gen._signals import put_back
from wasmtime_gen._stack import asked
from wasmtime_gen._store import Store
from wasmtime_gen._tracing import quiet
from wasmtime_gen._turn import guarded, within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._definitions import Name
    from wasmtime_gen._instance_pre import InstancePre
    from wasmtime_gen._memory.shared import SharedMemory
    from wasmtime_gen._problems import Explanation
_instantiate = late(globals(), "_instantiate", "wasmtime_linker_instantiate")


class Linker(Definer):
    """Definitions under a module's name and an item's name, for modules to import.

    One thread at a time may define, and nobody else may use the linker meanwhile; any number of threads may
    instantiate. Otherwise ConcurrentUseError is raised. A linker keeps the stores whose items are defined.

    >>> from wasmtime_gen import Engine, Func, Linker, Module, Store
    >>> engine = Engine()
    >>> store, linker = Store(engine), Linker(engine)
    >>> linker.define(store, "", "hello", Func.wrap(store, lambda: print("Hello!")))
    >>> module = Module.from_text(engine, '(module (import "" "hello" (func)) (export "run" (func 0)))')
    >>> linker.instantiate(store, module).get_function(store, "run")()
    Hello!
    """

    __slots__ = ()

    def instantiate(self, store: Store, module: Module) -> Instance:
        """Instantiate `module` in `store` with these definitions, and run its start function if it has one.

        Raises LinkError that tells all imports which are missing or do not fit (`problems`), StoreMismatchError when
        an import was defined with an item of another store, WasmtimeError when the store's limits do not allow the
        instance, and what the start function raises.
        """
        native = self._native if type(self) is Linker else None
        code = module._native if type(module) is Module else None
        if native is None or code is None or type(store) is not Store:  # to ask each time costs 0.2 us
            native, code, store = own(self, Linker), own(module, Module, "module"), checked(store, Store, "store")
        if store._engine is not self._engine or module._engine is not self._engine:
            self._same_engine(store._engine, "store")
            self._same_engine(module._engine, "module")
        put_back()
        instance, trap = byref(InstanceRecord()), c_void_p()
        turn, users, defined, ending = store._turn, self._users, self._defined, byref(trap)
        me = begin_reading(users)
        try:  # what is defined is looked at from here on, where nobody else can define
            if defined._callbacks:
                defined.lend(store)
            held = asked(turn)  # noqa: F841 - tells that a guest was entered
            start = _instantiate if gettrace() is None and getprofile() is None else quiet(_instantiate)
            if defined.stores or (store._wasi is None and defined.with_wasi):
                arguments = (native.argument, store._context, code.argument, instance, ending)
                error = self._with_stores(module, store, guarded, store, start, *arguments)
            else:
                error = turn.use(turn, within, start, native.argument, store._context, code.argument, instance, ending)
        finally:
            users.pop(id(me), None)
        if error or trap:
            raise self._failure(error, trap, store, module, as_defined=False)
        return made_instance(store, instance, module)

    def instantiate_pre(self, module: Module) -> InstancePre:
        """Look up and check the imports of `module` once, to instantiate it many times, in any store of the engine.

        If the imports hold items of a store, it can be instantiated in that one only. Raises what instantiate() does
        before it runs anything. Memories and tables count with the sizes that they had when they were defined.
        """
        from wasmtime_gen._instance_pre import InstancePre

        native, code = own(self, Linker), own(module, Module, "module")
        self._same_engine(module._engine, "module")
        made = c_void_p()

        def look_up() -> tuple[int | None, Store | None, bool, dict[int, object]]:
            held = self._defined.hold_stores()
            store = self._defined.common_store(module)
            error = raw.wasmtime_linker_instantiate_pre(native.pointer, code.pointer, byref(made))
            del held
            return error, store, self._defined.needs_wasi(module), self._defined.callbacks()

        error, store, needs_wasi, callbacks = reading(self._users, look_up)
        if error:
            raise self._failure(error, c_void_p(), None, module, as_defined=True)
        return InstancePre._made(made.value, module, callbacks, store, needs_wasi)

    def explain(self, module: Module) -> Explanation:
        """Everything that keeps this linker from instantiating `module`: missing imports, and those of another type.

        The library decides; nothing is instantiated. The result is false, and empty, when all imports fit. Otherwise
        each problem tells the wanted and the given type, similar names, and the fix as a line of code.

        >>> from wasmtime_gen import Engine, Linker, Module
        >>> engine = Engine()
        >>> print(Linker(engine).explain(Module.from_text(engine, '(module (import "env" "log" (func)))')))
        import env.log is missing: define it with linker.define_func('env', 'log', ..., '() -> ()')
        """
        self._same_engine(checked(module, Module, "module")._engine, "module")
        return self._explain(module, as_defined=False)

    def get(self, store: Store, module: str, name: str) -> Item | SharedMemory | None:
        """What is defined as `module`.`name`, for use in `store`; None if nothing is.

        Raises StoreMismatchError when it is an item of another store.

        >>> from wasmtime_gen import Engine, Linker, Store
        >>> engine = Engine()
        >>> linker = Linker(engine)
        >>> linker.define_func("env", "double", lambda x: 2 * x, "i32 -> i32")
        >>> linker.get(Store(engine), "env", "double")(21)
        42
        """
        native, extern = own(self, Linker), Extern()
        self._same_engine(checked(store, Store, "store")._engine, "store")
        arguments = (native.pointer, store._address, *encoded(module), *encoded(name), byref(extern))
        if not reading(self._users, self._look_up, store, [(module, name)], raw.wasmtime_linker_get, *arguments):
            return None
        return item_from_native(store, extern, name)

    def get_default(self, store: Store, name: str) -> Func:
        """The function that the module `name` is run by: its export "", else "_start", else one that does nothing.

        Raises LinkError when that is not a function.
        """
        native, extern = own(self, Linker), new_extern(FUNC)
        self._same_engine(checked(store, Store, "store")._engine, "store")
        arguments = (native.pointer, store._address, *encoded(name), byref(extern, 8))
        error = reading(
            self._users,
            self._look_up,
            store,
            [(name, ""), (name, "_start")],
            raw.wasmtime_linker_get_default,
            *arguments,
        )
        if error:
            raise error_of(error, LinkError)
        return item_from_native(store, extern, name)  # type: ignore[return-value]

    def define_module(self, store: Store, name: str, module: Module) -> None:
        """Define the exports of `module` under `name`.

        A command, which exports "_start", is instantiated anew in `store` for each call of one of its functions, and
        nothing but functions of it is defined. Any other module is instantiated now, and its export "_initialize" is
        called if it has one. Raises what instantiate() and define_instance() raise.
        """
        from wasmtime_gen._definitions import Definition
        from wasmtime_gen._types.functype import FuncType

        native, code = own(self, Linker), own(module, Module, "module")
        self._same_engine(checked(store, Store, "store")._engine, "store")
        self._same_engine(module._engine, "module")
        exports = {export.name: export.type for export in module._export_types()}
        self._refuse_taken((name, export) for export in exports)
        if "_start" not in exports:
            if exports.get("_initialize", FuncType()) != FuncType():
                raise LinkError(f"export '_initialize' must be a function () -> (), not {exports['_initialize'].wat}")
            instance = self.instantiate(store, module)
            if "_initialize" in exports:
                try:
                    instance.get_function(store, "_initialize")()
                except BaseException as error:
                    from wasmtime_gen._failure import add_note

                    add_note(error, f"in the function '_initialize' of the module that was being defined as {name!r}")
                    raise
            return self.define_instance(store, name, instance)
        made = {(name, n): Definition(store, type_) for n, type_ in exports.items() if isinstance(type_, FuncType)}
        arguments = (native.pointer, store._address, *encoded(name), code.pointer)
        try:
            around = (self._with_stores, module, store, guarded, store)
            defining(self._users, self._put, made, quiet(raw.wasmtime_linker_module), arguments, *around)
        except LinkError:
            explanation = self._explain(module, as_defined=True)
            if explanation:
                raise self._refused(explanation) from None
            raise

    def define_unknown_imports_as_traps(self, module: Module) -> None:
        """Define each function that `module` imports and that is missing here: it traps when it is called.

        What else is missing stays so: instantiate() tells it.

        >>> from wasmtime_gen import Engine, Linker, Module
        >>> engine = Engine()
        >>> linker = Linker(engine)
        >>> module = Module.from_text(engine, '(module (import "env" "log" (func)))')
        >>> linker.define_unknown_imports_as_traps(module)
        >>> bool(linker.explain(module))
        False
        """
        native, code = own(self, Linker), own(module, Module, "module")
        self._same_engine(module._engine, "module")

        def define() -> None:
            from wasmtime_gen._definitions import Definition
            from wasmtime_gen._types.functype import FuncType

            unknown = {name: type_ for name, type_ in self._unknown(module).items() if isinstance(type_, FuncType)}
            made = {name: Definition(None, type_) for name, type_ in unknown.items()}
            self._put(made, raw.wasmtime_linker_define_unknown_imports_as_traps, (native.pointer, code.pointer))

        defining(self._users, define)

    def define_unknown_imports_as_defaults(self, store: Store, module: Module) -> None:
        """Define each import of `module` that is missing here, in `store`: functions that return zeros and null,
        globals of these values, and memories and tables of the smallest size.

        Raises LinkError for a reference that cannot be null: it has no default.
        """
        native, code = own(self, Linker), own(module, Module, "module")
        self._same_engine(checked(store, Store, "store")._engine, "store")
        self._same_engine(module._engine, "module")

        def define() -> None:
            from wasmtime_gen._definitions import Definition

            made = {name: Definition(store, type_) for name, type_ in self._unknown(module).items()}
            native_define = raw.wasmtime_linker_define_unknown_imports_as_default_values
            self._put(made, native_define, (native.pointer, store._address, code.pointer), guarded, store)

        defining(self._users, define)

    def _unknown(self, module: Module) -> dict[Name, Any]:
        """The types of the imports that the library has no definition for."""
        from wasmtime_gen._explain import existing

        types = {(each.module, each.name): each.type for each in module._import_types()}
        known = existing(own(self, Linker), self._engine, types)
        return {name: type_ for name, type_ in types.items() if name not in known}

    def _with_stores(self, module: Module, store: Store, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call what uses the definitions that `module` imports in `store`: they must be of this store and alive."""
        held = self._defined.hold_stores()
        self._defined.check(module, store)
        self._defined.lend(store)
        try:
            return function(*arguments)
        finally:
            del held

    def _look_up(self, store: Store, names: list[Name], function: Callable[..., Any], *arguments: Any) -> Any:
        """Call what looks these names up in `store`, which keeps what is found alive."""
        for name in map(plain_names, names):
            self._defined.check_name(name, store)
            if store._wasi is None and self._defined._is_wasi(name):
                from wasmtime_gen._definitions import no_wasi

                raise no_wasi()
        self._defined.lend(store)
        return guarded(store, function, *arguments)

    def _explain(self, module: Module, as_defined: bool) -> Explanation:
        from wasmtime_gen._explain import Search

        search = Search(own(self, Linker), self._engine, self._defined, module, as_defined)
        return reading(self._users, search.explanation)

    def _failure(
        self, error: int | None, trap: Any, store: Store | None, module: Module, as_defined: bool
    ) -> BaseException:
        """What to raise where instantiation failed: LinkError with all problems if there are any."""
        from wasmtime_gen._failure import instantiation_failure

        found = instantiation_failure(error, trap, store, LinkError)
        if type(found) is not LinkError or found.__traceback__:
            return found  # a trap, or raised by a host function
        try:
            explanation = self._explain(module, as_defined)
        except WasmtimeError:
            return found
        return self._refused(explanation) if explanation else WasmtimeError(str(found))

    def _refused(self, explanation: Explanation) -> LinkError:
        from wasmtime_gen._problems import summary

        return LinkError(summary(explanation.problems), explanation)

    def __repr__(self) -> str:
        return f"<Linker{' (closed)' if self.closed else ''}>"
