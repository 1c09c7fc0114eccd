"""Session: the Host of one run. It holds the run to its budget."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from .api import Budget, PluginError

if TYPE_CHECKING:
    from .host import PluginHost


class Session:
    """What one run of a plug-in may ask for. A PluginError that a method raises ends the run."""

    def __init__(self, host: PluginHost, plugin: str, lines: list[str], caller: Session | None) -> None:
        self.budget: Budget = host.settings.budget
        self.lines = lines
        self.changes: dict[str, str] = {}
        self._host = host
        self._plugin = plugin
        self._depth: int = caller._depth + 1 if caller else 1
        end = monotonic() + self.budget.seconds
        self._end: float = min(end, caller._end) if caller else end
        self._logged = 0
        self._values: dict[str, str] | None = None
        self._stored = 0

    @property
    def seconds_left(self) -> float:
        """The time that is left of this run's, and of that of the run that called it."""
        return max(self._end - monotonic(), 0)

    def log(self, text: str) -> None:
        self._logged += len(text.encode()) + 1
        if self._logged > self.budget.logged:
            raise PluginError(f"it logged more than {self.budget.logged} bytes")
        self.lines.append(text)

    def get(self, key: str) -> str | None:
        return self._known().get(key)

    def set(self, key: str, value: str) -> None:
        known = self._known()
        before = _size(key, known[key]) if key in known else 0
        stored = self._stored - before + _size(key, value)
        if stored > self.budget.stored:
            raise PluginError(f"it stored more than {self.budget.stored} bytes")
        self._stored = stored
        known[key] = self.changes[key] = value

    def call(self, plugin: str, text: str) -> str:
        if self._depth == self.budget.depth:
            raise PluginError(f"its calls of plug-ins are nested more than {self.budget.depth} deep")
        outcome = self._host.run(plugin, text, self)
        for line in outcome.log:
            self.log(f"{plugin}: {line}")
        if outcome.answer is None:
            raise PluginError(f"it called {plugin}, which failed: {outcome.error}")
        return outcome.answer

    def _known(self) -> dict[str, str]:
        if self._values is None:
            self._values = self._host.storage.values(self._plugin)
            self._stored = sum(_size(*item) for item in self._values.items())
        return self._values


def _size(key: str, value: str) -> int:
    return len(key.encode()) + len(value.encode())
