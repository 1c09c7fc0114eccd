"""python -m tests.safety [topic]: run the cases, print what went wrong, and fill in outcomes that are still `?`."""

from __future__ import annotations

import sys

from tests.safety.cases import FOLDER, UNKNOWN, read
from tests.safety.running import Runner


def filled(block: str, outcomes: list[str]) -> list[str]:
    """A block with its outcome; for each outcome one with those alternatives that have it."""
    kinds = list(dict.fromkeys(outcomes))
    if len(kinds) == 1:
        return [f"{block[:-1]}{outcomes[0]}"]
    head, _, rest = block.partition("\n")
    name, _, alternatives = head.partition(": ")
    made = []
    for kind in kinds:
        chosen = [each for each, found in zip(alternatives.split(" | "), outcomes, strict=True) if found == kind]
        made.append(f"{name}: {' | '.join(chosen)}\n{rest[:-1]}{kind}")
    return made


def main(topic: str) -> int:
    runner, count, wrong = Runner(), 0, 0
    for path in sorted(FOLDER.glob(f"{topic or '*'}.txt")):
        text = path.read_text()
        for block, cases in read(path):
            outcomes = []
            for case in cases:
                ended, outcome = runner.run(case)
                count += 1
                first, *more = outcome.splitlines() or [""]
                outcomes.append(f"{first}..." if more else first)
                if ended != "exit 0" or (not case.fits(outcome) and case.expected != UNKNOWN):
                    wrong += 1
                    print(f"{case.name}\n    {ended}\n    {outcome}\n    wanted: {case.expected}")
            if block.endswith(f"-> {UNKNOWN}"):
                text = text.replace(block, "\n\n".join(filled(block, outcomes)))
        path.write_text(text)
    runner.close()
    print(f"{count} cases, each in a process of its own; {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main("".join(sys.argv[1:])))
