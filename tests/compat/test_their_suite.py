"""The package's own examples and tests, of the pinned release, with another import line and nothing else changed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from codegen import original
from tests.availability import unavailable

ROOT = Path(__file__).parent.parent.parent
PRINTED = {
    "gcd.py": "gcd(6, 27) = 3\n",
    "hello.py": "Hello from Python!\n",
    "linking.py": "Hello, world!\n",
    "memory.py": "Checking memory...\nMutating memory...\nGrowing memory...\nCreating stand-alone memory...\n",
    "multi.py": (
        "Initializing...\nCompiling module...\nCreating callback...\nInstantiating module...\nExtracting export...\n"
        'Calling export "g"...\n> 4 2\nCalling export "round_trip_many"...\nPrinting result...\n>\n'
        + "".join(f"  {n}\n" for n in range(10))
    ),
}
# Tests of what nobody outside of the package uses, and of components.
LEFT_OUT = ("test_slab.py", "component")
# Here a wrong kind of argument is a TypeError; there some are an AttributeError, which these tests want to see.
DIFFERENT = {
    "tests.test_global.TestGlobal.test_errors",
    "tests.test_linker.TestLinker.test_define",
    "tests.test_memory.TestMemory.test_errors",
}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist without the package itself, importing ours."""
    source = original.cached() or unavailable(f"the sdist of wasmtime is not in {original.CACHE}: run make fetch")
    folder = tmp_path_factory.mktemp("theirs")
    for path in source.rglob("*"):
        name = path.relative_to(source)
        if path.is_file() and name.parts[0] in ("README.md", "examples", "tests") and not {*name.parts} & {*LEFT_OUT}:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            if path.suffix == ".py":
                target.write_text(ported(path.read_text()))
    (folder / "wasmtime").mkdir()  # a test gives this directory to a guest
    return folder


def ported(program: str) -> str:
    return re.sub(r"^( *)from wasmtime import ", r"\1from wasmtime_gen.compat.wasmtime import ", program, flags=re.M)


def test_every_example_is_listed_here(theirs: Path) -> None:
    assert {path.name for path in (theirs / "examples").glob("*.py")} == {*PRINTED}


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_prints_what_it_did(theirs: Path, name: str) -> None:
    done = subprocess.run([sys.executable, f"examples/{name}"], cwd=theirs, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, PRINTED[name], "")


def test_the_program_of_the_readme_prints_what_it_did(theirs: Path) -> None:
    program = (theirs / "README.md").read_text().partition("```python\n")[2].partition("```")[0]
    done = subprocess.run([sys.executable, "-c", ported(program)], cwd=theirs, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("Hello from Python!\n", "")


def test_the_tests_pass_but_for_those_that_are_listed_here(theirs: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir=.", "--junitxml=report.xml", "tests"]
    subprocess.run(command, cwd=theirs, capture_output=True)
    cases = ElementTree.parse(theirs / "report.xml").findall(".//testcase")
    results = {f"{case.get('classname')}.{case.get('name')}": case.find("failure") is not None for case in cases}
    assert len(results) > 90
    assert {name for name, failed in results.items() if failed} == DIFFERENT


def test_their_programs_pass_mypy_as_before(theirs: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--config-file=", "--explicit-package-bases", "tests", "examples"]
    path = os.pathsep.join([str(ROOT), str(ROOT / "generated")])
    done = subprocess.run(command, cwd=theirs, env={**os.environ, "MYPYPATH": path}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
