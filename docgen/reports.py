"""Pages that are files of the repository, written by measurements, tests and the generator."""

from __future__ import annotations

import re
from pathlib import Path

# Where it stands on the site -> the file.
_REPORTS = {
    "maintaining/benchmarks.md": "bench/RESULTS.md",
    "maintaining/conformance.md": "tests/conformance/RESULTS.md",
    "maintaining/api-changes.md": "generated/API_CHANGES.md",
}
_OPTIONAL = {
    "more/contributing.md": "CONTRIBUTING.md",
    "more/changelog.md": "CHANGELOG.md",
    "more/plugin-host.md": "examples/plugin_host/README.md",
}


def pages(root: Path) -> dict[str, str]:
    """All of them by their paths, those included that exist only in some states of the repository."""
    return {path: _text(root / file) for path, file in _REPORTS.items()} | optional_pages(root)


def optional_pages(root: Path) -> dict[str, str]:
    return {path: _text(root / file) for path, file in _OPTIONAL.items() if (root / file).is_file()}


def _text(file: Path) -> str:
    text = file.read_text(encoding="utf-8").replace("(plot.svg)", "(../plot.svg)")
    return re.sub(r"\n<!--.*?-->\n", "\n", text, flags=re.DOTALL)
