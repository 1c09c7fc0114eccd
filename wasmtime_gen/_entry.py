"""Entering a callback: no exception may strike before its `try`, or ctypes would return garbage to native code.

Python runs signal handlers when a function is entered, at its instruction RESUME, and what they raise is raised there.
A guest's callbacks are where a pending Ctrl-C is noticed most of the time. An argument of RESUME says that a function
goes on behind `yield from`, where Python does not look for signals; callbacks say so too, and the signal's handler runs
a moment later, within the `try`. Python 3.10 does not look either where a function begins with `try`. On interpreters
that were not tried nothing is changed: a signal handler that raises may strike there.
"""

from __future__ import annotations

import sys

from wasmtime_capi.cdata import IS_TRIED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

# The instruction RESUME of the versions that were tried; a test compares it.
_RESUME = {(3, 11): 151, (3, 12): 151, (3, 13): 149}.get(sys.version_info[:2])
_BEHIND_YIELD_FROM = 2
_entries: dict[CodeType, CodeType] = {}


def unsignalled(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which begins with `try`, entered without a look for signals."""
    code = function.__code__
    function.__code__ = _entries.get(code) or _entries.setdefault(code, _entry(code))
    return function


def _entry(code: CodeType) -> CodeType:
    if _RESUME is None or not IS_TRIED:
        return code
    instructions = bytearray(code.co_code)
    at = instructions[::2].index(_RESUME) * 2
    instructions[at + 1] = _BEHIND_YIELD_FROM
    return code.replace(co_code=bytes(instructions))
