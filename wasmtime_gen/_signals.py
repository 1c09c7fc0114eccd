"""The library's signal handlers, which turn a guest's faults into traps.

faulthandler.enable(), its disable() and signal.signal() replace them, and the next trap would end the process. So they
are remembered behind the first engine, and looked at whenever a module is instantiated; replaced ones are put back.
What is replaced after that is not noticed before the next time. To ask the system for each takes a third of the time of
an instantiation: it is asked for SIGSEGV, and for all of them when Python tells that another one was set. Engines that
are made with `signals_based_traps=False` need no handlers.
"""

from __future__ import annotations

import sys
from _signal import getsignal  # type: ignore[import-not-found]  # the module signal makes enumerations

from wasmtime_capi.cdata import Opened, byref, c_size_t, c_uint64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._config import Config

_Action = c_uint64 * 20  # a struct sigaction takes 152 bytes
_NUMBERS = (11, 4, 8, 7)  # SIGSEGV, SIGILL, SIGFPE and SIGBUS of Linux

_sigaction: Any = None
#: What the library has set: the content, where it lies, where the present one is read to, and arguments of both calls.
_remembered: list[tuple[list[int], Any, tuple[Any, ...], tuple[Any, ...]]] = []
_fault: Any = None  # what reads the present handler of SIGSEGV: where to, by which arguments, and the library's
_set: tuple[Any, ...] = ()  # what Python knows to be set for the others


def remember(config: Config | None) -> None:
    """To be called behind the making of each engine: the first one that needs them has set the handlers."""
    global _fault, _remembered, _set, _sigaction
    if _remembered or sys.platform != "linux":
        return
    if config is not None and (config.signals_based_traps is False or str(config.target).startswith("pulley")):
        return
    _sigaction = Opened(None).held("sigaction")  # type: ignore[arg-type] # of all that is loaded
    found = []
    for number in _NUMBERS:
        signal, present, wanted = c_size_t.from_param(number), _Action(), _Action()
        _sigaction(signal, None, byref(wanted))
        found.append((wanted[:], present, (signal, None, byref(present)), (signal, byref(wanted), None)))
    _set = _python_has()
    _fault = found[0][1], found[0][2], found[0][0][0]
    _remembered = found


def _python_has() -> tuple[Any, ...]:
    return getsignal(4), getsignal(8), getsignal(7)


def put_back() -> None:
    """Have the library's handlers again, if somebody has replaced them."""
    global _set
    if _fault is None:
        return
    present, read, handler = _fault
    _sigaction(*read)
    if present[0] == handler and _set == _python_has():
        return
    _set = _python_has()
    for wanted, present, read, write in _remembered:
        _sigaction(*read)
        if present[:] != wanted:
            _sigaction(*write)
