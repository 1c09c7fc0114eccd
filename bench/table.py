"""All rows in the order of the table, and what is recorded of each."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TypedDict

from bench import (
    callbacks,
    calls,
    data,
    exports,
    instances,
    interruption,
    parity,
    processes,
    references,
    traps,
    wasi,
)
from bench.contest import Row, Times, compete
from bench.gates import GATES, mark

_GROUPS = (calls, references, callbacks, data, traps, exports, instances, processes, wasi, interruption, parity)
_QUICK = 0.08  # of a full run's time


class Seconds(TypedDict):
    """Of one operation."""

    least: float
    median: float


class Record(TypedDict):
    """One row as results.json has it. A side is None where it does not exist (yet)."""

    row: str
    note: str
    ours: Seconds | None
    peer: Seconds | None
    rounds: int
    ratio: float | None
    gate: float | None
    stretch: float | None
    mark: str


class Run(TypedDict):
    """All rows on one Python, and what the numbers belong to."""

    python: str
    system: str
    peer: str
    rows: list[Record]


def rows(pattern: str = "") -> list[Row]:
    """The rows whose name contains `pattern`."""
    return [row for group in _GROUPS for row in group.rows() if pattern in row.name]


def measure(row: Row, quick: bool) -> Record:
    """Run one row."""
    result, gate = compete(row.start(), row.seconds * (_QUICK if quick else 1)), GATES.get(row.name)
    return {
        "row": row.name,
        "note": row.note,
        "ours": _seconds(result.ours),
        "peer": _seconds(result.peer),
        "rounds": result.rounds,
        "ratio": result.ratio,
        "gate": gate.least if gate else None,
        "stretch": gate.stretch if gate else None,
        "mark": mark(row.name, result.ratio),
    }


def _seconds(times: Times | None) -> Seconds | None:
    return None if times is None else {"least": times.least, "median": times.median}


def run_of(records: list[Record]) -> Run:
    """The records with what they belong to."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "peer": f"wasmtime {version('wasmtime')}",
        "rows": records,
    }
