"""Numbers in guides: `<!-- rows: a; b -->` becomes a table of these rows of the benchmarks."""

from __future__ import annotations

import re
from pathlib import Path

_MARK = re.compile(r"<!-- rows: (?P<names>.*?) -->")


def with_measured_rows(markdown: str, results: Path) -> str:
    """The text with its tables. Raises KeyError for a row that the results do not have."""
    rows = [line for line in results.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    heads = [number for number, row in enumerate(rows) if row.startswith("| row |")]
    first = rows[heads[0] : heads[1] if len(heads) > 1 else None]  # the full run on one interpreter
    cells = {row.split(" | ")[0].removeprefix("| "): row.split(" | ") for row in first}

    def table(mark: re.Match[str]) -> str:
        made = ["| row | ours | the other side | ratio |", "|---|---:|---:|---:|"]
        for name in mark["names"].split("; "):
            _, ours, _, other, _, ratio, *_ = cells[name]
            made.append(f"| {name} | {ours} | {other} | {ratio} |")
        return "\n".join(made)

    return _MARK.sub(table, markdown)
