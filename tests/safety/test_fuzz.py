"""Some of the random programs that `make fuzz` runs by the thousand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork and memfd")
def test_no_random_program_dies() -> None:
    command = [sys.executable, "-m", "tests.safety.fuzz", "100"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
