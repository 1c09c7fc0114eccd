"""Caller: what a host function sees of the guest that calls it."""

from __future__ import annotations

from _weakref import ref

from wasmtime_capi.cdata import byref

from wasmtime_gen._handle import article, plain
from wasmtime_gen._raw import Extern, raw
from wasmtime_gen._turn import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, TypeVar

    from wasmtime_gen._extern import Item
    from wasmtime_gen._func import Func
    from wasmtime_gen._memory.memory import Memory
    from wasmtime_gen._memory.shared import SharedMemory
    from wasmtime_gen._store import Store
    from wasmtime_gen._turn import Turn

    T = TypeVar("T")

# Stores by the address of their context: a callback may be made for any store, and is told only the address.
_stores: dict[int, _StoreRef] = {}


class _StoreRef(ref):  # type: ignore[type-arg]
    __slots__ = ("address", "turn")
    address: int
    turn: Turn


def register(store: Store) -> None:
    """Make a store known by its context's address until it is gone. A closed store's address may be used again."""
    made = _StoreRef(store, _forget)
    made.address = store._address
    made.turn = store._turn
    _stores[store._address] = made


def _forget(dead: _StoreRef) -> None:
    if _stores.get(dead.address) is dead:
        del _stores[dead.address]


class Caller:
    """The guest that is calling, for the first parameter of a host function that is annotated with Caller.

    It ends with the call: using it later raises RuntimeError. Within the call it is for the thread that is called:
    looking up an export in another one raises ConcurrentUseError.

    >>> from wasmtime_gen import Caller, Engine, Func, Linker, Module, Store
    >>> def log(caller: Caller) -> None:
    ...     caller.data.append(type(caller["mem"]).__name__)
    >>> store = Store(Engine(), data=[])
    >>> linker = Linker(store.engine)
    >>> linker.define(store, "env", "log", Func.wrap(store, log))
    >>> text = '(module (import "env" "log" (func $log)) (memory (export "mem") 1) (func (export "run") call $log))'
    >>> linker.instantiate(store, Module.from_text(store.engine, text)).exports.run()
    >>> store.data
    ['Memory']
    """

    __slots__ = ("_pointer", "_store")

    _pointer: int | None
    _store: Store | None

    def __init__(self, *_: object) -> None:
        raise TypeError("a Caller is made for a host function whose first parameter is annotated with Caller")

    def _use(self) -> int:
        if self._pointer is None:
            raise RuntimeError("this Caller has ended with its call: keep what you got from it, not the Caller itself")
        return self._pointer

    @property
    def store(self) -> Store:
        """The store of the calling guest."""
        return self._found()

    def _found(self) -> Store:
        pointer = self._use()
        if self._store is None:
            found = _stores[raw.wasmtime_caller_context(pointer)]()
            assert found is not None, "a store that runs is referred to by the call"
            self._store = found
        return self._store

    @property
    def data(self) -> Any:
        """The data of the store."""
        return self.store.data

    @property
    def fuel(self) -> int:
        """What is left of the store's fuel. It can be set, as that of a Store."""
        return self.store.fuel

    @fuel.setter
    def fuel(self, fuel: int) -> None:
        self.store.fuel = fuel

    @property
    def exports(self) -> CallerExports:
        """The calling instance's exports, by item and as attributes: `caller.exports.memory`.

        >>> from wasmtime_gen import Caller, Engine, Linker, Module, Store
        >>> engine = Engine()
        >>> linker = Linker(engine)
        >>> @linker.func("env")
        ... def run_twice(caller: Caller) -> None:
        ...     print(caller.exports.twice(21), "twice" in caller.exports)
        >>> text = '''(module (import "env" "run_twice" (func $run_twice)) (func (export "run") call $run_twice)
        ...     (func (export "twice") (param i32) (result i32) (i32.mul (i32.const 2) (local.get 0))))'''
        >>> linker.instantiate(Store(engine), Module.from_text(engine, text)).exports.run()
        42 True
        """
        self._use()
        return CallerExports(self)

    def get(self, name: str) -> Item | SharedMemory | None:
        """The calling instance's export `name`, or None."""
        from wasmtime_gen._extern import item_from_native

        name = plain(name, "the name of an export")
        store, encoded, extern = self._found(), name.encode(errors="surrogatepass"), Extern()
        if not guarded(store, self._find, encoded, extern):
            return None
        return item_from_native(store, extern, name)

    def _find(self, encoded: bytes, extern: Any) -> bool:
        # The call may have ended in the thread that was called, before this one got the store's turn.
        return bool(raw.wasmtime_caller_export_get(self._use(), encoded, len(encoded), byref(extern)))

    def __getitem__(self, name: str) -> Item | SharedMemory:
        """The calling instance's export `name`. Raises KeyError if there is none."""
        found = self.get(name)
        if found is None:
            raise KeyError(_missing(name))
        return found

    def get_function(self, name: str) -> Func:
        """The calling instance's exported function `name`.

        Raises KeyError when there is no such export, TypeError when it is not a function. The same holds for
        get_memory().
        """
        from wasmtime_gen._func import Func

        return self._get(name, Func)

    def get_memory(self, name: str) -> Memory:
        """The calling instance's exported memory `name`, which is not shared.

        >>> from wasmtime_gen import Caller, Engine, Linker, Module, Store, i32
        >>> engine = Engine()
        >>> linker = Linker(engine)
        >>> @linker.func("env")
        ... def log(caller: Caller, address: i32, size: i32) -> None:
        ...     print(caller.get_memory("memory").read_string(address, size))
        >>> text = '''(module (import "env" "log" (func $log (param i32 i32))) (memory (export "memory") 1)
        ...     (data (i32.const 8) "Hello!") (func (export "run") (call $log (i32.const 8) (i32.const 6))))'''
        >>> linker.instantiate(Store(engine), Module.from_text(engine, text)).exports.run()
        Hello!
        """
        from wasmtime_gen._memory.memory import Memory

        return self._get(name, Memory)

    def _get(self, name: str, kind: type[T]) -> T:
        item = self[name]
        if not isinstance(item, kind):
            raise TypeError(f"export {name!r} is {article(type(item))}, not {article(kind)}")
        return item

    def __contains__(self, name: object) -> bool:
        self._use()
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> NoReturn:
        raise TypeError(_NOT_ITERABLE)

    def _end(self) -> None:
        self._pointer = None

    def __repr__(self) -> str:
        return f"<Caller{' (ended)' * (self._pointer is None)}>"

    def _refuse_copy(self, *arguments: object) -> NoReturn:
        raise TypeError("a Caller ends with its call and cannot be copied or pickled")

    __copy__ = __deepcopy__ = __reduce_ex__ = _refuse_copy


