"""The command line as a user has it: in a process of its own, with pipes or in a terminal."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest

from tests.cli.guests import GUESTS

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Without what could change the colours, and with a cache of its own."""
    names = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if name not in names}
    return {**kept, "WASMTIME_GEN_CACHE": str(tmp_path / "cache"), "TERM": "xterm-256color"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that commands run in, with the guests."""
    made = tmp_path / "work"
    made.mkdir()
    for name, text in GUESTS.items():
        (made / f"{name}.wat").write_text(text)
    return made


@pytest.fixture
def cli(folder: Path, environment: dict[str, str]) -> Cli:
    """cli(arguments, input="", **environment): what `wasmtime-gen` did. It never writes a traceback."""

    def run(*arguments: str | Path, input: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-X", "dev", "-W", "error", "-m", "wasmtime_gen", *map(str, arguments)]
        done = subprocess.run(
            command,
            input=input,
            cwd=folder,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


# Makes the terminal the controlling one, so that Ctrl-C is a signal; background jobs ignore it.
_START = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, "-m", "wasmtime_gen", *sys.argv[1:]])
"""


class Terminal:
    """A command in a pseudo-terminal."""

    def __init__(self, arguments: tuple[str, ...], folder: Path, environment: dict[str, str]) -> None:
        import pty

        self.screen, inside = pty.openpty()
        self.written = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, *arguments],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        os.close(inside)

    def wait_for(self, text: bytes, seconds: float = 60) -> None:
        end = monotonic() + seconds
        while text not in self.written:
            assert monotonic() < end, f"{text!r} is not in {self.written!r}"
            assert self._read(), f"the command ended, and {text!r} is not in {self.written!r}"

    def type(self, text: bytes) -> None:
        os.write(self.screen, text)

    def end(self) -> tuple[int, str]:
        """The exit code, and all that was on the screen."""
        while self._read():
            pass
        return self.process.wait(60), self.written.decode()

    def _read(self) -> bool:
        ready, _, _ = select.select([self.screen], [], [], 60)
        assert ready, f"nothing happens after {self.written!r}"
        found = b""
        with suppress(OSError):  # Linux says so that nobody has the other side open any more
            found = os.read(self.screen, 65536)
        self.written += found
        return bool(found)

    def close(self) -> None:
        os.close(self.screen)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)


@pytest.fixture
def terminal(folder: Path, environment: dict[str, str]) -> Iterator[Callable[..., Terminal]]:
    """terminal(arguments, **environment): the command in a terminal."""
    if sys.platform == "win32":
        pytest.skip("Windows has no pseudo-terminals that Python could open")
    started: list[Terminal] = []

    def start(*arguments: str, **variables: str) -> Terminal:
        started.append(Terminal(arguments, folder, {**environment, **variables}))
        return started[-1]

    yield start
    for each in started:
        each.close()
