"""The sdist of the pinned release of `wasmtime`: its examples and tests, which our compat module has to pass.

They are fetched, never committed.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from codegen import sources
from codegen.errors import CodegenError

CACHE = Path(__file__).parent.parent / ".cache" / "original"


def cached() -> Path | None:
    """The unpacked sdist, if it was fetched."""
    folder = _folder()
    return folder if folder.is_dir() else None


def fetch() -> Path:
    """The unpacked sdist, downloaded with pip when it is not in the cache."""
    folder = _folder()
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as aside:
            requirement = f"wasmtime=={folder.name.removeprefix('wasmtime-')}"
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
            done = subprocess.run([*command, "--dest", aside, requirement], capture_output=True, text=True)
            if done.returncode:
                raise CodegenError(f"pip could not download the sdist of {requirement}: {done.stderr.strip()}")
            with tarfile.open(next(Path(aside).glob("*.tar.gz"))) as archive:
                archive.extractall(aside, filter="data")
            (Path(aside) / folder.name).rename(folder)
    return folder


def _folder() -> Path:
    versions = sources.Versions.load()
    return CACHE / f"wasmtime-{versions.known[versions.pinned].package}"
