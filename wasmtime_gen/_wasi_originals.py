"""The library's own functions where ours stand in front of them: for files, directories and sockets.

They take the memory of whichever instance calls them. So each store has a small instance, made when it is first needed,
that calls them on a memory of its own; what is read and written is copied from there and to there.
"""

from __future__ import annotations

from ctypes import byref, c_bool, c_char_p, c_size_t, c_ubyte, c_uint32, c_void_p, memmove, string_at
from struct import Struct
from weakref import WeakKeyDictionary

import wasmtime_capi as c

from wasmtime_gen._compiling import compiled
from wasmtime_gen._handle import Native
from wasmtime_gen._host import failure
from wasmtime_gen._module import wat2wasm
from wasmtime_gen._raw import raw
from wasmtime_gen._trap import take_error
from wasmtime_gen._wasi_calls import MODULE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._engine import Engine
    from wasmtime_gen._store import Store

_COUNTS = {
    "fd_close": 1,
    "fd_fdstat_get": 2,
    "fd_read": 4,
    "fd_renumber": 2,
    "fd_write": 4,
}  # their parameters, all of them i32
_name = (c_char_p, c_size_t)
_get = raw("wasmtime_linker_get", c_bool, c_void_p, c_void_p, *_name, *_name, c_void_p)
_define_wasi = raw("wasmtime_linker_define_wasi", c_void_p, c_void_p)
_instance_new = raw("wasmtime_instance_new", c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, c_void_p)
_export_get = raw("wasmtime_instance_export_get", c_bool, c_void_p, c_void_p, *_name, c_void_p)
_call = raw("wasmtime_func_call_unchecked", c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p)
_data = raw("wasmtime_memory_data", c_void_p, c_void_p, c_void_p)

# In the instance's memory of one page: the result, one vector, and then what is moved.
_DONE, _VECTOR, _BUFFER = 0, 8, 16
_ROOM = (1 << 16) - _BUFFER
_STATUS = 24  # bytes of a WASI fdstat
_PAIR = Struct("<II")
_RAW = [Struct("<" + "I12x" * count) for count in range(5)]


def _text() -> str:
    imports, functions = [], []
    for name, count in _COUNTS.items():
        type_ = f"(param{' i32' * count}) (result i32)"
        gets = " ".join(f"local.get {position}" for position in range(count))
        imports.append(f'(import "{MODULE}" "{name}" (func ${name} {type_}))')
        functions.append(f'(func (export "{name}") {type_} {gets} call ${name})')
    return f'(module {" ".join(imports)} (memory (export "memory") 1) {" ".join(functions)})'


_by_engine: WeakKeyDictionary[Engine, tuple[Native, Native]] = WeakKeyDictionary()


def _linker_and_module(engine: Engine) -> tuple[Native, Native]:
    """A linker that has nothing but the library's functions, and the module of the small instances."""
    found = _by_engine.get(engine)
    if found is None:
        linker = Native(c.wasmtime_linker_new(engine._use().pointer), c.wasmtime_linker_delete)
        error = _define_wasi(linker.pointer)
        if error:
            raise take_error(error)
        found = _by_engine.setdefault(engine, (linker, compiled(engine, wat2wasm(_text()))))
    return found


class Originals:
    """The library's functions in one store, for whoever has the store's turn."""

    __slots__ = ("_address", "_engine", "_functions", "_memory")

    def __init__(self, store: Store) -> None:
        self._engine = store.engine
        self._address = store._address
        self._functions: dict[str, Any] = {}
        self._memory: Any = None

    def prepare(self) -> None:
        """Make the instance if there is none. Raises WasmtimeError when the limits of the store do not allow it."""
        if self._memory is not None:
            return
        linker, module = _linker_and_module(self._engine)
        imports = (c.wasmtime_extern_t * len(_COUNTS))()
        for position, name in enumerate(_COUNTS):
            names = (MODULE.encode(), len(MODULE), name.encode(), len(name))
            _get(linker.pointer, self._address, *names, byref(imports, position * _EXTERN))
        instance, trap = c.wasmtime_instance_t(), c_void_p()
        arguments = (self._address, module.pointer, imports, len(_COUNTS), byref(instance), byref(trap))
        error = _instance_new(*arguments)
        if error or trap:
            raise failure(error, trap)
        for name in _COUNTS:
            self._functions[name] = self._export(instance, name).of.func
        self._memory = self._export(instance, "memory").of.memory

    def _export(self, instance: Any, name: str) -> Any:
        extern = c.wasmtime_extern_t()
        _export_get(self._address, byref(instance), name.encode(), len(name), byref(extern))
        return extern

    def call(self, name: str, *numbers: int) -> int:
        """Call the function. The result is its error, 0 for none."""
        self.prepare()
        count = len(numbers)
        values, trap = (c_ubyte * (16 * count))(), c_void_p()
        _RAW[count].pack_into(values, 0, *numbers)
        error = _call(self._address, byref(self._functions[name]), values, count, byref(trap))
        if error or trap:
            raise failure(error, trap)
        return c_uint32.from_buffer(values).value

    def write(self, fd: int, data: bytes) -> int:
        """Write all of it, or as much as can be. The result is the number of bytes, or a negative error."""
        self.prepare()
        total = 0
        while True:
            piece = data[total : total + _ROOM]
            memmove(self._at(_BUFFER), piece, len(piece))
            refused = self._move("fd_write", fd, len(piece))
            if refused:
                return total or -refused
            total += self._done()
            if total >= len(data) or not self._done():
                return total

    def read(self, fd: int, size: int) -> bytes | int:
        """Read so many bytes, or as many as there are now. The result is a negative error if there are none for it."""
        self.prepare()
        pieces: list[bytes] = []
        left = size
        while True:
            asked = min(left, _ROOM)
            refused = self._move("fd_read", fd, asked)
            if refused:
                return b"".join(pieces) if pieces else -refused
            pieces.append(string_at(self._at(_BUFFER), self._done()))
            left -= len(pieces[-1])
            if not left or len(pieces[-1]) < asked:
                return b"".join(pieces)

    def status(self, fd: int) -> bytearray | int:
        """What fd_fdstat_get writes, or a negative error."""
        refused = self.call("fd_fdstat_get", fd, _BUFFER)
        return -refused if refused else bytearray(string_at(self._at(_BUFFER), _STATUS))

    def _move(self, name: str, fd: int, size: int) -> int:
        memmove(self._at(_VECTOR), _PAIR.pack(_BUFFER, size), _PAIR.size)
        return self.call(name, fd, _VECTOR, 1, _DONE)

    def _done(self) -> int:
        return c_uint32.from_address(self._at(_DONE)).value

    def _at(self, offset: int) -> int:
        return int(_data(self._address, byref(self._memory))) + offset


_EXTERN = len(bytes(c.wasmtime_extern_t()))
