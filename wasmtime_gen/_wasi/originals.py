"""The library's own functions where ours stand in front of them: for files, directories and sockets.

They take the memory of whichever instance calls them. So each store has a small instance, made when it is first needed,
that calls them on a memory of its own; what is read and written is copied from there and to there.
"""

from __future__ import annotations

from struct import Struct
from weakref import WeakKeyDictionary

from wasmtime_capi.cdata import byref, c_char, c_size_t, c_uint8, c_void_p, simple

from wasmtime_gen._compiling import compiled
from wasmtime_gen._errors import error_of
from wasmtime_gen._failure import failure
from wasmtime_gen._handle import Native, owning
from wasmtime_gen._module import wat2wasm
from wasmtime_gen._raw import Extern, InstanceRecord, raw, ready
from wasmtime_gen._wasi.calls import MODULE, TYPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._engine import Engine
    from wasmtime_gen._store import Store

_NAMES = (
    "clock_time_get", "fd_close", "fd_fdstat_get", "fd_read", "fd_renumber", "fd_write", "poll_oneoff",
)  # fmt: skip
_call = ready.wasmtime_func_call_unchecked

# In the instance's memory of one page: the result, one vector, and then what is moved.
_DONE, _VECTOR, _BUFFER = 0, 8, 16
_ROOM = (1 << 16) - _BUFFER
c_uint32 = simple("I")
_SIZE, _OF = 32, 8  # bytes of a wasmtime_extern_t, and where it has what it is of
_STATUS = 24  # bytes of a WASI fdstat
_SUBSCRIPTION, _EVENT = 48, 32  # bytes of each for poll_oneoff
_RAW = [Struct("<" + "I12x" * count).pack_into for count in range(5)]
_RESULT = Struct("<I").unpack_from


def _text() -> str:
    imports, functions = [], []
    for name in _NAMES:
        params = TYPES[name].partition(" -> ")[0].split(", ")
        type_ = f"(param {' '.join(params)}) (result i32)"
        gets = " ".join(f"local.get {position}" for position in range(len(params)))
        imports.append(f'(import "{MODULE}" "{name}" (func ${name} {type_}))')
        functions.append(f'(func (export "{name}") {type_} {gets} call ${name})')
    return f'(module {" ".join(imports)} (memory (export "memory") 1) {" ".join(functions)})'


_by_engine: WeakKeyDictionary[Engine, tuple[Native, Native]] = WeakKeyDictionary()


def _linker_and_module(engine: Engine) -> tuple[Native, Native]:
    """A linker that has nothing but the library's functions, and the module of the small instances."""
    found = _by_engine.get(engine)
    if found is None:
        native = engine._use()
        linker = owning(raw.wasmtime_linker_new(native.pointer), raw.wasmtime_linker_delete)
        error = raw.wasmtime_linker_define_wasi(linker.pointer)
        if error:
            raise error_of(error)
        found = _by_engine.setdefault(engine, (linker, compiled(engine, wat2wasm(_text()))))
    return found


class Originals:
    """The library's functions in one store, for whoever has the store's turn. None of them calls back."""

    __slots__ = ("_address", "_buffer", "_calls", "_done", "_engine", "_size", "_trap", "_values")

    def __init__(self, store: Store) -> None:
        self._engine = store._engine
        self._address = store._address
        self._calls: dict[str, tuple[Any, ...]] = {}  # the arguments of the native call, ready-made
        self._values = (c_uint8 * (16 * 4))()
        self._trap = c_void_p()
        self._buffer: Any = None  # in the instance's memory, which never grows and so never moves
        self._done = self._size = c_uint32()

    def prepare(self) -> None:
        """Make the instance if there is none. Raises WasmtimeError when the limits of the store do not allow it."""
        if self._calls:
            return
        linker, module = _linker_and_module(self._engine)
        imports = (Extern * len(_NAMES))()
        for position, name in enumerate(_NAMES):
            names = (MODULE.encode(), len(MODULE), name.encode(), len(name))
            raw.wasmtime_linker_get(linker.pointer, self._address, *names, byref(imports, position * _SIZE))
        instance, trap = InstanceRecord(), c_void_p()
        arguments = (self._address, module.pointer, imports, len(_NAMES), byref(instance), byref(trap))
        error = raw.wasmtime_instance_new(*arguments)
        if error or trap:
            raise failure(error, trap)
        base = raw.wasmtime_memory_data(self._address, byref(self._export(instance, "memory"), _OF))
        self._buffer = (c_char * _ROOM).from_address(base + _BUFFER)
        self._done = c_uint32.from_address(base + _DONE)
        c_uint32.from_address(base + _VECTOR).value = _BUFFER
        self._size = c_uint32.from_address(base + _VECTOR + 4)
        context, values, trap_slot = c_void_p(self._address), byref(self._values), byref(self._trap)
        calls: dict[str, tuple[Any, ...]] = {}
        for name in _NAMES:
            function, count = byref(self._export(instance, name), _OF), TYPES[name].count(",") + 1
            calls[name] = context, function, values, c_size_t(count), trap_slot
        self._calls = calls

    def _export(self, instance: Any, name: str) -> Any:
        extern = Extern()
        raw.wasmtime_instance_export_get(self._address, byref(instance), name.encode(), len(name), byref(extern))
        return extern

    def call(self, name: str, *numbers: int) -> int:
        """Call the function. The result is its error, 0 for none."""
        if not self._calls:
            self.prepare()
        values = self._values
        _RAW[len(numbers)](values, 0, *numbers)
        error = _call(*self._calls[name])
        if error or self._trap:
            raise failure(error, self._trap)
        return _RESULT(values)[0]  # type: ignore[no-any-return]

    def write(self, fd: int, data: bytes) -> int:
        """Write all of it, or as much as can be. The result is the number of bytes, or a negative error."""
        self.prepare()
        total = 0
        while True:
            piece = data[total : total + _ROOM]
            memoryview(self._buffer).cast("B")[: len(piece)] = piece
            self._size.value = len(piece)
            refused = self.call("fd_write", fd, _VECTOR, 1, _DONE)
            if refused:
                return total or -refused
            done = self._done.value
            total += done
            if total >= len(data) or not done:
                return total  # type: ignore[no-any-return]

    def read(self, fd: int, size: int) -> bytes | int:
        """Read so many bytes, or as many as there are now. The result is a negative error if there are none for it."""
        self.prepare()
        found = b""
        while True:
            self._size.value = asked = min(size - len(found), _ROOM)
            refused = self.call("fd_read", fd, _VECTOR, 1, _DONE)
            if refused:
                return found or -refused
            done = self._done.value
            found += self._buffer[:done]
            if done < asked or len(found) >= size:
                return found  # type: ignore[no-any-return]

    def clock(self, which: int) -> int:
        """The guest's clock in nanoseconds."""
        refused = self.call("clock_time_get", which, 0, _BUFFER)
        return 0 if refused else int.from_bytes(self._buffer[:8], "little")

    def poll(self, subscription: bytes) -> bytes | int:
        """The event for a file, which is ready at once, or a negative error."""
        self.prepare()
        self._buffer[:_SUBSCRIPTION] = subscription
        refused = self.call("poll_oneoff", _BUFFER, _BUFFER + _SUBSCRIPTION, 1, _DONE)
        return -refused if refused else self._buffer[_SUBSCRIPTION : _SUBSCRIPTION + _EVENT]

    def status(self, fd: int) -> bytearray | int:
        """What fd_fdstat_get writes, or a negative error."""
        refused = self.call("fd_fdstat_get", fd, _BUFFER)
        return -refused if refused else bytearray(self._buffer[:_STATUS])
