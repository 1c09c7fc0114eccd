"""Text from somewhere untrusted, such as a name in a wasm file, as a terminal or a page can show it."""

from __future__ import annotations


def printable(text: str, limit: int | None = None) -> str:
    r"""One line, without what would command a terminal or turn the direction of writing; cut after `limit` characters.

    >>> printable("log\x1b[2J\nline")
    'log\\x1b[2J\\nline'
    """
    if limit is not None and len(text) > limit:
        text = f"{text[:limit]}…"
    return "".join([each if each.isprintable() else ascii(each)[1:-1] for each in text])


def printable_lines(text: str, limit: int | None = None) -> str:
    """The same for text of several lines, which stay lines."""
    if limit is not None and len(text) > limit:
        text = f"{text[:limit]}…"
    return "\n".join([printable(line.expandtabs()) for line in text.split("\n")])
