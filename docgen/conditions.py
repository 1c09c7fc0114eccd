"""Text about what not every state of the repository has: `<!-- if path -->` ... `<!-- end -->`."""

from __future__ import annotations

import re
from pathlib import Path

_BLOCK = re.compile(r"<!-- if (?P<path>\S+) -->\n(?P<text>.*?)<!-- end -->\n?", re.DOTALL)


def with_what_exists(markdown: str, root: Path) -> str:
    """The text with the parts whose file exists, and without the others."""
    return _BLOCK.sub(lambda block: block["text"] if (root / block["path"]).exists() else "", markdown)
