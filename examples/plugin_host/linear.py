"""Plug-ins that are modules of WebAssembly: the Host through their linear memory.

A text is UTF-8, an address and a size in bytes; both are i32 and unsigned. A module imports from "host" what it uses of

- each method of Host: two numbers for each text that it takes. If it returns a text, the result is the size of that,
  or -1 for None, and the text waits to be taken;
- take(address): writes the text that waits there;
- answer(address, size): what the run answers.

It exports "memory", and run(size): what begins a run, whose text waits to be taken and has that size. What a C library
needs of WASI is there, and shows it nothing of the system.
"""

from __future__ import annotations

from collections.abc import Callable

from wasmtime_gen import Caller, FuncType, Linker, Memory, MemoryType, Module, Store, WasiConfig, i32

from .api import METHODS, Host, Method, PluginError
from .session import Session

_RUN, _INITIALIZE = FuncType.parse("i32 -> ()"), FuncType()
_TABLE_ELEMENTS = 10_000
_NO_SYSTEM = WasiConfig(stdout=None, stderr=None)


class Exchange:
    """The texts that pass between a guest and its host in one run: what the guest's store has as `data`."""

    def __init__(self, host: Host, text: str) -> None:
        self.host = host
        self.waiting: bytes | None = text.encode()
        self.answer = ""

    def offer(self, text: str | None) -> int:
        """Let a text wait. Returns its size, or -1 if there is none."""
        self.waiting = None if text is None else text.encode()
        return -1 if self.waiting is None else len(self.waiting)


class LinearPlugin:
    """A module, ready to run. Each run has a store of its own: what a guest has spoilt is gone with it."""

    def __init__(self, linker: Linker, module: Module) -> None:
        """Raises PluginError for a module without the exports, LinkError for one that imports anything else."""
        found = {export.name: export.type for export in module.exports}
        if not isinstance(found.get("memory"), MemoryType):
            raise PluginError("it must export its memory as 'memory'")
        if found.get("run") != _RUN:
            raise PluginError("it must export a function 'run' that takes an i32 and returns nothing")
        self._module = linker.instantiate_pre(module)
        self._is_reactor = found.get("_initialize") == _INITIALIZE

    def run(self, session: Session, text: str) -> str:
        exchange = Exchange(session, text)
        with Store(self._module.module.engine, data=exchange) as store:
            store.set_limits(
                memory_size=session.budget.memory,
                memories=1,
                instances=1,
                tables=1,
                table_elements=_TABLE_ELEMENTS,
            )
            store.wasi = _NO_SYSTEM
            with store.timeout(session.seconds_left):
                instance = self._module.instantiate(store)
                if self._is_reactor:  # what a C compiler has made
                    instance.get_function(store, "_initialize")()
                instance.get_function(store, "run")(exchange.offer(text))
        return exchange.answer


def define_host(linker: Linker) -> None:
    """Define what these plug-ins may import."""
    for method in METHODS.values():
        linker.define_func("host", method.name, *_lowered(method))
    linker.define_func("host", "take", _take)
    linker.define_func("host", "answer", _answer)
    linker.define_wasi()


def _lowered(method: Method) -> tuple[Callable[..., int | None], str]:
    """A method as a function of numbers, and its type."""

    def function(caller: Caller, *numbers: int) -> int | None:
        exchange: Exchange = caller.data
        texts = [_text(caller, *pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
        result = getattr(exchange.host, method.name)(*texts)
        return exchange.offer(result) if method.returns_text else None

    parameters = ", ".join(["i32, i32"] * method.parameters)
    return function, f"{parameters or '()'} -> {'i32' if method.returns_text else '()'}"


def _take(caller: Caller, address: i32) -> None:
    exchange: Exchange = caller.data
    if exchange.waiting is None:
        raise PluginError("it took a text where none waits")
    try:
        _memory(caller).write(_unsigned(address), exchange.waiting)
    except IndexError as error:
        raise PluginError(f"it asked for a text beyond its memory: {error}") from None
    exchange.waiting = None


def _answer(caller: Caller, address: i32, size: i32) -> None:
    caller.data.answer = _text(caller, address, size)


def _text(caller: Caller, address: int, size: int) -> str:
    try:
        return _memory(caller).read_string(_unsigned(address), _unsigned(size))
    except IndexError as error:
        raise PluginError(f"it passed a text beyond its memory: {error}") from None
    except UnicodeDecodeError as error:
        raise PluginError(f"it passed a text that is not UTF-8: {error}") from None


def _memory(caller: Caller) -> Memory:
    try:
        return caller.get_memory("memory")
    except KeyError:  # the host itself is the caller, of what the module has imported and exports as its own
        raise PluginError("what it exports as 'run' is a function of its host") from None


def _unsigned(number: int) -> int:
    """An address or a size: Python gets an i32 with its sign."""
    return number & 0xFFFF_FFFF
