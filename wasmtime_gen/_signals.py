"""The library's signal handlers, which turn a guest's faults into traps.

faulthandler.enable(), its disable() and signal.signal() replace them, and the next trap would end the process. So they
are remembered behind the first engine, and looked at whenever a module is instantiated; replaced ones are put back.
What is replaced after that is not noticed before the next time. Engines that are made with `signals_based_traps=False`
need no handlers.
"""

from __future__ import annotations

import sys

from wasmtime_capi.cdata import Opened, byref, c_size_t, c_uint64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._config import Config

_Action = c_uint64 * 20  # a struct sigaction takes 152 bytes; the handler comes first
_NUMBERS = (11, 4, 8, 7)  # SIGSEGV, SIGILL, SIGFPE and SIGBUS of Linux

_sigaction: Any = None
#: What the library has set: the handler, where the present one is read to, and the arguments that read and that write.
_remembered: list[tuple[int, Any, tuple[Any, ...], tuple[Any, ...]]] = []


def remember(config: Config | None) -> None:
    """To be called behind the making of each engine: the first one that needs them has set the handlers."""
    global _remembered, _sigaction
    if _remembered or sys.platform != "linux":
        return
    options = {} if config is None else config._options
    if options.get("signals_based_traps") is False or options.get("target", "").startswith("pulley"):
        return
    _sigaction = Opened(None).held("sigaction")  # type: ignore[arg-type] # of all that is loaded
    found = []
    for number in _NUMBERS:
        signal, present, wanted = c_size_t.from_param(number), _Action(), _Action()
        _sigaction(signal, None, byref(wanted))
        found.append((wanted[0], present, (signal, None, byref(present)), (signal, byref(wanted), None)))
    _remembered = found


def put_back() -> None:
    """Have the library's handlers again, if somebody has replaced them."""
    for handler, present, read, write in _remembered:
        _sigaction(*read)
        if present[0] != handler:
            _sigaction(*write)
