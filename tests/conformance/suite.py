"""The files of the suite, each run on both back ends in processes of their own, and what came of each."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.runner import Outcome

PROCESSES = 2  # at a time
TIMEOUT = 300  # seconds for a file
BACKENDS = ("raw", "public")
FOLDERS = ("wasm-latest", "wasm-v3", "proposals")


@dataclass(frozen=True)
class Side:
    """What one back end made of a file. `end` tells how its process ended, if not as it should have."""

    outcomes: tuple[Outcome, ...]
    end: str = ""

    @property
    def failed(self) -> int:
        """Commands that had another result than they should have; one more where the process ended early."""
        return sum(1 for outcome in self.outcomes if outcome.message) + bool(self.end)

    @property
    def passed(self) -> int:
        return sum(1 for outcome in self.outcomes if not outcome.message)


@dataclass(frozen=True)
class Result:
    """A file, and what both back ends made of it."""

    name: str
    raw: Side
    public: Side

    @property
    def differences(self) -> list[str]:
        """What passes on the raw back end and does not through the public API, or was not even tried."""
        found = [f"{self.name}: {self.public.end}"] if self.public.end else []
        for position, raw in enumerate(self.raw.outcomes):
            if raw.message:
                continue
            if position >= len(self.public.outcomes):
                found.append(f"{self.name}:{raw.line}: {raw.directive} was not reached")
            elif self.public.outcomes[position].message:
                found.append(f"{self.name}:{raw.line}: {raw.directive}: {self.public.outcomes[position].message}")
        return found


def files(root: Path, pattern: str = "") -> list[Path]:
    """The scripts whose name contains `pattern`, in order."""
    found = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.wast"))]
    return [path for path in found if pattern in name_of(root, path)]


def third(paths: Sequence[Path]) -> list[Path]:
    """A fixed third: every third file of each folder."""
    counts: dict[Path, int] = {}
    chosen = []
    for path in paths:
        count = counts[path.parent] = counts.get(path.parent, -1) + 1
        if count % 3 == 0:
            chosen.append(path)
    return chosen


def name_of(root: Path, path: Path) -> str:
    """A script's name: "wasm-latest/i32" or "gc/struct"."""
    return path.relative_to(root).with_suffix("").as_posix().removeprefix("proposals/")


def run(root: Path, paths: Sequence[Path], done: Callable[[Result], object] = lambda _: None) -> list[Result]:
    """Run these files; `done` is told of each."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        results = []
        for result in pool.map(lambda path: run_file(root, path), paths):
            results.append(result)
            done(result)
        return results


def run_file(root: Path, path: Path) -> Result:
    """Run one file on both back ends."""
    raw, public = (run_side(backend, path) for backend in BACKENDS)
    return Result(name_of(root, path), raw, public)


def run_side(backend: str, path: Path) -> Side:
    """Run one file on one back end, in a process of its own."""
    command = [sys.executable, "-m", "tests.conformance.child", backend, path.parent.name, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, errors="replace")
    except subprocess.TimeoutExpired as error:
        written = error.stdout.decode() if isinstance(error.stdout, bytes) else ""
        return Side(tuple(_outcomes(written)), f"the process was still running after {TIMEOUT} s")
    outcomes = tuple(_outcomes(done.stdout))
    end = ""
    if done.returncode:
        last = f" after the command at line {outcomes[-1].line}" if outcomes else ""
        end = f"the process ended with {_how(done.returncode)}{last}: {done.stderr.strip()[-300:]}"
    return Side(outcomes, end)


def _outcomes(written: str) -> Iterator[Outcome]:
    for line in written.split("\n")[:-1]:
        yield Outcome(*json.loads(line))


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"code {code}"
