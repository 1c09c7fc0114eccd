"""The frequent operations on a memory that cannot move, in its store's turn. access.py tells what they rely on.

Each works on the known bytes and gives up, calling `again`, where it cannot be sure to be right.
"""

# ruff: noqa: F841 - the variable `free` is a cell of other closures too
from __future__ import annotations

from wasmtime_gen._raw import ready
from wasmtime_gen._turn import accesses, stale

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_data_size = ready.wasmtime_memory_data_size


def _closures() -> tuple[Any, ...]:
    none: Any = None
    free = again = known = octets = arguments = frombuffer = kept = key = byte = none

    def read(address: Any, size: Any) -> Any:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            value = known[address : address + size]
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            if len(value) == size > 0 <= address:
                return value
        except Exception:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        return again(address, size)

    def write(address: Any, data: Any) -> None:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            end = address + len(data)
            if end > address >= 0:
                octets[address:end] = data
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                return
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except Exception:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        again(address, data)

    def get(key: Any) -> Any:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            if type(key) is slice:
                value = known[key]
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                if key.step is None and len(value) == key.stop - key.start > 0 <= key.start:
                    return value
            else:
                value = octets[key]
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                if key >= 0:
                    return value
        except Exception:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        return again(key)

    def put(key: Any, value: Any) -> None:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            if type(key) is slice:
                if key.step is None and 0 <= key.start < key.stop:
                    octets[key] = value
                    mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                    return
            elif key >= 0:
                octets[key] = value
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                return
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except Exception:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        again(key, value)

    def load(kind: Any, address: Any) -> Any:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            (value,) = kind.unpack_from(known, address)
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            if address >= 0:
                return value
        except Exception:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        return again(kind, address)

    def save(kind: Any, address: Any, value: Any) -> None:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            if address >= 0:
                kind.pack_into(known, address, value)
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                return
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except Exception:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        again(kind, address, value)

    def read_cstring(address: Any, limit: Any, errors: Any) -> Any:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            if limit < 0:
                raise ValueError  # again() says why
            value = known[address : address + (limit if limit < 256 else 256)]
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            end = value.find(b"\0")
            if end >= 0 <= address and errors == "strict":
                return value[:end].decode()
        except Exception:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        return again(address, limit, errors)

    def view(address: Any, size: Any) -> Any:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            whole = kept[key]
            if _data_size(*arguments) == len(whole):
                value = memoryview(whole).cast("B")
                value = value[address:] if size is None else value[address : address + size]
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                if len(value) > 0 <= address and (size is None or len(value) == size):
                    return value
            else:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except Exception:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        return again(address, size)

    def numpy(dtype: Any, address: Any, count: Any) -> Any:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            whole = kept[key]  # an array itself, made when the longer way was gone for the first time
            size = len(whole)
            if _data_size(*arguments) == size > address >= 0:
                if dtype is byte:
                    value = whole[address:] if count is None else whole[address : address + count]
                else:
                    value = frombuffer(whole, dtype, -1 if count is None else count, address)
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                if count is None or len(value) == count > 0:
                    return value
            else:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except Exception:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        return again(dtype, address, count)

    return read, write, get, put, load, save, read_cstring, view, numpy


#: By the name of the operation.
CODES = {function.__name__: accesses(function.__code__) for function in _closures()}
#: What the code finds as its globals.
SCOPE: dict[str, Any] = globals()
