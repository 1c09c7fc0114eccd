"""Whole examples in guides: `<!-- example: name.py -->` becomes the code of the file in examples/."""

from __future__ import annotations

import re
from pathlib import Path

MARK = re.compile(r"<!-- example: (?P<name>\S+) -->")


def with_examples(markdown: str, folder: Path) -> str:
    """The text with its examples. Raises OSError for one that does not exist."""

    def code(mark: re.Match[str]) -> str:
        return f"```python\n{(folder / mark['name']).read_text(encoding='utf-8').rstrip()}\n```"

    return MARK.sub(code, markdown)
