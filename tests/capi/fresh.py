"""A Python process of its own, for promises about import, loading and the end of a process.

It starts without `site`: no site-packages, so no installed `wasmtime`, and nothing imported that Python does not need.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path


def run(
    script: str, path: Iterable[Path], environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `script` with `path` as PYTHONPATH, and without WASMTIME_GEN_LIBRARY unless `environment` gives it."""
    inherited = {name: value for name, value in os.environ.items() if name != "WASMTIME_GEN_LIBRARY"}
    own = {"PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-S", "-c", script],
        env=inherited | own | dict(environment or {}),
        cwd=cwd or Path(os.sep),  # nothing there to import
        capture_output=True,
        text=True,
        timeout=60,
    )


def output(
    script: str, path: Iterable[Path], environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> str:
    """What a script prints that has to succeed."""
    done = run(script, path, environment, cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
