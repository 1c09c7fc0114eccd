"""The C functions, as attributes of `raw` and `ready`, for plain addresses; sizes and codes that the high level needs.

`wasmtime_capi` itself makes a typed pointer of each address, which costs more than most calls. What stands here in
numbers, because to import the records takes a tenth of the time to import this package, a test compares with them.
"""

from __future__ import annotations

from wasmtime_capi.addresses import functions as raw
from wasmtime_capi.addresses import ready
from wasmtime_capi.cdata import c_uint64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "FUNC",
    "GLOBAL",
    "MEMORY",
    "SHARED_MEMORY",
    "TABLE",
    "TAG",
    "Extern",
    "InstanceRecord",
    "Val",
    "Vec",
    "late",
    "raw",
    "ready",
]

Vec = c_uint64 * 2  # size and data: every wasm_*_vec_t
Extern = c_uint64 * 4  # a wasmtime_extern_t: its kind in the first byte, what it is of in the last three words
InstanceRecord = c_uint64 * 2  # a wasmtime_instance_t
Val = c_uint64 * 4  # a wasmtime_val_t: its kind in the first byte, the value in the last three words
FUNC, GLOBAL, TABLE, MEMORY, SHARED_MEMORY, TAG = range(6)  # kinds of wasmtime_extern_t


def late(scope: dict[str, Any], name: str, function: str, **others: str) -> Any:
    """What `name` among the globals of a module stands for until it is called: then `ready.function` is put there, and
    the `others` likewise.

    To import the module opens no library in this way, and a global is found 30 ns faster than the attribute.
    """

    def first(*args: Any) -> Any:
        scope.update({other: getattr(ready, its) for other, its in others.items()})
        scope[name] = bound = getattr(ready, function)
        return bound(*args)

    return first
