"""What tests need from elsewhere: crates, released libraries, a C compiler. Nothing here touches the network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from codegen import libraries, sources
from tests.availability import unavailable


@pytest.fixture(scope="session")
def crate_source() -> Callable[..., sources.Source]:
    """crate_source(version=pinned): the verified headers and Rust sources, from cargo's registry cache."""

    @cache
    def find(version: str) -> sources.Source:
        home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
        crates = sorted(home.glob(f"registry/cache/*/{sources.CRATE}-{version}.crate"))
        if not crates:
            unavailable(f"{sources.CRATE} {version} is not in {home}/registry/cache: run make fetch")
        return sources.source(version, str(crates[0]))

    return lambda version="": find(version or sources.Versions.load().pinned)


@pytest.fixture(scope="session")
def released_library() -> Callable[[str], Path]:
    """released_library(package): the library of this release of the PyPI package `wasmtime`."""

    def find(package: str) -> Path:
        missing = f"the library of wasmtime {package} is not in {libraries.CACHE}: run make fetch"
        return libraries.cached(package) or unavailable(missing)

    return find


@pytest.fixture(scope="session")
def c_compiler() -> str:
    """The path of gcc or cc."""
    return shutil.which("gcc") or shutil.which("cc") or unavailable("neither gcc nor cc is installed")
