"""The process of one script on one back end: it writes a line for each command, as soon as it is done.

python -m tests.conformance.child public FOLDER FILE
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.conformance.runner import Runner
from tests.conformance.script import read


def main(backend: str, folder: str, path: str) -> None:
    # An abort keeps nothing from being written that was before: no buffer.
    if backend == "public":
        from tests.conformance.public import Public as Chosen
    else:
        from tests.conformance.raw import Raw as Chosen  # type: ignore[assignment]
    for outcome in Runner(Chosen(folder), read(Path(path).read_bytes())).run():
        os.write(1, json.dumps([outcome.line, outcome.directive, outcome.message]).encode() + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
