"""Plug-ins that are Python scripts: the Host in lines of JSON, for a CPython that is a guest itself.

The script's side is sdk/host.py, which the guest sees as its only file. The first line that the host writes to the
guest's stdin is the task. Each line that the guest writes to its stdout is a call of a method of Host, whose result the
next line of its stdin holds; or its answer. What the script prints itself goes to stderr.
"""

from __future__ import annotations

import json
from pathlib import Path

from wasmtime_gen import Capture, Module, run

from .api import METHODS, Host, PluginError
from .session import Session

SDK = Path(__file__).resolve().parent / "sdk"
_LONGEST_LINE = 1 << 20


class ScriptPlugin:
    """A script, run by an interpreter that begins anew each time."""

    def __init__(self, interpreter: Module, name: str, source: bytes) -> None:
        """Raises PluginError for what is no text."""
        try:
            self._source = source.decode()
        except UnicodeDecodeError as error:
            raise PluginError(f"its source is not UTF-8: {error}") from None
        self._interpreter = interpreter
        self._name = name

    def run(self, session: Session, text: str) -> str:
        conversation = Conversation(session)
        conversation.say({"name": self._name, "source": self._source, "text": text})
        result = run(
            self._interpreter,
            ["-c", "import host; host.main()"],
            input=conversation.read,
            stdout=conversation.write,
            stderr=Capture(session.budget.logged),
            dirs={"/sdk": SDK},
            env={"PYTHONPATH": "/sdk"},
            timeout=session.seconds_left,
            memory=session.budget.memory,
        )
        if result.trap is not None:
            raise result.trap
        if result.returncode:
            lines = (result.stderr or b"").decode(errors="replace").splitlines()
            raise PluginError(f"it ended with {lines[-1] if lines else f'code {result.returncode}'}")
        if conversation.answer is None:
            raise PluginError("it ended without an answer")
        return conversation.answer


class Conversation:
    """The lines between a script and its host in one run."""

    def __init__(self, host: Host) -> None:
        self.answer: str | None = None
        self._host = host
        self._to_read = bytearray()
        self._written = b""

    def say(self, message: object) -> None:
        self._to_read += json.dumps(message).encode() + b"\n"

    def read(self, size: int) -> bytes:
        """What the guest reads: at most `size` bytes, none when it was told everything."""
        data = bytes(self._to_read[:size])
        del self._to_read[:size]
        return data

    def write(self, data: bytes) -> None:
        """What the guest writes: pieces of lines."""
        *lines, rest = (self._written + data).split(b"\n")
        self._written = rest
        if max(map(len, [*lines, rest])) > _LONGEST_LINE:
            raise PluginError(f"it wrote a line of more than {_LONGEST_LINE} bytes to its host")
        for line in lines:
            self._heed(line)

    def _heed(self, line: bytes) -> None:
        match _parsed(line):
            case {"answer": str(answer)}:
                self.answer = _utf8(answer)
            case {"call": str(name), "with": [*texts]} if name in METHODS:
                if len(texts) != METHODS[name].parameters or not all(isinstance(text, str) for text in texts):
                    raise PluginError(f"it called {name} with something else than {METHODS[name].parameters} texts")
                if self._to_read:
                    raise PluginError(f"it called {name} before it read what its host had told it")
                self.say(getattr(self._host, name)(*map(_utf8, texts)))
            case _:
                raise PluginError(f"it wrote to its host what is neither a call nor an answer: {line[:60]!r}")


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _utf8(text: str) -> str:
    """The text, unless it has half a character, as JSON can."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise PluginError(f"it passed a text that UTF-8 cannot encode: {error}") from None
    return text
