"""The misuse suite on every CPython of the machine: make test-all

Each has a virtual environment of its own under .cache/, which is made when it is first needed. Other interpreters can
be given by their paths; they need this package and pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.interpreters import environment, interpreters

ROOT = Path(__file__).parents[2]


def main(given: list[str]) -> int:
    if not given:
        given = [str(environment(each, "dev")) for each in interpreters().values()]
    return max([_suite(python) for python in given or [sys.executable]])


def _suite(python: str) -> int:
    print(f"The misuse suite on {python}", flush=True)
    path = os.pathsep.join([str(ROOT), str(ROOT / "generated")])
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/safety"]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
