"""Wasi: what a store has of WASI, made from a WasiConfig when that is set on the store."""

from __future__ import annotations

import os
from _weakref import ref

from wasmtime_gen._errors import WasmtimeError, error_of
from wasmtime_gen._handle import checked
from wasmtime_gen._raw import raw
from wasmtime_gen._turn import exclusive, stilled
from wasmtime_gen._wasi.calls import REPLACEMENTS
from wasmtime_gen._wasi.config import Inherit, ToStdout, WasiConfig, WritableDir
from wasmtime_gen._wasi.streams import Captured, Stream, input_stream, output_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NoReturn

    from wasmtime_gen._interruption import Interruption
    from wasmtime_gen._store import Store
    from wasmtime_gen._turn import Turn
    from wasmtime_gen._wasi.originals import Originals


class Wasi:
    """What the guests of one store have of WASI: `store.wasi`, after it was set to a WasiConfig.

    >>> from wasmtime_gen import Engine, Linker, Module, Store, WasiConfig
    >>> engine = Engine()
    >>> store, linker = Store(engine), Linker(engine)
    >>> linker.define_wasi()
    >>> store.wasi = WasiConfig()
    >>> instance = linker.instantiate(store, Module.from_text(engine, '''(module
    ...     (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    ...     (memory (export "memory") 1)
    ...     (data (i32.const 0) "\\\\08\\\\00\\\\00\\\\00\\\\07\\\\00\\\\00\\\\00Hello!\\\\n")
    ...     (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))'''))
    >>> instance.exports._start()
    >>> store.wasi.stdout
    b'Hello!\\n'
    """

    __slots__ = ("_context", "_interruption", "_made", "_outputs", "_store", "_streams", "_turn", "config")
    #: What it was made from.
    config: WasiConfig
    _store: ref[Store]
    _context: Any  # the store's, as an argument
    _interruption: Interruption | None  # the store's
    _turn: Turn  # the store's
    _made: Originals | None  # from when they are first needed
    _streams: dict[int, Stream]  # by the guest's descriptor, until it closes that or gives it another number
    _outputs: tuple[Stream, Stream]

    def __init__(self) -> None:
        raise TypeError("a Wasi is made by store.wasi = WasiConfig(...)")

    @property
    def stdout(self) -> bytes:
        """What was written to stdout so far, all of it: complete whenever a call has returned or raised.

        It can still be read when the store is closed. Raises WasmtimeError if stdout is not captured.
        """
        return self._captured("stdout", 0)

    @property
    def stderr(self) -> bytes:
        """The same for stderr. With `stderr=STDOUT`, what was written is in `stdout`."""
        return self._captured("stderr", 1)

    def _captured(self, name: str, number: int) -> bytes:
        stream, given = self._outputs[number], getattr(self.config, name)
        if isinstance(given, ToStdout):
            raise WasmtimeError("stderr goes where stdout goes: read store.wasi.stdout")
        if not isinstance(stream, Captured):
            raise WasmtimeError(f"{name} is not captured, it goes to {given!r}: give WasiConfig({name}=Capture(limit))")
        return bytes(stream.content)

    @property
    def _originals(self) -> Originals:
        made, store = self._made, self._store()
        if made is None:
            from wasmtime_gen._wasi.originals import Originals

            assert store is not None, "a store that runs is referred to by the call"
            self._made = made = Originals(store)
        return made

    def _original(self, method: str, *args: Any) -> Any:
        """What the library's own functions do. They have one set of buffers a store."""
        return stilled(self._turn, getattr(self._originals, method), *args)

    def _end(self) -> None:
        """Close the files. What was captured stays."""
        self._streams.clear()
        self._outputs = tuple([s if isinstance(s, Captured) else Stream() for s in self._outputs])  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Wasi of {self.config!r}>"

    def _refuse_copy(self, *arguments: object) -> NoReturn:
        raise TypeError("a Wasi belongs to its store and cannot be copied or pickled: its config can")

    __copy__ = __deepcopy__ = __reduce_ex__ = _refuse_copy


