"""The library's signal handlers, which turn a guest's faults into traps.

faulthandler.enable(), its disable() and signal.signal() replace them, and the next trap would end the process. So they
are remembered behind the first engine, and looked at whenever a module is instantiated; replaced ones are put back.
What is replaced after that is not noticed before the next time. Engines that are made with `signals_based_traps=False`
need no handlers.
"""

from __future__ import annotations

import os
import sys

from wasmtime_capi._library import opened
from wasmtime_capi.cdata import Opened, address_of_function, byref, c_size_t, c_uint64, c_void_p

from wasmtime_gen._errors import WasmtimeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._config import Config

_Action = c_uint64 * 20  # a struct sigaction takes 152 bytes; the handler comes first
_Place = c_uint64 * 4  # a Dl_info: of what an address lies in, the second word is where that begins
# SIGSEGV, SIGILL and SIGFPE of Linux; SIGFPE, which a division by zero raises, on processors that do so.
_NUMBERS = (11, 4, 8) if sys.platform == "linux" and os.uname().machine == "x86_64" else (11, 4)

_sigaction: Any = None
#: What the library has set: the handler, where the present one is read to, and the arguments that read and that write.
_remembered: list[tuple[int, Any, tuple[Any, ...], tuple[Any, ...]]] = []


def remember(config: Config | None) -> None:
    """To be called behind the making of each engine: the first one that needs them has set the handlers.

    Raises WasmtimeError if the library set them before, for somebody else, and they have been replaced since.
    """
    global _remembered, _sigaction
    if _remembered or sys.platform != "linux":
        return
    options = {} if config is None else config._options
    if options.get("signals_based_traps") is False or options.get("target", "").startswith("pulley"):
        return
    loaded = Opened(None)  # type: ignore[arg-type] # all that is loaded
    _sigaction, dladdr = loaded.held("sigaction"), loaded.held("dladdr")
    library = _beginning(dladdr, address_of_function(opened().held("wasm_engine_new")))
    found = []
    for number in _NUMBERS:
        signal, present, wanted = c_size_t.from_param(number), _Action(), _Action()
        _sigaction(signal, None, byref(wanted))
        if _beginning(dladdr, wanted[0]) != library:
            raise WasmtimeError(
                "the library's signal handlers, which it sets once in a process, have been replaced before this first "
                "Engine was made, by faulthandler, signal.signal() or a native library: make an Engine before that, or "
                "this one with Config(signals_based_traps=False)"
            )
        found.append((wanted[0], present, (signal, None, byref(present)), (signal, byref(wanted), None)))
    _remembered = found


def _beginning(dladdr: Any, address: int) -> int:
    """Where that begins in memory which has this address: the program or a library."""
    place = _Place()
    dladdr(c_void_p.from_param(address), byref(place))
    return int(place[1])


def put_back() -> None:
    """Have the library's handlers again, if somebody has replaced them."""
    for handler, present, read, write in _remembered:
        _sigaction(*read)
        if present[0] != handler:
            _sigaction(*write)
