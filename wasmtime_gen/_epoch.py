"""The callback of a store's epoch deadline: Python decides how long a guest may go on."""

from __future__ import annotations

from wasmtime_capi.cdata import c_uint8, c_uint64, c_void_p, callback_type

from wasmtime_gen._entry import unsignalled
from wasmtime_gen._failure import errors, keep_as_error
from wasmtime_gen._numbers import unsigned
from wasmtime_gen._tracing import resumed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._turn import Turn


Callback = callback_type(c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)
CONTINUE = 0  # of wasmtime_update_deadline_kind_t


def epoch_callback(turn: Turn, callback: Callable[[], int]) -> Any:
    """The native callback. While it runs nobody may use the store: its guest stands between two instructions."""

    def called(_context: Any, _data: int | None, ticks: int, kind: int) -> int | None:
        try:
            turn.barred = True
            try:
                c_uint64.from_address(ticks).value = unsigned(resumed(callback), 64, "what an epoch callback returns")
                c_uint8.from_address(kind).value = CONTINUE
            except BaseException as error:
                return keep_as_error(error)
            finally:
                turn.barred = False
        except BaseException as last:
            errors.last = last
            if errors.top is not None:
                spare = errors.top
                errors.top = spare[1]
                return spare[0]  # type: ignore[no-any-return]
        return None

    return Callback(unsignalled(called))
