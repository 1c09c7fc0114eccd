"""Waiting for a guest, for time to pass or for descriptors, so that what may end the guest ends its waiting too.

Python's signal handlers run meanwhile, where the thread is the main one.
"""

from __future__ import annotations

import os
import select
import stat
from time import monotonic, sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmtime_gen._interruption import Interruption

SLICE = 0.02  # seconds after which to look whether another thread has ended the guest
_HAS_POLL = hasattr(select, "poll")
PIECE = getattr(select, "PIPE_BUF", 512)  # bytes for which there is room in a pipe that is ready to be written
IN, OUT = (select.POLLIN, select.POLLOUT) if _HAS_POLL else (1, 4)
FOREVER = float("inf")


def wait(interruption: Interruption | None, end: float, descriptors: Sequence[tuple[int, int]] = ()) -> None:
    """Return when one of the descriptors (with IN or OUT) is ready, or at `end` by the monotonic clock.

    Raises what ends the guest: in a store of an interruptible engine at once, else what signal handlers raise.
    """
    while True:
        seconds = end - monotonic()
        if interruption is not None:
            interruption.look()
            seconds = min(seconds, SLICE, interruption.end - monotonic())
        if ready(descriptors, max(seconds, 0.0)) or end <= monotonic():
            return


def ready(descriptors: Sequence[tuple[int, int]], seconds: float = 0.0) -> list[int]:
    """Those that are ready, or have an error that using them tells, after so many seconds at most."""
    if not descriptors:
        sleep(min(seconds, 1e6))
        return []
    if not _HAS_POLL:  # of Windows, which waits for sockets alone
        return [descriptor for descriptor, _ in descriptors]
    poll = select.poll()
    for descriptor, events in descriptors:
        poll.register(descriptor, events)
    return [descriptor for descriptor, _ in poll.poll(min(seconds, 1e6) * 1000)]


def may_block(descriptor: int) -> bool:
    """Whether to use it may take until somebody else does something: not if it is a regular file."""
    try:
        return not stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        return False  # closed: using it tells
