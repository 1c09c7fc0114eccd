"""What goes into a linker: the half of Linker that defines. Looking up and instantiating is in _linker.py."""

from __future__ import annotations

from wasmtime_capi.cdata import byref

from wasmtime_gen._engine import Engine
from wasmtime_gen._errors import LinkError, StoreMismatchError, error_of
from wasmtime_gen._extern import Item, is_shared, item_to_native
from wasmtime_gen._func import host_function
from wasmtime_gen._handle import Handle, checked, is_a, own, plain
from wasmtime_gen._instance import Instance
from wasmtime_gen._linkeruse import defining
from wasmtime_gen._raw import raw
from wasmtime_gen._store import Store, same_store
from wasmtime_gen._turn import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias, TypeVar

    from wasmtime_gen._definitions import Definition, Name
    from wasmtime_gen._linkeruse import Users
    from wasmtime_gen._memory.shared import SharedMemory
    from wasmtime_gen._types.functype import FuncType

    F = TypeVar("F", bound=Callable[..., Any])
    Given: TypeAlias = "Item | SharedMemory | Callable[..., Any] | tuple[Callable[..., Any], FuncType | str]"


class Definer(Handle):
    """Takes definitions for an engine, one thread at a time."""

    __slots__ = ("_defined", "_engine", "_shadowing", "_users")
    _engine: Engine

    def __init__(self, engine: Engine) -> None:
        self._first_init()
        native = own(engine, Engine, "engine")
        self._own(raw.wasmtime_linker_new(native.pointer), raw.wasmtime_linker_delete)
        self._engine = engine
        # What a first call needs as well: a signal handler that calls a guest may come while it is imported, and would
        # find half of it. Before there is a linker, there are no guests.
        from wasmtime_gen import _call  # noqa: F401
        from wasmtime_gen._definitions import Definitions

        self._defined = Definitions()
        self._users: Users = {}
        self._shadowing = False

    @property
    def engine(self) -> Engine:
        """The engine that it was made for."""
        return self._engine

    @property
    def allow_shadowing(self) -> bool:
        """Whether a definition may replace an earlier one under the same name; False in a new linker.

        >>> from wasmtime_gen import Engine, Linker
        >>> linker = Linker(Engine())
        >>> linker.allow_shadowing = True
        >>> for number in range(2):
        ...     linker.define_func("env", "log", print, "i32 -> ()")
        """
        return self._shadowing

    @allow_shadowing.setter
    def allow_shadowing(self, allow: bool) -> None:
        native = own(self, Definer)
        allow = checked(allow, bool, "allow_shadowing")
        defining(self._users, raw.wasmtime_linker_allow_shadowing, native.pointer, allow)
        self._shadowing = allow

    def define_func(
        self,
        module: str,
        name: str,
        function: Callable[..., Any],
        type: FuncType | str | None = None,
        *,
        by_bits: bool = False,
    ) -> None:
        """Define a host function for every store that instantiates here, typed as by Func.wrap, with its `by_bits`.

        Raises LinkError when the name is taken, TypeError as Func.wrap does.

        >>> from wasmtime_gen import Engine, Linker, i32
        >>> linker = Linker(Engine())
        >>> def add(a: i32, b: i32) -> i32:
        ...     return a + b
        >>> linker.define_func("env", "add", add)
        """
        self._define_host(module, name, *host_function(function, type, by_bits))

    def _define_host(self, module: str, name: str, type_: FuncType, thunk: Any) -> None:
        native = own(self, Definer)
        names = (*encoded(module), *encoded(name))
        from wasmtime_gen._definitions import Definition
        from wasmtime_gen._host import is_checked
        from wasmtime_gen._types.making import functype_to_native

        engine = self._engine._use()
        native_type = functype_to_native(type_, engine.pointer)
        try:
            arguments = (native.pointer, *names, native_type, thunk, None, None)
            define = raw.wasmtime_linker_define_func if is_checked(type_) else raw.wasmtime_linker_define_func_unchecked
            defining(self._users, self._put, {(module, name): Definition(None, type_, thunk)}, define, arguments)
        finally:
            raw.wasm_functype_delete(native_type)

    def func(self, module: str, name: str | None = None, type: FuncType | str | None = None) -> Callable[[F], F]:
        """A decorator that defines a host function, by default under the function's own name.

        >>> from wasmtime_gen import Engine, Linker, i32
        >>> linker = Linker(Engine())
        >>> @linker.func("env")
        ... def log(value: i32) -> None:
        ...     print(value)
        """

        def define(function: F) -> F:
            known = getattr(function, "__name__", None) if name is None else name
            if known is None and callable(function):
                kind = function.__class__.__name__
                raise TypeError(f"this {kind} has no name of its own: give one, as in linker.func({module!r}, 'name')")
            self.define_func(module, known, function, type)
            return function

        return define

    def define(self, store: Store, module: str, name: str, item: Item | SharedMemory) -> None:
        """Define `item`, which belongs to `store`, as what modules import as `module`.`name`.

        Raises LinkError when the name is taken, StoreMismatchError when the item belongs to another store.
        """
        native, extern = own(self, Definer), item_to_native(store, item, f"the item for {module}.{name}")
        self._same_engine(store._engine, "store")
        arguments = (native.pointer, store._address, *encoded(module), *encoded(name), byref(extern))
        from wasmtime_gen._definitions import Definition

        made = {(module, name): Definition(store, item) if is_a(item, Item) else Definition(None, item.type)}
        defining(self._users, self._put, made, raw.wasmtime_linker_define, arguments, guarded, store)

    def define_instance(self, store: Store, name: str, instance: Instance) -> None:
        """Define each export of `instance`, which belongs to `store`, under the module's name `name`.

        Raises LinkError when a name is taken, and then defines none of them; StoreMismatchError when the instance
        belongs to another store.

        >>> from wasmtime_gen import Engine, Linker, Module, Store
        >>> engine = Engine()
        >>> store, linker = Store(engine), Linker(engine)
        >>> library = Module.from_text(engine, '(module (func (export "one") (result i32) (i32.const 1)))')
        >>> linker.define_instance(store, "library", linker.instantiate(store, library))
        >>> linker.get(store, "library", "one")()
        1
        """
        native = own(self, Definer)
        same_store(store, checked(instance, Instance, "instance"), f"the instance for {name}")
        self._same_engine(store._engine, "store")
        arguments = (native.pointer, store._address, *encoded(name), instance._record)
        from wasmtime_gen._definitions import Definition

        made = {(name, export.name): Definition(store, export.type) for export in instance._module._export_types()}
        defining(self._users, self._put, made, raw.wasmtime_linker_define_instance, arguments, guarded, store)

    def define_all(self, imports: Mapping[str, Mapping[str, Given] | Instance], store: Store | None = None) -> None:
        """Define what plain dicts hold: by module and name an item, a Python function, or a function and its type.

        Functions are typed as by Func.wrap. Instead of a dict there can be an Instance. Everything is checked before
        anything is defined: TypeError for what is none of these, LinkError when a name is taken, StoreMismatchError
        when an item belongs to another store than `store`, if that is given.

        >>> from wasmtime_gen import Engine, Linker
        >>> Linker(Engine()).define_all({"env": {"log": (print, "i32 -> ()"), "now": lambda: None}})
        """
        ready: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        names: list[Name] = []
        for module, given in _items(imports, "imports"):
            if is_a(given, Instance):
                same_store(store or given._store, given, f"the instance for {module}")
                ready.append((self.define_instance, (given._store, module, given)))
                names += [(module, export.name) for export in given._module._export_types()]
                continue
            for name, value in _items(given, f"the imports of {module}"):
                names.append((module, name))
                role = f"the item for {module}.{name}"
                if is_a(value, Item):
                    item_to_native(store or value._store, value, role)
                    self._same_engine(value._store._engine, role)
                    ready.append((self.define, (value._store, module, name, value)))
                elif is_shared(value):
                    any_store = store or Store(self._engine)
                    item_to_native(any_store, value, role)
                    ready.append((self.define, (any_store, module, name, value)))
                else:
                    ready.append((self._define_host, (module, name, *_host(value, role))))
        for parts in names:
            for part in parts:
                encoded(part)
        self._refuse_taken(names)
        for define, arguments in ready:
            define(*arguments)

    def define_wasi(self) -> None:
        """Define the functions of WASI preview 1. Each store that instantiates here needs `store.wasi = WasiConfig()`.

        A guest that ends itself raises Exit out of its call, also with code 0: a program whose `_start` returns does
        the same without Exit. Raises LinkError when a name is taken.

        >>> from wasmtime_gen import Engine, Exit, Linker, Module, Store, WasiConfig
        >>> engine = Engine()
        >>> store, linker = Store(engine), Linker(engine)
        >>> linker.define_wasi()
        >>> store.wasi = WasiConfig()
        >>> exits = Module.from_text(engine, '''(module
        ...     (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        ...     (memory (export "memory") 1)
        ...     (func (export "_start") (call $exit (i32.const 200))))''')
        >>> try:
        ...     linker.instantiate(store, exits).exports._start()
        ... except Exit as exit:
        ...     print(exit, exit.code)
        the guest exited with code 200 200
        """
        from wasmtime_gen._wasi.linking import define, definitions

        native = own(self, Definer)
        defining(self._users, self._put, definitions(), define, (native.pointer, self._shadowing))

    def _put(
        self, made: dict[Name, Definition], native: Callable[..., int | None], arguments: tuple[Any, ...], *around: Any
    ) -> None:
        """Call what defines these names, by `around`. They are remembered before, as the library may know them then.

        What interrupts the call says nothing of whether it does. Where a name was taken, both definitions count then.
        """
        begun = False

        def define(*args: Any) -> int | None:
            nonlocal begun
            begun = True
            return native(*args)

        call, *before = (*around, define)
        made = {plain_names(name): definition for name, definition in made.items()}
        self._refuse_taken(made)
        for name, definition in made.items():
            self._defined.add(name, definition)
        try:
            error = call(*before, *arguments)
        except BaseException:
            if begun:
                self._forget(made)
            else:
                self._restore(made)
            raise
        if error:
            refused = error_of(error, LinkError)
            if len(made) == 1:
                self._restore(made)  # it came in or not; of several, those before the refused one are there to stay
            else:
                self._forget(made)
            raise refused
        for definition in made.values():
            earlier, definition.earlier = definition.earlier, None
            self._defined.let_go((earlier,))

    def _restore(self, made: dict[Name, Definition]) -> None:
        """These were not defined: their names stand for what they stood for."""
        for name, definition in made.items():
            earlier, definition.earlier = definition.earlier, None
            if earlier is not None:
                self._defined.by_name[name] = earlier
            else:
                del self._defined.by_name[name]
            self._defined.let_go((definition,))

    def _forget(self, made: dict[Name, Definition]) -> None:
        """Of these, those whose names the library does not know were not defined."""
        from wasmtime_gen._explain import existing

        came_in = existing(own(self, Definer), self._engine, made)
        self._restore({name: each for name, each in made.items() if name not in came_in})

    def _refuse_taken(self, names: Iterable[Name]) -> None:
        from wasmtime_gen._definitions import dotted

        if not self._shadowing:
            for name in map(plain_names, names):
                if name in self._defined.by_name:
                    raise LinkError(
                        f"{dotted(name)} would be defined twice: linker.allow_shadowing = True lets a definition "
                        "replace an earlier one"
                    )

    def _same_engine(self, engine: Engine, role: str) -> None:
        if engine is not self._engine:
            raise StoreMismatchError(f"{role} belongs to another Engine than this Linker")


def encoded(text: str) -> tuple[bytes, int]:
    """A name as C functions take it."""
    text = plain(text)
    try:
        found = text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{text!r} is not a name that UTF-8 can encode") from None
    return found, len(found)


def plain_names(name: Name) -> Name:
    """The names of a module and an item by which definitions are remembered."""
    return plain(name[0]), plain(name[1])


def _items(given: Any, role: str) -> list[tuple[str, Any]]:
    """A copy of what a mapping holds."""
    if not hasattr(given, "items"):
        raise TypeError(f"{role} must be a mapping from names, such as a dict, not {type(given).__name__}")
    return list(given.items())


def _host(given: Any, role: str) -> tuple[FuncType, Any]:
    """The type and the native callback of a function, or of a pair of function and type."""
    function, type_ = given if isinstance(given, tuple) and len(given) == 2 else (given, None)
    if not callable(function):
        kind = type(given).__name__
        raise TypeError(f"{role} must be a Func, Memory, Table, Global or Tag, a function, or a pair, not {kind}")
    return host_function(function, type_)
