"""Asks the server to run cases, and tells how each ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.safety.cases import Case

ROOT = Path(__file__).parents[2]
SECONDS = 60.0  # after which a case hangs


class Runner:
    """A server, and what it found."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.safety.server"]
        path = os.pathsep.join([str(ROOT), str(ROOT / "generated"), os.environ.get("PYTHONPATH", "")])
        # Python 3.12 warns of forks where threads live.
        warnings = "ignore:This process:DeprecationWarning"
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": warnings, "RUST_BACKTRACE": "0"}
        pipe = subprocess.PIPE
        self._server = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT, env=environment, text=True)

    def run(self, case: Case) -> tuple[str, str]:
        """How the process of a case ended, with what it printed on stderr; and what came of it."""
        assert self._server.stdin
        assert self._server.stdout
        asked = {"setup": case.setup, "code": case.code, "seconds": SECONDS}
        print(json.dumps(asked), file=self._server.stdin, flush=True)
        status, outcome, _, stderr = json.loads(self._server.stdout.readline())
        return f"{status}{': ' if stderr else ''}{stderr}", outcome

    def close(self) -> None:
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()
