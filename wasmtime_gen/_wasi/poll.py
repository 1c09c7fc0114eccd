"""poll_oneoff: a guest sleeps, or waits until it can read or write. In the library nothing could end that.

What can wait are clocks and the standard streams. All other descriptors are files, of which the library says at once
that they are ready.
"""

from __future__ import annotations

from struct import Struct
from time import monotonic, time_ns

from wasmtime_gen._waiting import FOREVER, IN, OUT, wait
from wasmtime_gen._wasi.streams import INVAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wasmtime_gen._wasi.wasi import Wasi

SUBSCRIPTION, EVENT = 48, 32  # bytes
_CLOCK, _FD_READ, _FD_WRITE = range(3)
_REALTIME, _MONOTONIC = range(2)
_ABSOLUTE = 1
MOST = 4096  # subscriptions: the host's time is not the guest's to spend
_head = Struct("<QB7x").unpack_from  # the guest's own number, and what it waits for
_clock = Struct("<16xI4xQQH").unpack_from  # which, when in nanoseconds, how exactly, flags
_descriptor = Struct("<16xI").unpack_from
_event = Struct("<QHB5xQH6x").pack  # the guest's number, the error, what it waited for, bytes that wait, flags
_LONGEST = 1 << 62  # nanoseconds


class _Clock:
    """A subscription that is due at a time of our monotonic clock."""

    __slots__ = ("end", "number")

    def __init__(self, number: int, end: float) -> None:
        self.number = number
        self.end = end


def poll(wasi: Wasi, given: bytes) -> list[bytes] | int:
    """The events that came first of these subscriptions, or an error of WASI."""
    clocks: list[_Clock] = []
    others: list[tuple[int, int, bytes]] = []
    found: list[bytes] = []
    for at in range(0, len(given), SUBSCRIPTION):
        number, kind = _head(given, at)
        if kind == _CLOCK:
            end = _end(wasi, *_clock(given, at))
            if end is None:
                found.append(_event(number, INVAL, _CLOCK, 0, 0))
            else:
                clocks.append(_Clock(number, end))
        elif kind in (_FD_READ, _FD_WRITE):
            others.append((number, kind, given[at : at + SUBSCRIPTION]))
        else:
            return INVAL
    end = min([clock.end for clock in clocks], default=FOREVER)
    while True:
        blocked: list[tuple[int, int]] = []
        for number, kind, subscription in others:
            event = _ready(wasi, number, kind, subscription, blocked)
            if isinstance(event, int):
                return -event
            if event:
                found.append(event)
        now = monotonic()
        found += [_event(clock.number, 0, _CLOCK, 0, 0) for clock in clocks if clock.end <= now]
        if found:
            return found
        wait(wasi._interruption, end, blocked)


def _end(wasi: Wasi, which: int, at: int, _precision: int, flags: int) -> float | None:
    if which not in (_REALTIME, _MONOTONIC):
        return None
    if flags & _ABSOLUTE:  # the guest's monotonic clock is not ours
        at -= time_ns() if which == _REALTIME else wasi._original("clock", which)
    return monotonic() + min(at, _LONGEST) / 1e9


def _ready(wasi: Wasi, number: int, kind: int, subscription: bytes, blocked: list[tuple[int, int]]) -> bytes | int:
    """The event, if there is one now, or a negative error. A descriptor to wait for is added to those blocked."""
    (fd,) = _descriptor(subscription)
    stream = wasi._streams.get(fd)
    if stream is None:
        return wasi._original("poll", subscription)  # type: ignore[no-any-return]
    waiting = stream.waits_for(kind == _FD_READ)
    if waiting is not None:
        blocked.append((waiting, IN if kind == _FD_READ else OUT))
        return b""
    size = stream.waiting(kind == _FD_READ)
    return size if size < 0 else _event(number, 0, kind, size, 0)
