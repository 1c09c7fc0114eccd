"""C functions bound for addresses as plain ints, for the measured paths. Everything else uses `wasmtime_capi` itself.

`wasmtime_capi` makes a typed pointer of each address, which costs more than the calls that are made here.
"""

from __future__ import annotations

from ctypes import PyDLL, c_void_p, cast

from wasmtime_capi import library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_released = library()
_held = PyDLL(_released._name, handle=_released._handle)


def raw(name: str, restype: Any = None, *argtypes: Any) -> Any:
    """A function of the library, called with the GIL released. Without argtypes it takes ready-made arguments only."""
    return _typed(_released[name], restype, argtypes)


def leaf(name: str, restype: Any = None, *argtypes: Any) -> Any:
    """A short function that neither blocks, nor calls back, nor runs wasm: called with the GIL held."""
    return _typed(_held[name], restype, argtypes)


def address(pointer: Any) -> int:
    """The address in a pointer object."""
    return cast(pointer, c_void_p).value or 0


def _typed(function: Any, restype: Any, argtypes: tuple[Any, ...]) -> Any:
    function.restype = restype
    if argtypes:
        function.argtypes = argtypes
    return function
