"""What Config accepts makes engines, and what it refuses does not: by trying, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def scan(mode: str, seconds: int) -> list[str]:
    """The differences between Config and the library."""
    command = [sys.executable, "-m", "tests.api.config_abort_scan", mode]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds)
    *found, summary = done.stdout.splitlines()
    assert json.loads(summary)["differences"] == len(found), done
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork, and counts on the signals of Linux")
def test_config_refuses_what_ends_a_process_and_nothing_else() -> None:
    assert scan("quick", 300) == []


@pytest.mark.skipif(not os.environ.get("WASMTIME_GEN_FULL_SCAN"), reason="takes a quarter of an hour")
def test_config_refuses_what_ends_a_process_and_nothing_else_in_all_pairs_and_many_sets() -> None:
    assert scan("full", 7200) == []
