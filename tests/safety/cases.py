"""The misuse that this package must survive: a table of cases, read from the files of the folder cases/.

A file begins with comments, which say what is promised, and the setup of its cases, up to a line `---`. Blocks of lines
follow, parted by empty lines. A block is a case: Python, and in its last line, behind `->`, what must come of it, the
exception with its text or the value of the last expression. `...` stands for any text. A line `each NAME: a | b` in
front makes a case of each alternative, with NAME replaced in all of the block.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("cases")
UNKNOWN = "?"  # an expectation that `python -m tests.safety` fills in, for a human to review


@dataclass(frozen=True)
class Case:
    """One snippet and what must come of it."""

    topic: str
    code: str
    setup: str
    expected: str

    @property
    def name(self) -> str:
        return f"{self.topic}: {'; '.join(self.code.splitlines())}"

    def fits(self, outcome: str) -> bool:
        pattern = ".*".join(re.escape(part) for part in self.expected.split("..."))
        return re.fullmatch(pattern, outcome, re.DOTALL) is not None


def read(path: Path) -> Iterator[tuple[str, list[Case]]]:
    """The blocks of a file, each with its cases."""
    setup, _, rest = path.read_text().partition("\n---\n")
    for block in re.split(r"\n\s*\n", rest.strip("\n")):
        *lines, last = block.splitlines()
        if not lines or not last.startswith("-> "):
            raise ValueError(f"{path.name}: a block must end with '-> ' and the outcome:\n{block}")
        names: list[str] = []
        choices: list[list[str]] = []
        while lines[0].startswith("each "):
            name, _, alternatives = lines.pop(0)[5:].partition(": ")
            names.append(name)
            choices.append([each.strip() for each in alternatives.split(" | ")])
        made = []
        for chosen in itertools.product(*choices):
            text = "\n".join([*lines, last[3:]])
            for name, value in zip(names, chosen, strict=True):
                text = re.sub(rf"\b{name}\b", value.replace("\\", r"\\"), text)
            code, _, expected = text.rpartition("\n")
            made.append(Case(path.stem, code, setup, expected))
        yield block, made


def written_cases() -> list[Case]:
    """Every case of every file."""
    return [case for path in sorted(FOLDER.glob("*.txt")) for _, cases in read(path) for case in cases]
