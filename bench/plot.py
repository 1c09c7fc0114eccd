"""The ratios of a full run as a picture, with gates and stretch goals."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from bench.gates import BELOW, FREE, MET, STRETCHED
from bench.table import Run

_COLORS = {BELOW: "#c0392b", MET: "#d4a017", STRETCHED: "#2e8b57", FREE: "#7f8c8d"}


def plot(run: Run, path: Path) -> None:
    """Write the plot of this run as SVG. The same run gives the same file."""
    rows = [(record, record["ratio"]) for record in reversed(run["rows"]) if record["ratio"] is not None]
    figure = Figure(figsize=(10, 0.24 * len(rows) + 1.2), layout="constrained")
    axes = figure.subplots()
    axes.barh(
        range(len(rows)), [ratio for _, ratio in rows], height=0.7, color=[_COLORS[row["mark"]] for row, _ in rows]
    )
    places = [(row["gate"], row["stretch"], position) for position, (row, _) in enumerate(rows)]
    gates = [(gate, position) for gate, _, position in places if gate]
    goals = [(stretch, position) for _, stretch, position in places if stretch]
    axes.plot(*zip(*gates, strict=True), linestyle="", color="black", marker="|", markersize=12, label="gate")
    axes.plot(*zip(*goals, strict=True), linestyle="", color="black", marker="D", markersize=4, label="stretch goal")
    axes.set_yticks(range(len(rows)), [row["row"] for row, _ in rows], fontsize=8)
    axes.set_xscale("log")
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlabel(f"times as fast as {run['peer']} (CPython {run['python']}, {run['system']})")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower right")
    with matplotlib.rc_context({"svg.hashsalt": "bench"}):
        figure.savefig(path, format="svg", metadata={"Date": None})
