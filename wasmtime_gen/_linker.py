"""Linker: names for what modules import, and instantiation."""

from __future__ import annotations

from ctypes import byref, c_char_p, c_size_t, c_void_p

import wasmtime_capi as c

from wasmtime_gen._engine import Engine
from wasmtime_gen._errors import LinkError, StoreMismatchError
from wasmtime_gen._extern import Item, item_to_native
from wasmtime_gen._func import host_function
from wasmtime_gen._handle import Handle, checked
from wasmtime_gen._host import failure
from wasmtime_gen._instance import Instance
from wasmtime_gen._module import Module
from wasmtime_gen._raw import raw
from wasmtime_gen._store import Store
from wasmtime_gen._trap import take_error
from wasmtime_gen._turn import guarded
from wasmtime_gen._typemaking import functype_to_native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from wasmtime_gen._types import FuncType

    F = TypeVar("F", bound=Callable[..., Any])

_names = (c_char_p, c_size_t)
_define = raw("wasmtime_linker_define", c_void_p, c_void_p, c_void_p, *_names, *_names, c_void_p)
_define_func = raw(
    "wasmtime_linker_define_func_unchecked",
    c_void_p,
    c_void_p,
    *_names,
    *_names,
    c_void_p,
    c_void_p,
    c_void_p,
    c_void_p,
)
_instantiate = raw("wasmtime_linker_instantiate", c_void_p, *[c_void_p] * 5)


class Linker(Handle):
    """Definitions under a module's name and an item's name, for modules to import.

    >>> from wasmtime_gen import Engine, Func, Linker, Module, Store
    >>> engine = Engine()
    >>> store, linker = Store(engine), Linker(engine)
    >>> linker.define(store, "", "hello", Func.wrap(store, lambda: print("Hello!")))
    >>> module = Module.from_text(engine, '(module (import "" "hello" (func)) (export "run" (func 0)))')
    >>> linker.instantiate(store, module).get_function(store, "run")()
    Hello!
    """

    __slots__ = ("_kept", "engine")
    engine: Engine

    def __init__(self, engine: Engine) -> None:
        self._first_init()
        native = checked(engine, Engine, "engine")._use()
        self._own(c.wasmtime_linker_new(native.pointer), c.wasmtime_linker_delete)
        self.engine = engine
        self._kept: list[object] = []  # host functions, for the stores that instantiate here to keep as well

    def define_func(
        self, module: str, name: str, function: Callable[..., Any], type: FuncType | str | None = None
    ) -> None:
        """Define a host function for every store that instantiates here, typed as by Func.wrap.

        Raises LinkError when the name is taken, TypeError as Func.wrap does.

        >>> from wasmtime_gen import Engine, Linker, i32
        >>> linker = Linker(Engine())
        >>> def add(a: i32, b: i32) -> i32:
        ...     return a + b
        >>> linker.define_func("env", "add", add)
        """
        native = self._use()
        type_, thunk = host_function(function, type)
        native_type, names = functype_to_native(type_), (*_name(module), *_name(name))
        try:
            self._kept.append(thunk)
            error = _define_func(native.pointer, *names, native_type, thunk, None, None)
        finally:
            c.wasm_functype_delete(native_type)
        if error:
            raise take_error(error, LinkError)

    def func(self, module: str, name: str | None = None, type: FuncType | str | None = None) -> Callable[[F], F]:
        """A decorator that defines a host function, by default under the function's own name.

        >>> from wasmtime_gen import Engine, Linker, i32
        >>> linker = Linker(Engine())
        >>> @linker.func("env")
        ... def log(value: i32) -> None:
        ...     print(value)
        """

        def define(function: F) -> F:
            self.define_func(module, function.__name__ if name is None else name, function, type)
            return function

        return define

    def define(self, store: Store, module: str, name: str, item: Item) -> None:
        """Define `item`, which belongs to `store`, as what modules import as `module`.`name`.

        Raises LinkError when the name is taken, StoreMismatchError when the item belongs to another store.
        """
        native, extern = self._use(), item_to_native(store, item, f"the item for {module}.{name}")
        self._same_engine(store.engine, "store")
        arguments = (native.pointer, store._address, *_name(module), *_name(name), byref(extern))
        error = guarded(store, _define, *arguments)
        if error:
            raise take_error(error, LinkError)

    def instantiate(self, store: Store, module: Module) -> Instance:
        """Instantiate `module` in `store` with these definitions, and run its start function if it has one.

        Raises LinkError when an import is missing or does not fit, and what the start function raises.
        """
        native, code = self._use(), checked(module, Module, "module")._use()
        self._same_engine(checked(store, Store, "store").engine, "store")
        self._same_engine(module.engine, "module")
        store._kept[id(self._kept)] = self._kept
        record, trap = c.wasmtime_instance_t(), c_void_p()
        arguments = (native.pointer, store._address, code.pointer, byref(record), byref(trap))
        error = guarded(store, _instantiate, *arguments)
        if error or trap:
            raise failure(error, trap, LinkError)
        return Instance._made(store, record, module)

    def _same_engine(self, engine: Engine, role: str) -> None:
        if engine is not self.engine:
            raise StoreMismatchError(f"{role} belongs to another Engine than this Linker")

    def __repr__(self) -> str:
        return f"<Linker{' (closed)' if self.closed else ''}>"


def _name(text: str) -> tuple[bytes, int]:
    if not isinstance(text, str):
        raise TypeError(f"a name must be a str, not {type(text).__name__}")
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{text!r} is not a name that UTF-8 can encode") from None
    return encoded, len(encoded)
