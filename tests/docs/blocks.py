"""The blocks of code of a page, and what happens when they run in order, as a reader would type them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any, NamedTuple

_FENCE = re.compile(r"^```(?P<language>[^\n`]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    language: str  # "python", "text" for what the block before it prints, "sh", ...
    text: str
    line: int  # of the page, on which its text begins


def blocks(markdown: str) -> list[Block]:
    found = _FENCE.finditer(markdown)
    return [Block(b["language"].strip(), b["text"], markdown.count("\n", 0, b.start()) + 2) for b in found]


def printed(page: list[Block], name: str) -> Iterator[tuple[Block, str, str]]:
    """Run the Python of a page in one namespace: each block, what it prints, and what the page says it prints."""
    namespace: dict[str, Any] = {"__name__": name}
    for block, following in zip(page, [*page[1:], Block("", "", 0)], strict=False):
        if block.language != "python":
            continue
        code = compile("\n" * (block.line - 1) + block.text, name, "exec", dont_inherit=True)
        with redirect_stdout(io.StringIO()) as output:
            exec(code, namespace)
        yield block, output.getvalue(), following.text if following.language == "text" else ""
