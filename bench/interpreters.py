"""The CPythons that pyenv has on this machine."""

from __future__ import annotations

import os
from pathlib import Path

VERSIONS = ("3.10", "3.11", "3.12", "3.13")


def interpreters() -> dict[str, Path]:
    """The newest of each version that is there, oldest version first."""
    home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = {version: sorted(home.glob(f"{version}.*/bin/python"), key=_patch) for version in VERSIONS}
    return {version: paths[-1] for version, paths in found.items() if paths}


def _patch(path: Path) -> int:
    last = path.parent.parent.name.rpartition(".")[2]
    return int(last) if last.isdigit() else -1
