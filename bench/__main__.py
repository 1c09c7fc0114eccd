"""python -m bench: measure the rows, show the table. A full run of all rows also writes the results in this folder."""

from __future__ import annotations

import json
import sys

import click

from bench import table


@click.command(help="Us against the peer, row by row.")
@click.option("--rows", "pattern", default="", help="Only rows whose name contains this. Writes no results.")
@click.option("--quick", is_flag=True, help="A tenth of the time. Writes no results.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table. Writes no results.")
@click.option("--pythons", is_flag=True, help="Quick runs on every CPython of the machine, into the results.")
def main(pattern: str, quick: bool, as_json: bool, pythons: bool) -> None:
    if pythons:
        _pythons()
        return
    chosen = table.rows(pattern)
    if not chosen:
        raise click.ClickException(f"no row's name contains {pattern!r}; there are: {', '.join(_names())}")
    records = []
    for position, row in enumerate(chosen):
        if sys.stderr.isatty():
            click.echo(f"\r\033[K{position + 1}/{len(chosen)} {row.name}", err=True, nl=False)
        records.append(table.measure(row, quick))
    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)
    if as_json:
        click.echo(json.dumps(table.run_of(records)))
        return
    from bench import report

    report.show(records)
    if not pattern and not quick:
        report.write({**report.load(), "full": table.run_of(records)})


def _pythons() -> None:
    from bench import report
    from bench.pythons import runs

    found = []
    for run in runs():
        click.echo(f"CPython {run['python']}")
        report.show(run["rows"])
        found.append(run)
    report.write({**report.load(), "pythons": found})


def _names() -> list[str]:
    return [row.name for row in table.rows()]


if __name__ == "__main__":
    main()
