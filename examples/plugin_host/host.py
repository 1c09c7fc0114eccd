"""PluginHost: runs plug-ins on texts, and is there for the next whatever they do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wasmtime_gen import CompileCache, Exit, GuestTimeout, OutputLimitError, Trap, WasmtimeError

from .api import Budget, Outcome, PluginError
from .folder import Folder
from .session import Session
from .storage import Storage

_LONGEST_REASON = 1000  # characters: it may quote the plug-in


@dataclass(frozen=True)
class Settings:
    """What a host works with. Hosts in several processes may share it."""

    plugins: Path  # the folder
    storage: Path  # a file
    cache: Path  # a folder, of compiled modules
    python: Path  # an interpreter for WASI
    budget: Budget


class PluginHost:
    """Runs the plug-ins of a folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.storage = Storage(settings.storage)
        self.folder = Folder(settings.plugins, CompileCache(settings.cache), settings.python)

    def run(self, plugin: str, text: str, caller: Session | None = None) -> Outcome:
        """Run a plug-in on a text. What it has stored is kept if it succeeds.

        `caller` is the session of the plug-in that calls this one, if one does.
        """
        lines: list[str] = []
        try:
            found = self.folder.find(plugin)
            session = Session(self, plugin, lines, caller)  # its time begins when the plug-in is loaded
            answer = found.run(session, text)
            if len(answer.encode()) > session.budget.answered:
                raise PluginError(f"it answered with more than {session.budget.answered} bytes")
            if session.changes:
                self.storage.update(plugin, session.changes)
        except (PluginError, WasmtimeError) as raised:
            return Outcome(plugin, None, _reason(raised)[:_LONGEST_REASON], tuple(lines))
        return Outcome(plugin, answer, None, tuple(lines))


def _reason(error: Exception) -> str:
    """What the plug-in did, in a line."""
    match error:
        case GuestTimeout():
            return "it ran out of its time"
        case Trap():
            where = f", in {error.frames[0]}" if error.frames else ""
            return f"it trapped: {error.message}{where}"
        case Exit():
            return f"it exited with code {error.code}"
        case OutputLimitError():
            return f"it wrote too much to its {error.stream}"
        case PluginError():
            return str(error)
        case _:
            return f"it cannot run: {error}"
