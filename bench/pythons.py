"""Quick runs on every CPython that pyenv has, each in a virtual environment of its own under .cache/."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.table import Run

_ROOT = Path(__file__).parent.parent
_VERSIONS = ("3.10", "3.11", "3.12", "3.13")


def interpreters() -> list[Path]:
    """The interpreters, oldest first: of each version the newest."""
    home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = [sorted(home.glob(f"{version}.*/bin/python"), key=_patch) for version in _VERSIONS]
    return [paths[-1] for paths in found if paths]


def runs() -> Iterator[Run]:
    """A quick run of all rows on each."""
    for interpreter in interpreters():
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


def _patch(path: Path) -> int:
    last = path.parent.parent.name.rpartition(".")[2]
    return int(last) if last.isdigit() else -1
