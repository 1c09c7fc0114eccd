"""The library's signal handlers, which turn a guest's faults into traps.

faulthandler.enable(), its disable() and signal.signal() replace them, and signal.pthread_sigmask() can block their
signals: the next trap would end the process. So they are remembered behind the first engine; from then on these
functions put them back, and unblock them, before they return. Where native code replaces them, that is noticed when a
module is instantiated next. Engines that are made with `signals_based_traps=False` need no handlers.
"""

from __future__ import annotations

import os
import sys

from wasmtime_capi._library import opened
from wasmtime_capi.cdata import Opened, address_of_function, byref, c_size_t, c_uint64, c_void_p

from wasmtime_gen._entry import unsignalled
from wasmtime_gen._errors import WasmtimeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._config.config import Config

_Action = c_uint64 * 20  # a struct sigaction takes 152 bytes; the handler comes first
_Place = c_uint64 * 4  # a Dl_info: of what an address lies in, the second word is where that begins
# SIGFPE, which a division by zero raises, on processors that do so, SIGILL and SIGSEGV of Linux: the one that is looked
# at comes last, so that whoever is interrupted while all are put back has not put back that one.
_NUMBERS = (8, 4, 11) if sys.platform == "linux" and os.uname().machine == "x86_64" else (4, 11)

_sigaction: Any = None
#: What the library has set: the handler, where the present one is read to, and the arguments that read and that write.
_remembered: list[tuple[int, Any, tuple[Any, ...], tuple[Any, ...]]] = []
_handler: int | None = None  # of SIGSEGV, which stands for all
_present: Any = None
_read: tuple[Any, ...] = ()


def remember(config: Config | None) -> None:
    """To be called behind the making of each engine: the first one that needs them has set the handlers.

    Raises WasmtimeError if the library set them before, for somebody else, and they have been replaced since.
    """
    global _handler, _present, _read, _remembered, _sigaction
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
    _watch()  # first: where it is interrupted, the next engine does it again
    _handler, _present, _read, _ = found[-1]
    _remembered = found


def _beginning(dladdr: Any, address: int) -> int:
    """Where that begins in memory which has this address: the program or a library."""
    place = _Place()
    dladdr(c_void_p.from_param(address), byref(place))
    return int(place[1])


def put_back() -> None:
    """Have the library's handlers again, if native code has replaced them."""
    if _handler is not None:
        _sigaction(*_read)
        if _present[0] != _handler:
            _put_all_back()


def _put_all_back() -> None:
    for handler, present, read, write in _remembered:
        _sigaction(*read)
        if present[0] != handler:
            _sigaction(*write)


def _watch() -> None:
    """Hear of handlers that Python's own functions replace, and of signals that they block. Unblock them here."""
    import _signal  # type: ignore[import-not-found] # signal itself would load enum
    import faulthandler

    mask = _signal.pthread_sigmask

    def unblock() -> None:
        mask(_signal.SIG_UNBLOCK, _NUMBERS)

    unblock()
    # What the module signal has of its own calls these.
    _follow(_signal, "signal", _put_all_back)
    _follow(_signal, "pthread_sigmask", unblock)
    _follow(faulthandler, "enable", _put_all_back)
    _follow(faulthandler, "disable", _put_all_back)


def _follow(module: Any, name: str, mend: Callable[[], None]) -> None:
    function = getattr(module, name)

    @unsignalled
    def surely() -> None:
        try:
            mend()
        except BaseException:  # of a signal handler, and the next one's signal may be pending already
            surely()
            raise

    def followed(*args: Any, **kwargs: Any) -> Any:
        surely()  # where there is no room for it, at the limit of recursion, nothing is replaced or blocked either
        try:
            return function(*args, **kwargs)
        finally:
            surely()

    followed.__name__ = followed.__qualname__ = name
    followed.__module__, followed.__doc__ = function.__module__, function.__doc__
    followed.__wrapped__ = function  # type: ignore[attr-defined] # by which signatures are told
    setattr(module, name, followed)
