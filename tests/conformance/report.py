"""The table, and RESULTS.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from codegen import testsuite
from codegen.sources import Versions
from tests.conformance.suite import Result

RESULTS = Path(__file__).parent / "RESULTS.md"
_HEADER = ("file", "commands", "passed raw", "passed public", "failed raw", "failed public", "differences")


def cells(name: str, results: Sequence[Result]) -> tuple[str, ...]:
    """One row: of a file, or the sum of several."""
    return (
        name,
        str(sum(max(len(r.raw.outcomes), len(r.public.outcomes)) for r in results)),
        str(sum(r.raw.passed for r in results)),
        str(sum(r.public.passed for r in results)),
        str(sum(r.raw.failed for r in results)),
        str(sum(r.public.failed for r in results)),
        str(sum(len(r.differences) for r in results)),
    )


def show(results: Sequence[Result]) -> None:
    """The table on the terminal, a row for each file and each folder."""
    table = Table()
    for title in _HEADER:
        table.add_column(title, justify="left" if title == "file" else "right", no_wrap=True)
    for folder, group in folders(results).items():
        for result in group:
            style = "bold red" if result.differences else "yellow" if result.raw.failed else None
            table.add_row(*cells(result.name, [result]), style=style)
        table.add_row(*cells(f"{folder}: {len(group)} files", group), style="bold", end_section=True)
    table.add_row(*cells(f"all {len(results)} files", results), style="bold")
    console = Console()
    console.width = max(console.width, 120)
    console.print(table)
    for difference in differences(results):
        console.print(difference, style="red", markup=False)


def folders(results: Sequence[Result]) -> dict[str, list[Result]]:
    """The results by the folder of their files."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.name.partition("/")[0], []).append(result)
    return found


def differences(results: Sequence[Result]) -> list[str]:
    """All that passes on the raw back end only."""
    return [line for result in results for line in result.differences]


def write(results: Sequence[Result]) -> None:
    """Write RESULTS.md."""
    RESULTS.write_text(markdown(results))


def markdown(results: Sequence[Result]) -> str:
    """The table by folder and by file, and what the library itself fails."""
    differing = differences(results)
    lines = [
        "# The official WebAssembly testsuite",
        "",
        f"Written by `make conformance`: Wasmtime {Versions.load().pinned}, `{testsuite.CRATE}` {testsuite.VERSION}. "
        "Each file runs in a process of its own, once through `wasmtime_capi` (raw) and once through the public API of "
        "`wasmtime_gen`. Values are compared by their bits, references by identity and heap type. A difference is a "
        "command that passes raw and does not pass through the public API; nothing is skipped.",
        "",
        *_table([cells(folder, group) for folder, group in folders(results).items()] + [cells("all", results)]),
        "",
        "## Differences",
        "",
        *(f"- {_quoted(line)}" for line in differing),
        *([] if differing else ["None."]),
        "",
        "## What the library itself fails",
        "",
        "On both back ends, with the message of the raw one: older forms of a proposal, from before it was part of "
        "WebAssembly, and a proposal that this version does not have.",
        "",
        *_failures(results),
        "",
        "## By file",
        "",
        *_table([cells(result.name, [result]) for result in results]),
    ]
    return "\n".join(lines) + "\n"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    head = [f"| {' | '.join(_HEADER)} |", f"|{' --- |' + ' ---: |' * (len(_HEADER) - 1)}"]
    return head + [f"| {' | '.join(row)} |" for row in rows]


def _failures(results: Sequence[Result]) -> list[str]:
    lines = []
    for result in results:
        if not result.raw.failed:
            continue
        lines += ["", f"`{result.name}`", ""]
        alike: dict[tuple[str, str], list[int]] = {}
        for outcome in result.raw.outcomes:
            if outcome.message:
                alike.setdefault((outcome.directive, _quoted(outcome.message)), []).append(outcome.line)
        for (directive, message), numbers in alike.items():
            where = f"line {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} from line {numbers[0]} on"
            lines.append(f"- {where}, {directive}: {message}")
        if result.raw.end:
            lines.append(f"- {_quoted(result.raw.end)}")
    return lines[1:]


def _quoted(text: str) -> str:
    return "`" + " ".join(text.replace("`", "'").split())[:200] + "`"
