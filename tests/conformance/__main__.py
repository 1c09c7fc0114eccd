"""python -m tests.conformance [PATTERN]"""

from __future__ import annotations

import sys

import click
from rich.progress import Progress

from codegen import testsuite
from tests.conformance import report, suite


@click.command(help="Run the official testsuite, or the files whose name contains PATTERN.")
@click.argument("pattern", default="")
def main(pattern: str) -> None:
    root = testsuite.fetch()
    paths = suite.files(root, pattern)
    with Progress(transient=True) as progress:
        task = progress.add_task("conformance", total=len(paths))
        results = suite.run(root, paths, lambda _: progress.advance(task))
    report.show(results)
    if not pattern:
        report.write(results)
    sys.exit(1 if report.differences(results) else 0)


if __name__ == "__main__":
    main()