def set_wasi(store: Store, config: WasiConfig) -> None:
    """What `store.wasi = config` does."""
    checked(config, WasiConfig, "store.wasi")
    exclusive(store, "setting store.wasi", _install, store, config)


def _install(store: Store, config: WasiConfig) -> None:
    _begin(store)
    native = raw.wasi_config_new()
    try:
        _fill(native, config)
        wasi = Wasi.__new__(Wasi)
        wasi.config = config
        wasi._interruption = ends = store._interruption
        stdout = output_stream(config.stdout, "stdout", 1, ends)
        stderr = stdout if isinstance(config.stderr, ToStdout) else output_stream(config.stderr, "stderr", 2, ends)
        wasi._outputs = stdout, stderr
        wasi._streams = {0: input_stream(config.stdin, ends), 1: stdout, 2: stderr}
    except BaseException:
        raw.wasi_config_delete(native)
        raise
    before = store._wasi
    wasi._store = ref(store)
    wasi._context, wasi._turn = store._context, store._turn
    wasi._made = None if before is None else before._made
    error = raw.wasmtime_context_set_wasi(store._address, native)  # eats it, also where that fails
    if error:
        raise error_of(error)
    store._keep(REPLACEMENTS)
    store._wasi = wasi
    if before is not None:
        before._end()
    store._limit()


def _fill(native: int, config: WasiConfig) -> None:
    if config.args:
        args = _strings(config.args)
        raw.wasi_config_set_argv(native, len(args), args)
    env = _environment() if isinstance(config.env, Inherit) else config.env
    if env:
        pairs = list(env.items())
        raw.wasi_config_set_env(
            native, len(pairs), _strings(name for name, _ in pairs), _strings(value for _, value in pairs)
        )
    if config.inherit_network:
        raw.wasi_config_inherit_network(native)
    raw.wasi_config_allow_ip_name_lookup(native, config.allow_ip_name_lookup)
    for guest, directory in config.preopens.items():
        writable = isinstance(directory, WritableDir)
        host = directory.path if isinstance(directory, WritableDir) else directory
        problem = f"the directory for the guest's {guest!r} cannot be opened"
        try:
            os.scandir(host).close()
        except OSError as error:
            raise OSError(error.errno, f"{problem}: {error.strerror}", host) from None
        if not raw.wasi_config_preopen_dir(native, str.encode(host), str.encode(guest), writable):
            raise WasmtimeError(f"{problem}: {host}")


def _strings(texts: Iterable[str]) -> Any:
    from ctypes import c_char_p

    encoded = [str.encode(text) for text in texts]
    return (c_char_p * len(encoded))(*encoded)


def _environment() -> dict[str, str]:
    found = dict(os.environ)
    for name, value in found.items():
        try:
            name.encode()
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(
                f"the environment variable {name!r} of this process is not UTF-8, so a guest cannot have it: give env "
                "as a dict without it"
            ) from None
    return found


_used = _lost = False


def _begin(store: Store) -> None:
    """Be ready for the first use of WASI, and for a fork after it."""
    global _used
    if _lost:
        raise WasmtimeError(LOST)
    if not _used:
        from wasmtime_gen._wasi.runtime import start

        start(store._engine)
        _used = True
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_lose)


LOST = (
    "WASI was in use when this process was forked, and its threads did not come along: a guest could wait for them for "
    "ever. Start processes by 'spawn' or 'forkserver', or fork before store.wasi is set for the first time"
)


def _lose() -> None:
    from wasmtime_gen._caller import _stores

    global _lost
    _lost = True
    for reference in list(_stores.values()):
        store = reference()
        if store is not None and store._wasi is not None:
            store._turn.lose(LOST)


def reserved(store: Store, limits: list[int]) -> list[int]:
    """The limits with room for the instance of originals.py, which has a memory, besides the guests'.

    It is made now, without limits, so that what is left for guests is exact.
    """
    memory_size, table_elements, instances, tables, memories = limits
    if store._wasi is not None:
        native = store._use()
        raw.wasmtime_store_limiter(native.pointer, *[-1] * len(limits))
        store._wasi._originals.prepare()
    return [memory_size, table_elements, instances + (instances >= 0), tables, memories + (memories >= 0)]
