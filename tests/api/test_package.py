"""The package as a whole: what it exports, what its import costs, and that its documented examples run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from wasmtime_capi import cdata
from wasmtime_capi.version import VERSION

import wasmtime_gen

ROOT = Path(__file__).parent.parent.parent
PACKAGE = Path(wasmtime_gen.__file__).parent
TOP = list(pkgutil.iter_modules(wasmtime_gen.__path__))
FOLDERS = [module.name for module in TOP if module.ispkg and module.name.startswith("_")]
MODULES = sorted(
    [module.name for module in TOP]
    + [f"{folder}.{module.name}" for folder in FOLDERS for module in pkgutil.iter_modules([str(PACKAGE / folder)])]
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_the_docstrings_run(name: str) -> None:
    module = importlib.import_module(f"wasmtime_gen.{name}")
    names = {each: getattr(wasmtime_gen, each) for each in wasmtime_gen.__all__}
    result = doctest.testmod(module, extraglobs=names, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert result.failed == 0


def test_what_is_public_is_listed_and_exists() -> None:
    assert wasmtime_gen.__all__ == sorted(wasmtime_gen.__all__, key=lambda name: (not name.isupper(), name))
    for name in wasmtime_gen.__all__:
        assert getattr(wasmtime_gen, name) is not None
    public = {name for name in dir(wasmtime_gen) if not name.startswith(("_", "@"))}  # @: of pytest, see _fixtures.py
    # wasmtime_version opens the library, which `import *` should not do; the rest are submodules.
    assert public - set(wasmtime_gen.__all__) <= {
        "annotations",
        "TYPE_CHECKING",
        "cli",
        "compat",
        "importer",
        "wasmtime_version",
    }


def test_the_package_tells_its_version_and_the_version_that_its_library_states() -> None:
    assert wasmtime_gen.__version__ == metadata.version("wasmtime_gen")
    assert wasmtime_gen.wasmtime_version == VERSION


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'wasmtime_gen' has no attribute 'Storre'"):
        wasmtime_gen.Storre  # noqa: B018


HEAVY = ("typing", "re", "enum", "dataclasses", "pathlib", "inspect", "asyncio", "threading", "difflib", "collections")


@pytest.mark.parametrize(
    "program",
    [
        "from wasmtime_gen import Engine, Func, Linker, Module, Store",
        f"exec(open({str(ROOT / 'examples' / 'hello.py')!r}).read())",
    ],
    ids=["import", "hello"],
)
def test_a_first_program_loads_nothing_heavy(program: str) -> None:
    """ctypes is among it where its own core serves as well: see wasmtime_capi.cdata."""
    heavy = (*HEAVY, "ctypes") if cdata.IS_DIRECT else HEAVY
    lines = ["import sys", f"sys.path[:0] = {sys.path!r}", program]
    lines.append(f"print([name for name in {heavy!r} if name in sys.modules])")
    done = subprocess.run([sys.executable, "-S", "-c", "\n".join(lines)], capture_output=True, text=True)
    assert (done.stdout.splitlines()[-1], done.stderr) == ("[]", "")
