"""Quick runs on every CPython that pyenv has, each in a virtual environment of its own under .cache/."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.interpreters import interpreters
from bench.table import Run

_ROOT = Path(__file__).parent.parent


def runs() -> Iterator[Run]:
    """A quick run of all rows on each."""
    for interpreter in interpreters().values():
        python = _environment(interpreter)
        done = subprocess.run(
            [str(python), "-m", "bench", "--quick", "--json"], cwd=_ROOT, check=True, stdout=subprocess.PIPE
        )
        run: Run = json.loads(done.stdout)
        yield run


def _environment(interpreter: Path) -> Path:
    """The interpreter of a virtual environment with this package, made anew when the package's description changes."""
    folder = _ROOT / ".cache" / "bench" / interpreter.parent.parent.name
    python, ready = folder / "bin" / "python", folder / "ready"
    described = max((_ROOT / path).stat().st_mtime for path in ("pyproject.toml", "codegen/versions.json"))
    if not ready.exists() or ready.stat().st_mtime < described:
        subprocess.run([str(interpreter), "-m", "venv", str(folder)], check=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", str(_ROOT)]
        install += ["click", "numpy"]
        subprocess.run([str(python), *install], check=True)
        ready.touch()
    return python
