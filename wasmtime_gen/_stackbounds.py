"""How much of its stack a thread has left. Loads where there may be too little."""

from __future__ import annotations

import os

from wasmtime_capi.cdata import addressof, byref, c_size_t, c_uint64, c_void_p

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_Attributes = c_uint64 * 32  # a pthread_attr_t takes 56 bytes
_Context = c_uint64 * 1024  # an ucontext_t takes 968 bytes, and 4560 on aarch64
_STACK_POINTER = {"x86_64": 20, "aarch64": 54}  # which of its words


def _functions() -> Any:
    from ctypes import PyDLL

    try:
        library = PyDLL(None)
        found = [library[f"pthread_{name}"] for name in ("self", "getattr_np", "attr_getstack", "attr_destroy")]
        found.append(library["getcontext"])
    except (AttributeError, OSError):
        return None
    found[0].restype = c_void_p
    return found


_found = _functions()
_word = _STACK_POINTER.get(os.uname().machine)


def left(known: Any) -> int:
    """The bytes between the stack pointer and the end of this thread's stack. `known` is what threads remember."""
    if _found is None:  # another C library: nothing is known
        return 1 << 62
    try:
        lowest: int = known.lowest
    except AttributeError:
        known.lowest = lowest = _lowest()
    context = _Context()
    _found[4](byref(context))
    return (addressof(context) if _word is None else context[_word]) - lowest


def _lowest() -> int:
    this, attributes_of, stack_of, destroy, _ = _found
    attributes, low, size = _Attributes(), c_size_t(), c_size_t()
    if attributes_of(c_void_p(this()), byref(attributes)):
        return 0
    try:
        stack_of(byref(attributes), byref(low), byref(size))
    finally:
        destroy(byref(attributes))
    return low.value
