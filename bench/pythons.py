"""Quick runs on every CPython that pyenv has, each in a virtual environment of its own under .cache/."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.interpreters import environment, interpreters
from bench.table import Run

_ROOT = Path(__file__).parent.parent


def runs() -> Iterator[Run]:
    """A quick run of all rows on each."""
    for interpreter in interpreters().values():
        python = environment(interpreter, "bench")
        done = subprocess.run(
            [str(python), "-m", "bench", "--quick", "--json"], cwd=_ROOT, check=True, stdout=subprocess.PIPE
        )
        run: Run = json.loads(done.stdout)
        yield run
