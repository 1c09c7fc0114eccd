"""What stops regen. A pass collects all it has to say and raises once, so that one run shows the whole list."""

from __future__ import annotations

from collections.abc import Iterable


class CodegenError(Exception):
    """A sentence for the person at the keyboard, without a traceback."""


class Undecided(CodegenError):
    """A list of things that somebody has to decide, all of them at once."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{count} thing{'s' if count != 1 else ''} to decide:"
        super().__init__("\n".join([head, *(f"  - {problem}" for problem in self.problems)]))
