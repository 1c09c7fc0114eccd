"""What the measured paths need of ctypes. The module ctypes takes 1.4 ms to import, half of all that we take.

CPython's own _ctypes has all of it in C. Other systems, and interpreters that were not tried, get the same names from
ctypes. WASMTIME_GEN_PORTABLE=1 makes every interpreter one that was not tried.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ctypes import CDLL, PyDLL
    from ctypes import CFUNCTYPE as callback_type
    from ctypes import addressof as addressof
    from ctypes import byref as byref
    from ctypes import c_char as c_char
    from ctypes import c_size_t as c_size_t
    from ctypes import c_uint8 as c_uint8
    from ctypes import c_uint64 as c_uint64
    from ctypes import c_void_p as c_void_p
    from typing import Any

    _Released: Any
    _Held: Any

    def simple(code: str) -> Any: ...
    def dlopen(path: "str | None", mode: int) -> int: ...


__all__ = [
    "Opened",
    "address_of_function",
    "addressof",
    "byref",
    "c_char",
    "c_object",
    "c_size_t",
    "c_uint8",
    "c_uint64",
    "c_void_p",
    "callback_type",
    "simple",
    "string_at",
    "untrack",
]

#: Whether what lies behind the language may be leant on, such as reference counts and instructions.
IS_TRIED = (
    sys.implementation.name == "cpython"
    and sys.version_info < (3, 14)
    and getattr(sys, "_is_gil_enabled", lambda: True)()
    and not os.environ.get("WASMTIME_GEN_PORTABLE")
)
IS_DIRECT = IS_TRIED and os.name == "posix"

if TYPE_CHECKING:
    pass
elif IS_DIRECT:
    from _ctypes import (
        FUNCFLAG_CDECL,
        FUNCFLAG_PYTHONAPI,
        CFuncPtr,
        _SimpleCData,
        addressof,
        byref,
        dlopen,
    )

    class c_void_p(_SimpleCData):
        _type_ = "P"

    class c_char(_SimpleCData):
        _type_ = "c"

    class c_uint8(_SimpleCData):
        _type_ = "B"

    class c_uint64(_SimpleCData):
        _type_ = "Q"

    c_size_t = c_uint64

    def simple(code):
        return type(_SimpleCData)(f"c_{code}", (_SimpleCData,), {"_type_": code})

    class _Released(CFuncPtr):
        _flags_ = FUNCFLAG_CDECL
        _restype_ = None

    class _Held(CFuncPtr):
        _flags_ = FUNCFLAG_CDECL | FUNCFLAG_PYTHONAPI
        _restype_ = None

    def callback_type(restype, *argtypes):
        body = {"_flags_": FUNCFLAG_CDECL, "_restype_": restype, "_argtypes_": argtypes}
        return type(CFuncPtr)("Callback", (CFuncPtr,), body)

else:
    from ctypes import CDLL, PyDLL, _SimpleCData, addressof, byref, c_char, c_size_t, c_uint8, c_uint64, c_void_p
    from ctypes import CFUNCTYPE as callback_type

    def simple(code):
        return type(_SimpleCData)(f"c_{code}", (_SimpleCData,), {"_type_": code})


class Opened:
    """An opened library, whose functions can be called with or without releasing the GIL."""

    def __init__(self, path: str) -> None:
        """Raises OSError when it cannot be loaded."""
        self._name = path
        if IS_DIRECT:
            self._handle: int = dlopen(path, 0)
        else:
            self._dll = CDLL(path)
            self._handle = self._dll._handle
            self._held = PyDLL(path, handle=self._handle)

    def released(self, symbol: str) -> "Any":
        """A fresh function object. Raises AttributeError when the library has no such symbol."""
        return _Released((symbol, self)) if IS_DIRECT else self._dll[symbol]

    def held(self, symbol: str) -> "Any":
        """The same for a short function that keeps the GIL."""
        return _Held((symbol, self)) if IS_DIRECT else self._held[symbol]


def _find_untrack() -> "Any":
    # No detail, but a documented function of every CPython: what it keeps from happening would end the process.
    if sys.implementation.name != "cpython":
        return lambda _: None
    if IS_DIRECT:
        found = _Held(("PyObject_GC_UnTrack", _Python()))
    else:
        from ctypes import pythonapi

        found = pythonapi["PyObject_GC_UnTrack"]
    found.restype = None
    return found


class _Python:
    """The interpreter itself, as an opened library."""

    def __init__(self) -> None:
        self._handle = dlopen(None, 0)


#: An object as an argument without argtypes: a conversion that meets the limit of recursion is an ArgumentError.
c_object = simple("O")
#: Hides an object that can be part of no cycle, as a c_object, from the garbage collector.
untrack = _find_untrack()

# Placed anywhere in memory, its slices are bytes: a type for each length would cost more.
_Memory = c_char * 2**62


def string_at(address: int, size: int) -> bytes:
    """A copy of memory."""
    memory: Any = _Memory.from_address(address)
    return memory[:size] if size else b""


def address_of_function(function: "Any") -> int:
    """The address behind a function object."""
    return c_void_p.from_buffer(function).value or 0