def caller_at(pointer: int) -> Caller:
    """The guest that calls, of which the library tells this address."""
    made = _new(Caller)
    made._pointer, made._store = pointer, None
    return made


_new: Callable[[type[Caller]], Caller] = object.__new__


class CallerExports:
    """The exports of a calling instance, by item and as attributes: Caller.exports.

    A name of its own, which begins with an underscore, is reached by item only. A missing one raises KeyError or
    AttributeError.
    """

    __slots__ = ("_caller",)
    _caller: Caller

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def __getitem__(self, name: str) -> Item | SharedMemory:
        return self._caller[name]

    if TYPE_CHECKING:
        # As of an instance: most exports are functions, and a call should need no cast.
        def __getattr__(self, name: str) -> Func: ...

    else:

        def __getattr__(self, name: str) -> Item | SharedMemory:
            if name == "_caller":  # nobody has set it
                raise AttributeError("CallerExports come with a Caller")
            found = self._caller.get(name)
            if found is None:
                raise AttributeError(_missing(name))
            return found

    def __contains__(self, name: object) -> bool:
        return name in self._caller

    def __iter__(self) -> NoReturn:
        raise TypeError(_NOT_ITERABLE)

    def __repr__(self) -> str:
        return f"<exports of {self._caller!r}>"

    def _refuse_copy(self, *arguments: object) -> NoReturn:
        raise TypeError("the exports of a Caller end with its call and cannot be copied or pickled")

    __copy__ = __deepcopy__ = __reduce_ex__ = _refuse_copy


_NOT_ITERABLE = "a Caller cannot list the exports of its guest, only look one up: caller[name], caller.get(name)"


def _missing(name: str) -> str:
    return f"the calling instance has no export {name!r}"


def wants_caller(function: Callable[..., Any]) -> bool:
    """Whether the first parameter is annotated with Caller. Only an annotation that looks like it is resolved."""
    plain = getattr(function, "__func__", function)
    if isinstance(plain, _Builtin) or (
        isinstance(plain, _Function) and not any(map(_looks_like_caller, plain.__annotations__.values()))
    ):
        return False
    from wasmtime_gen._annotations import first_is_caller

    return first_is_caller(function)


_Function: Any = type(wants_caller)
_Builtin = type(len)


def _looks_like_caller(annotation: object) -> bool:
    return "Caller" in (annotation if isinstance(annotation, str) else repr(annotation))
