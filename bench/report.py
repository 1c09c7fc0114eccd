"""The table: on the terminal, and as RESULTS.md from results.json. What other Pythons showed is a table of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

from bench.gates import BELOW, MET, REASONS, STRETCHED
from bench.table import Record, Run, Seconds

FOLDER = Path(__file__).parent
_JSON, _MARKDOWN = FOLDER / "results.json", FOLDER / "RESULTS.md"
_STYLES = {BELOW: "bold red", MET: "yellow", STRETCHED: "green"}
_HEADER = ("row", "ours", "median", "peer", "median", "ratio", "gate", "stretch", "reached")


class Results(TypedDict):
    """What results.json holds: the full run, and quick runs on every Python of the machine."""

    full: Run | None
    pythons: list[Run]


def load() -> Results:
    """What was written last."""
    found: Results = json.loads(_JSON.read_text()) if _JSON.exists() else {"full": None, "pythons": []}
    return found


def write(results: Results) -> None:
    """Write results.json, RESULTS.md and the plot."""
    from bench.plot import plot

    _JSON.write_text(json.dumps(results, indent=1) + "\n")
    _MARKDOWN.write_text(_markdown(results))
    if results["full"]:
        plot(results["full"], FOLDER / "plot.svg")


def show(records: list[Record]) -> None:
    """The table on the terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for title in _HEADER:
        table.add_column(title, justify="left" if title in ("row", "reached") else "right", no_wrap=True)
    for record in records:
        table.add_row(*_cells(record), style=_STYLES.get(record["mark"]))
    console = Console()
    console.width = max(console.width, 120)
    console.print(table)


def _cells(record: Record) -> list[str]:
    return [
        record["row"],
        *_times(record["ours"]),
        *_times(record["peer"]),
        _times_as_fast(record["ratio"]),
        _times_as_fast(record["gate"]),
        _times_as_fast(record["stretch"]),
        record["mark"],
    ]


def _times(seconds: Seconds | None) -> list[str]:
    return ["-", "-"] if seconds is None else [_duration(seconds["least"]), _duration(seconds["median"])]


def _duration(seconds: float) -> str:
    for factor, unit in ((1e9, "ns"), (1e6, "us"), (1e3, "ms")):
        if seconds * factor < 999.5:
            return f"{seconds * factor:#.3g} {unit}".replace(". ", " ")
    return f"{seconds:.2f} s"


def _times_as_fast(ratio: float | None) -> str:
    if ratio is None:
        return "-"
    return f"{ratio:.2f}x" if ratio < 10 else f"{ratio:.0f}x"


def _markdown(results: Results) -> str:
    parts = [_INTRODUCTION]
    if results["full"]:
        parts += [_full(results["full"])]
    if results["pythons"]:
        parts += [_pythons(results["pythons"])]
    return "\n".join(parts)


def _full(run: Run) -> str:
    notes = [f"- {record['row']}: {record['note']}" for record in run["rows"] if record["note"]]
    notes += [
        f"- {record['row']} is below its gate: {REASONS[record['row']]}."
        for record in run["rows"]
        if record["mark"] == BELOW and record["row"] in REASONS
    ]
    lines = [
        f"## CPython {run['python']}, {run['system']}, against {run['peer']}\n",
        _table(list(_HEADER), [_cells(record) for record in run["rows"]]),
        *notes,
        "\n![Ratios, with gates and stretch goals](plot.svg)\n",
    ]
    return "\n".join(lines)


def _pythons(runs: list[Run]) -> str:
    ratios = [{record["row"]: record for record in run["rows"]} for run in runs]
    body = []
    for record in runs[0]["rows"]:
        if record["gate"] is not None:
            each = [_times_as_fast(of[record["row"]]["ratio"]) for of in ratios]
            body.append([record["row"], *each, _times_as_fast(record["gate"])])
    header = ["row", *(run["python"] for run in runs), "gate"]
    return f"## Every CPython of the machine, by quick runs (`make bench-all`)\n\n{_table(header, body)}"


def _table(header: list[str], body: list[list[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


_INTRODUCTION = """\
# How fast

Written by `make bench`; do not edit. Both sides run in one process, in turns, on the same wasm and default engines,
warm, with the garbage collector at rest. Times are for one operation: the minimum and the median of all rounds. The
ratio is of the minima: how many times as fast as the PyPI package `wasmtime` we are. A call is `instance.exports.f(1,
2)` for us, and `f(store, 1, 2)` with `f` looked up beforehand for the peer. Gates and stretch goals are in gates.py.
"""
