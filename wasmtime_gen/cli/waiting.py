"""Native work that Ctrl-C ends: it is done in a thread which the process leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_SIGNALS = 0.5  # seconds: some systems wake no thread that waits when there is a signal


def waited(function: Callable[[], T]) -> T:
    """What the function returns, or raises. KeyboardInterrupt comes at once, whatever it does."""
    results: list[T] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_SIGNALS)
    if errors:
        raise errors[0]
    return results[0]
