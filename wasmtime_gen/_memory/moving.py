"""The same for a memory that may move: where it is, and how large, is asked for each access.

Only plain ints are taken, and values are bytes before: between the question and the copy no code of a user may run that
makes the memory move. What Python itself runs there, a signal handler or __del__, is kept from that by `turn.still`.
"""

# ruff: noqa: F841 - the variable `free` is a cell of other closures too
from __future__ import annotations

from wasmtime_capi.cdata import c_char

from wasmtime_gen._raw import ready
from wasmtime_gen._turn import accesses, stale

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_data = ready.wasmtime_memory_data
_data_size = ready.wasmtime_memory_data_size
_place = (c_char * 2**62).from_address


def _closures() -> tuple[Any, ...]:
    none: Any = None
    free = again = arguments = turn = none

    def read(address: Any, size: Any) -> Any:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            if type(address) is int and type(size) is int and address >= 0 and size > 0:
                turn.still = True
                if address + size <= _data_size(*arguments):
                    value = _place(_data(*arguments) + address)[:size]
                    turn.still = False
                    mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                    return value
                turn.still = False
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except Exception:
            if mine is not None:
                turn.still = False
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                turn.still = False
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        return again(address, size)

    def write(address: Any, data: Any) -> None:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            if type(address) is int and type(data) is bytes and address >= 0 and data:
                turn.still = True
                if address + len(data) <= _data_size(*arguments):
                    memoryview(_place(_data(*arguments) + address)).cast("B")[: len(data)] = data
                    turn.still = False
                    mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                    return
                turn.still = False
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except Exception:
            if mine is not None:
                turn.still = False
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                turn.still = False
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        again(address, data)

    def load(kind: Any, address: Any) -> Any:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            if type(address) is int and address >= 0:
                turn.still = True
                if address + kind.size <= _data_size(*arguments):
                    (value,) = kind.unpack_from(_place(_data(*arguments) + address))
                    turn.still = False
                    mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                    return value
                turn.still = False
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except Exception:
            if mine is not None:
                turn.still = False
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                turn.still = False
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        return again(kind, address)

    def save(kind: Any, address: Any, value: Any) -> None:
        nonlocal free
        mine = None
        try:
            data = kind.pack(value)
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            if type(address) is int and address >= 0:
                turn.still = True
                if address + kind.size <= _data_size(*arguments):
                    memoryview(_place(_data(*arguments) + address)).cast("B")[: kind.size] = data
                    turn.still = False
                    mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                    return
                turn.still = False
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except Exception:
            if mine is not None:
                turn.still = False
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                turn.still = False
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        again(kind, address, value)

    return read, write, load, save


#: By the name of the operation.
MOVING_CODES = {function.__name__: accesses(function.__code__) for function in _closures()}
#: What the code finds as its globals.
MOVING_SCOPE: dict[str, Any] = globals()
