"""What is distributed, built once: the sdist, the wheel made from it, and the wheel of each platform."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from codegen import wheels
from tests.availability import unavailable

ROOT = Path(__file__).parent.parent.parent


class Distributions(NamedTuple):
    sdist: Path
    wheel: Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """What `make dist` makes, with what is installed here for its build requirements."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return Distributions(next(folder.glob("*.tar.gz")), next(folder.glob("*.whl")))


@pytest.fixture(scope="session")
def wheel_for(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """wheel_for(platform): our wheel, with the library of this one of codegen.wheels.PLATFORMS."""

    @cache
    def make(platform: str) -> Path:
        release = wheels.cached(platform) or unavailable(f"{wheels.CACHE} has none for {platform}: run make fetch")
        return wheels.build(release, tmp_path_factory.mktemp(platform))

    return make
