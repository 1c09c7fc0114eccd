"""The functions of WASI preview 1 by name and type, and those that are replaced by functions of ours.

The library writes the standard streams in threads of its own, stops no guest when that fails, and reads ahead from
stdin. So what a guest does with a stream of its store's WasiConfig is done here, in the thread of its call. Every other
descriptor is the library's business (originals.py).
"""

from __future__ import annotations

from struct import Struct

from wasmtime_capi.cdata import byref, c_char, c_size_t, c_uint8, c_void_p, callback_type, simple, string_at

from wasmtime_gen._caller import _stores
from wasmtime_gen._errors import Exit, WasmtimeError
from wasmtime_gen._failure import enclosed
from wasmtime_gen._raw import MEMORY, SHARED_MEMORY, Extern, raw, ready
from wasmtime_gen._turn import stilled
from wasmtime_gen._wasi.streams import INVAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from wasmtime_gen._wasi.wasi import Wasi

    R = TypeVar("R")

MODULE = "wasi_snapshot_preview1"
# By the types of the parameters, i for i32 and I for i64. All return an i32, the error, but for proc_exit.
_BY_PARAMETERS = {
    "": "sched_yield",
    "i": "fd_close fd_datasync fd_sync proc_raise",
    "ii": "args_get args_sizes_get clock_res_get environ_get environ_sizes_get fd_fdstat_get fd_fdstat_set_flags "
    "fd_filestat_get fd_prestat_get fd_renumber fd_tell random_get sock_shutdown",
    "iI": "fd_filestat_set_size",
    "iIi": "clock_time_get",
    "iII": "fd_allocate fd_fdstat_set_rights",
    "iIIi": "fd_advise fd_filestat_set_times",
    "iIii": "fd_seek",
    "iii": "fd_prestat_dir_name path_create_directory path_remove_directory path_unlink_file sock_accept",
    "iiii": "fd_read fd_write poll_oneoff",
    "iiiIi": "fd_pread fd_pwrite fd_readdir",
    "iiiii": "path_filestat_get path_symlink sock_send",
    "iiiiIIi": "path_filestat_set_times",
    "iiiiii": "path_readlink path_rename sock_recv",
    "iiiiiii": "path_link",
    "iiiiiIIii": "path_open",
}


def _type(parameters: str, result: str = " -> i32") -> str:
    return (", ".join({"i": "i32", "I": "i64"}[each] for each in parameters) or "()") + result


TYPES = {name: _type(parameters) for parameters, names in _BY_PARAMETERS.items() for name in names.split()}
TYPES["proc_exit"] = _type("i", " -> ()")

_VECTORS = 1024  # that one call looks at: POSIX demands no more, and the host's time is not the guest's to spend
_MOST = 1 << 20  # bytes that one call moves: reads and writes may be short
_export_get = ready.wasmtime_caller_export_get
_SIX = c_size_t(len(b"memory"))
_memory_data = ready.wasmtime_memory_data
_memory_size = ready.wasmtime_memory_data_size
_OF = 8  # where a wasmtime_extern_t has what it is of
c_uint32, c_bool = simple("I"), simple("?")


class GuestMemory:
    """The memory of a calling guest. It may move whenever the guest or other code runs: where it is is asked for each
    access, and what Python itself runs then, signal handlers and __del__, cannot make it move.
    """

    __slots__ = ("_record", "_turn")

    def __init__(self, wasi: Wasi, caller: int) -> None:
        extern = Extern()
        found = _export_get(c_void_p(caller), b"memory", _SIX, byref(extern))
        kind = extern[0] & 0xFF
        if not found or kind != MEMORY:
            what = "this one does not"
            if found:
                what = "a shared memory will not do" if kind == SHARED_MEMORY else what
                raw.wasmtime_extern_delete(byref(extern))
            raise WasmtimeError(f"a guest of WASI must export its memory as 'memory', and {what}")
        self._record = wasi._context, byref(extern, _OF)
        self._turn = wasi._turn

    def _within(self, function: Callable[..., R], *args: Any) -> R:
        """Call function(base, size, *args) while the memory stays where it is."""
        return stilled(self._turn, self._asked, function, args)  # type: ignore[no-any-return]

    def _asked(self, function: Callable[..., R], args: tuple[Any, ...]) -> R:
        return function(_memory_data(*self._record) or 0, _memory_size(*self._record), *args)

    def check(self, address: int, size: int) -> None:
        """Raise Trap when these bytes are not all within the memory, before anything is done that the guest sees."""
        self._within(_checked, address, size)

    def pieces(self, vectors: list[tuple[int, int]]) -> bytes:
        """What lies there, one after the other."""
        return self._within(_gathered, vectors)

    def vectors(self, address: int, count: int) -> list[tuple[int, int]]:
        """Addresses and sizes of what a guest wants to be written or read into, checked, and _MOST bytes in all."""
        return self._within(_vectors, address, count)

    def put(self, vectors: list[tuple[int, int]], data: bytes) -> None:
        """Put the data there, as far as it goes."""
        self._within(_scatter, vectors, data)

    def answer(self, address: int, number: int) -> int:
        """Write the number of bytes that were moved. The result is no error."""
        self._within(_scatter, [(address, 4)], _NUMBER(number))
        return 0


_PAIR = Struct("<II")
_NUMBER = Struct("<I").pack
_place = (c_char * 2**62).from_address  # for a slice: to make a type for a size costs more than the copy


