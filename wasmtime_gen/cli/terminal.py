"""What the commands write: tables, and errors. With NO_COLOR, or where it is no terminal, that is text and no escapes.

Text from files passes through here, so that no name can command a terminal.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from wasmtime_gen._printable import printable, printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

_WIDE = 200  # columns of what is no terminal, such as a pipe to grep
_LONGEST = 4000  # characters of one cell, or of an error


def console(stderr: bool = False) -> Console:
    from rich.console import Console

    plainly = False if os.environ.get("NO_COLOR") else None  # which for rich alone leaves bold and movement
    made = Console(stderr=stderr, force_terminal=plainly, highlight=False, markup=False, emoji=False)
    if not made.file.isatty():
        given = os.environ.get("COLUMNS", "")
        made.width = int(given) if given.isdecimal() and 0 < int(given) < 1 << 31 else _WIDE
    return made


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Any:
    """A table for console().print(). Columns whose name begins with ">" are numbers."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(title=Text(printable(title, _LONGEST)), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        right = column.startswith(">")
        made.add_column(column.removeprefix(">"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        made.add_row(*[Text(printable(str(cell), _LONGEST)) for cell in row])
    return made


def plain(text: str) -> Any:
    """A line for console().print()."""
    from rich.text import Text

    return Text(printable(text, _LONGEST))


def tell(error: BaseException | str) -> None:
    """Write an error to stderr: what is wrong, in the words of who found it."""
    from rich.text import Text

    console(stderr=True).print(Text.assemble(("error: ", "bold red"), _text(error)), soft_wrap=True)


def _text(error: BaseException | str) -> str:
    if isinstance(error, OSError) and error.strerror:
        told = error.strerror if error.filename is None else f"{os.fsdecode(error.filename)}: {error.strerror}"
    elif isinstance(error, MemoryError):
        told = "there is not enough memory for that"
    else:
        told = str(error)
    return printable_lines(told, _LONGEST)


def size(number: int) -> str:
    """A number of bytes, rounded for people."""
    if number < 1024:
        return f"{number} B"
    amount, units = float(number), ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while True:
        amount, unit = amount / 1024, units.pop(0)
        if amount < 1024 or not units:
            return f"{amount:.3g} {unit}" if amount < 1000 else f"{amount:.0f} {unit}"
