"""The sdist: what a wheel can be built and the bindings regenerated from, far from git."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen import sources
from tests.availability import unavailable
from tests.packaging.conftest import ROOT, Distributions


@pytest.fixture
def unpacked(built: Distributions, tmp_path: Path) -> Path:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    return next(tmp_path.iterdir())


def test_the_sdist_holds_what_git_does(unpacked: Path) -> None:
    git = shutil.which("git") or unavailable("git is not installed")
    listed = subprocess.run([git, "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        unavailable(f"{ROOT} is not a git repository")
    committed = {name for name in listed.stdout.splitlines() if not name.startswith(".ci/") and (ROOT / name).exists()}
    found = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert committed - found == set()


def test_the_bindings_of_an_unpacked_sdist_are_what_its_own_generator_makes(
    unpacked: Path, crate_source: Callable[[], sources.Source]
) -> None:
    crate_source()
    shutil.rmtree(unpacked / "generated" / "wasmtime_capi")
    command = ["make", f"RUN={sys.executable}", "--assume-old=.venv/ready", "regen"]
    made = subprocess.run(command, cwd=unpacked, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    committed, regenerated = (contents(root / "generated" / "wasmtime_capi") for root in (ROOT, unpacked))
    assert regenerated == committed


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
