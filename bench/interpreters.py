"""The CPythons that pyenv has on this machine, and a virtual environment of each with this package."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

VERSIONS = ("3.10", "3.11", "3.12", "3.13")
_ROOT = Path(__file__).parent.parent


def interpreters() -> dict[str, Path]:
    """The newest of each version that is there, oldest version first."""
    home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = {version: sorted(home.glob(f"{version}.*/bin/python"), key=_patch) for version in VERSIONS}
    return {version: paths[-1] for version, paths in found.items() if paths}


def environment(interpreter: Path, extra: str) -> Path:
    """The interpreter of a virtual environment under .cache/ with this package and one of its extras. It is made anew
    when the package's description changes.
    """
    folder = _ROOT / ".cache" / extra / interpreter.parent.parent.name
    python, ready = folder / "bin" / "python", folder / "ready"
    described = max((_ROOT / path).stat().st_mtime for path in ("pyproject.toml", "codegen/versions.json"))
    if not ready.exists() or ready.stat().st_mtime < described:
        subprocess.run([str(interpreter), "-m", "venv", str(folder)], check=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", f"{_ROOT}[{extra}]"]
        subprocess.run([str(python), *install], check=True)
        ready.touch()
    return python


def _patch(path: Path) -> int:
    last = path.parent.parent.name.rpartition(".")[2]
    return int(last) if last.isdigit() else -1
