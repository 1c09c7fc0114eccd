"""The background thread that counts an engine's epoch up. Loaded when a ticker is asked for: threading is not light."""

from __future__ import annotations

from threading import TIMEOUT_MAX, Event, Thread

from wasmtime_gen._engine import Engine
from wasmtime_gen._errors import ClosedError
from wasmtime_gen._numbers import shown


class Ticker:
    """Ticks while its `with` block runs, or from start() to stop(). Made by Engine.ticker()."""

    def __init__(self, engine: Engine, interval: float) -> None:
        if not isinstance(interval, (int, float)) or isinstance(interval, bool):
            raise TypeError(f"interval must be a number of seconds, not {type(interval).__name__}")
        if not 0 < interval <= TIMEOUT_MAX:
            raise ValueError(
                f"interval must be more than 0 and at most {TIMEOUT_MAX:.0f} seconds, not {shown(interval)}"
            )
        self.interval = interval
        self._engine = engine
        self._stop: Event | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to tick. Raises RuntimeError if it ticks already."""
        if self._thread is not None and self._thread.is_alive():
            raise RuntimeError("this ticker runs already")
        self._engine._use()
        stop = self._stop = Event()
        self._thread = Thread(
            target=_tick, args=(self._engine, self.interval, stop), daemon=True, name="wasmtime-ticker"
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop ticking, and wait until the thread has ended. A second call does nothing."""
        thread, self._thread = self._thread, None
        if thread is not None and self._stop is not None:
            self._stop.set()
            thread.join()

    def __repr__(self) -> str:
        running = self._thread is not None and self._thread.is_alive()
        return f"<Ticker every {self.interval} seconds{'' if running else ' (stopped)'}>"

    def __enter__(self) -> Ticker:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


def _tick(engine: Engine, interval: float, stop: Event) -> None:
    try:
        while not stop.wait(interval):
            engine.increment_epoch()
    except ClosedError:
        pass  # the engine was closed: nothing is left to tick
