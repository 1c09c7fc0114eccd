"""What tests need from elsewhere: crates, libraries, programs, compilers. Nothing here touches the network."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest

from codegen import libraries, programs, sources
from tests.availability import unavailable


def pytest_sessionfinish() -> None:
    gc.collect()  # what is garbage is let go of before valgrind looks at what is left


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


@pytest.fixture(scope="session")
def python_wasm() -> Path:
    """The path of CPython for WASI."""
    return programs.python() or unavailable(f"python.wasm is not in {programs.CACHE}: run make fetch")


@pytest.fixture(scope="session")
def c_for_wasi() -> Callable[[str], Path]:
    """c_for_wasi(source): a C program as wasm. It takes a third of a minute, but only once for each source."""

    def build(source: str) -> Path:
        made = programs.CACHE / f"c-{sha256(source.encode()).hexdigest()[:16]}.wasm"
        if made.exists():
            return made
        if not find_spec("ziglang"):
            unavailable("ziglang, a C compiler for WASI, is not installed: pip install -e '.[dev]'")
        made.parent.mkdir(parents=True, exist_ok=True)
        text, partial = made.with_suffix(".c"), made.with_suffix(".partial")
        text.write_text(source)
        command = [sys.executable, "-m", "ziglang", "cc", "--target=wasm32-wasi", "-Os", "-o", str(partial), str(text)]
        folder = str(programs.CACHE / "zig")
        environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": folder, "ZIG_LOCAL_CACHE_DIR": folder}
        subprocess.run(command, env=environment, check=True)
        return partial.replace(made)

    return build
