"""Text from somewhere untrusted, such as a name in a wasm file, as a terminal or a page can show it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def name_of(text: str) -> str:
    """A name in a message, which may be as long as its guest likes."""
    return printable(text, _LONGEST)


def printable(text: str, limit: int | None = None) -> str:
    r"""One line, without what would command a terminal or turn the direction of writing; cut after `limit` characters.

    >>> printable("log\x1b[2J\nline")
    'log\\x1b[2J\\nline'
    """
    if limit is not None and len(text) > limit:
        text = f"{text[:limit]}…"
    if text.isprintable():
        return text
    return "".join([each if each.isprintable() else ascii(each)[1:-1] for each in text])


def printable_lines(text: str, limit: int | None = None) -> str:
    """The same for text of several lines, which stay lines."""
    if limit is not None and len(text) > limit:
        text = f"{text[:limit]}…"
    return "\n".join([printable(line.expandtabs()) for line in text.split("\n")])


def listed(names: Iterable[str], most: int = 20) -> str:
    """Names as a message lists them: not more than a reader looks through.

    >>> listed(["add", "get", "memory"], 2)
    'add, get and 1 more'
    """
    found = list(names)
    shown = ", ".join([name_of(name) for name in found[:most]])
    return shown if len(found) <= most else f"{shown} and {len(found) - most} more"


_LONGEST = 100  # characters of a name in a message
