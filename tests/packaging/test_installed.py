"""The wheel in an environment that has nothing else: no repository, no `wasmtime`, or a wrong one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from wasmtime_capi._library import _platform
from wasmtime_capi.version import VERSION

import wasmtime_gen
from bench.interpreters import VERSIONS, interpreters
from tests.availability import unavailable
from tests.packaging.conftest import ROOT, Distributions

INTERPRETERS = interpreters()
HELLO = str(ROOT / "examples" / "hello.py")
WHERE = """
import importlib.util, wasmtime_gen, wasmtime_capi
print(importlib.util.find_spec("wasmtime"), wasmtime_gen.__version__, wasmtime_gen.wasmtime_version)
print(wasmtime_gen.__file__, wasmtime_capi.library()._name)
"""


class Environment:
    """A virtual environment with our wheel."""

    def __init__(self, interpreter: Path, folder: Path, wheel: Path) -> None:
        self.folder = folder
        subprocess.run([str(interpreter), "-m", "venv", "--without-pip", str(folder)], check=True)
        self.python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self.pip("install", "--no-index", str(wheel))  # so what the wheel requires would have to be here
        self.packages = Path(self.run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))")[0])

    def pip(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "pip", "--quiet", "--python", str(self.python), *arguments]
        subprocess.run(command, check=True)

    def run(self, *arguments: str, **variables: str) -> list[str]:
        """What Python prints, run far from here, and with nothing but its own site-packages."""
        command, variables = [str(self.python), "-I", *arguments], {**os.environ, **variables}
        done = subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()


def interpreter(version: str) -> Path:
    return INTERPRETERS.get(version) or unavailable(f"pyenv has no CPython {version}")


@pytest.fixture
def environment(built: Distributions, tmp_path: Path) -> Environment:
    return Environment(Path(sys.executable), tmp_path / "env", built.wheel)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_installed_wheel_runs_hello_world_with_nothing_near(
    built: Distributions, tmp_path: Path, version: str
) -> None:
    environment = Environment(interpreter(version), tmp_path / "env", built.wheel)
    shutil.copy(HELLO, environment.folder / "hello.py")
    assert environment.run("hello.py") == ["Hello, world!"]
    versions, places = environment.run("-c", WHERE)
    assert versions == f"None {wasmtime_gen.__version__} {VERSION}"
    assert [Path(place).is_relative_to(environment.packages) for place in places.split()] == [True, True]


def test_an_installed_wheel_runs_without_what_no_interpreter_promises(environment: Environment) -> None:
    script = "from wasmtime_capi import cdata; print(cdata.IS_TRIED)"
    assert environment.run("-c", script, WASMTIME_GEN_PORTABLE="1") == ["False"]
    assert environment.run(HELLO, WASMTIME_GEN_PORTABLE="1") == ["Hello, world!"]


def test_a_wasmtime_of_another_version_does_not_matter(environment: Environment) -> None:
    name, folder = _platform()
    other = environment.packages / "wasmtime"
    (other / folder).mkdir(parents=True)
    (other / "__init__.py").write_text("raise ImportError('nobody should import this')")
    (other / folder / name).write_bytes(b"set_vmctx_memory_49_0_0")
    assert environment.run(HELLO) == ["Hello, world!"]


def test_uninstalling_leaves_nothing(environment: Environment) -> None:
    environment.run(HELLO)
    environment.pip("uninstall", "--yes", "wasmtime_gen")
    assert [path.name for path in environment.packages.iterdir()] == []


def test_a_wheel_that_is_not_installed_says_so(built: Distributions, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", "from wasmtime_gen import Engine; Engine()"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(built.wheel)},
        capture_output=True,
        text=True,
    )
    assert done.stderr.splitlines()[-1] == (
        f"wasmtime_capi._library.LibraryError: wasmtime_capi is imported from within an archive, "
        f"{built.wheel}{os.sep}wasmtime_capi, and no system loads a library from there: install it with pip, or name "
        "an unpacked library with WASMTIME_GEN_LIBRARY"
    )