def _checked(base: int, size: int, address: int, length: int) -> int:
    if address + length > size:
        from wasmtime_gen._trap import Trap

        raise Trap(f"the guest gave WASI {length} bytes at address {address:#x}, which are not within its memory")
    return base + address


def _vectors(base: int, size: int, address: int, count: int) -> list[tuple[int, int]]:
    found, room = [], _MOST
    for start, length in _PAIR.iter_unpack(string_at(_checked(base, size, address, 8 * count), 8 * count)):
        _checked(base, size, start, length)
        if length and room:
            length = min(length, room)
            found.append((start, length))
            room -= length
    return found


def _gathered(base: int, size: int, vectors: list[tuple[int, int]]) -> bytes:
    pieces = [string_at(_checked(base, size, start, length), length) for start, length in vectors]
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _scatter(base: int, size: int, vectors: list[tuple[int, int]], data: bytes) -> None:
    position = 0
    for start, length in vectors:
        piece = data[position : position + length]
        if not piece:
            return
        memoryview(_place(_checked(base, size, start, len(piece)))).cast("B")[: len(piece)] = piece
        position += len(piece)


def _fd_write(wasi: Wasi, caller: int, fd: int, vectors: int, count: int, done: int) -> int:
    if count > _VECTORS:
        return INVAL
    memory = GuestMemory(wasi, caller)
    memory.check(done, 4)
    data = memory.pieces(memory.vectors(vectors, count))
    stream = wasi._streams.get(fd)
    wrote = wasi._original("write", fd, data) if stream is None else stream.write(data)
    return -wrote if wrote < 0 else memory.answer(done, wrote)


def _fd_read(wasi: Wasi, caller: int, fd: int, vectors: int, count: int, done: int) -> int:
    if count > _VECTORS:
        return INVAL
    memory = GuestMemory(wasi, caller)
    memory.check(done, 4)
    places = memory.vectors(vectors, count)
    wanted = sum([size for _, size in places])
    stream = wasi._streams.get(fd)
    data = wasi._original("read", fd, wanted) if stream is None else stream.read(wanted)
    if isinstance(data, int):
        return -data
    memory.put(places, data)
    return memory.answer(done, len(data))


def _fd_close(wasi: Wasi, caller: int, fd: int) -> int:
    refused = wasi._original("call", "fd_close", fd)
    if not refused:
        wasi._streams.pop(fd, None)
    return refused  # type: ignore[no-any-return]


def _fd_renumber(wasi: Wasi, caller: int, fd: int, to: int) -> int:
    refused = wasi._original("call", "fd_renumber", fd, to)
    if not refused and fd != to:
        moved = wasi._streams.pop(fd, None)
        wasi._streams.pop(to, None)
        if moved is not None:
            wasi._streams[to] = moved
    return refused  # type: ignore[no-any-return]


def _fd_fdstat_get(wasi: Wasi, caller: int, fd: int, address: int) -> int:
    memory, status = GuestMemory(wasi, caller), wasi._original("status", fd)
    if isinstance(status, int):
        return -status
    stream = wasi._streams.get(fd)
    if stream is not None and stream.is_terminal:
        status[0] = _CHARACTER_DEVICE
        status[_RIGHTS] &= ~_SEEK_AND_TELL  # the C library takes only what cannot be searched for a terminal
    memory.put([(address, len(status))], bytes(status))
    return 0


_CHARACTER_DEVICE = 2
_RIGHTS, _SEEK_AND_TELL = 8, 1 << 2 | 1 << 5


def _poll_oneoff(wasi: Wasi, caller: int, subscriptions: int, events: int, count: int, done: int) -> int:
    from wasmtime_gen._wasi.poll import EVENT, MOST, SUBSCRIPTION, poll

    memory = GuestMemory(wasi, caller)
    if not 0 < count <= MOST:
        return INVAL
    memory.check(done, 4)
    memory.check(events, EVENT * count)
    found = poll(wasi, memory.pieces([(subscriptions, SUBSCRIPTION * count)]))
    if isinstance(found, int):
        return found
    memory.put([(events, EVENT * len(found))], b"".join(found))
    return memory.answer(done, len(found))


def _proc_exit(wasi: Wasi, caller: int, code: int) -> int:
    raise Exit(code & 0xFF)


_CALLBACK = callback_type(c_void_p, c_bool, c_void_p, c_void_p)
_SLOT = 16  # bytes of a value


def _replacement(function: Callable[..., int], count: int) -> Any:
    unpack = Struct("<" + "I12x" * count).unpack_from
    place = (c_uint8 * (_SLOT * count)).from_address

    def called(_env: bool, caller: int, address: int) -> None:
        store = _stores[raw.wasmtime_caller_context(caller)]()
        wasi = None if store is None else store._wasi
        if wasi is None:
            raise WasmtimeError("a guest uses WASI in a Store that has none: set store.wasi = WasiConfig(...)")
        c_uint32.from_address(address).value = function(wasi, caller, *unpack(place(address)))

    return _CALLBACK(enclosed(called))


#: What native code calls instead of the library's functions. It is the same for all linkers, so nobody has to keep it.
REPLACEMENTS = {
    "fd_close": _replacement(_fd_close, 1),
    "fd_fdstat_get": _replacement(_fd_fdstat_get, 2),
    "fd_read": _replacement(_fd_read, 4),
    "fd_renumber": _replacement(_fd_renumber, 2),
    "fd_write": _replacement(_fd_write, 4),
    "poll_oneoff": _replacement(_poll_oneoff, 4),
    "proc_exit": _replacement(_proc_exit, 1),
}
