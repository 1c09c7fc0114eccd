"""Where libwasmtime is looked for, in which order, and what is said where there is none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from wasmtime_capi import _library
from wasmtime_capi.version import PACKAGE as RELEASE

from tests.capi import fresh
from tests.capi.subject import API, PACKAGE

NAME, FOLDER = _library._platform()

OPENED = "import wasmtime_capi; print(wasmtime_capi.library()._name)"
REFUSED = """
from wasmtime_capi import LibraryError, library
try:
    library()
except LibraryError as error:
    assert isinstance(error, ImportError)
    print(error)
"""


class Places:
    """A copy of the package and a folder of sys.path, into both of which the library can be put."""

    def __init__(self, folder: Path, library: Path) -> None:
        self.package = folder / "ours"
        self.site = folder / "site"
        self.given = folder / "given" / "libwasmtime.so.by-hand"
        self.bundled = self.package / "wasmtime_capi" / "_native" / NAME
        self.installed = self.site / "wasmtime" / FOLDER / NAME
        unwanted = shutil.ignore_patterns("__pycache__", "_native")
        shutil.copytree(PACKAGE, self.package / "wasmtime_capi", ignore=unwanted)
        self.path = [self.package, self.site]
        self._library = library

    def put(self, *places: Path) -> None:
        for place in places:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(self._library)


@pytest.fixture
def places(tmp_path: Path, library: Path) -> Places:
    return Places(tmp_path, library)


def test_the_environment_comes_first(places: Places) -> None:
    places.put(places.given, places.bundled, places.installed)
    environment = {"WASMTIME_GEN_LIBRARY": os.fspath(places.given)}
    assert fresh.output(OPENED, places.path, environment) == os.fspath(places.given)


def test_a_bundled_library_comes_before_an_installed_one(places: Places) -> None:
    places.put(places.bundled, places.installed)
    assert fresh.output(OPENED, places.path) == os.fspath(places.bundled)


def test_the_library_of_the_installed_package_comes_last(places: Places) -> None:
    places.put(places.installed)
    assert fresh.output(OPENED, places.path) == os.fspath(places.installed)


def test_the_environment_may_name_a_file_of_the_working_directory(places: Places) -> None:
    """The system's loader would look for a bare name in its own folders only."""
    places.put(places.given)
    environment = {"WASMTIME_GEN_LIBRARY": places.given.name}
    assert fresh.output(OPENED, places.path, environment, cwd=places.given.parent) == os.fspath(places.given)


def test_an_empty_variable_is_no_variable(places: Places) -> None:
    places.put(places.installed)
    assert fresh.output(OPENED, places.path, {"WASMTIME_GEN_LIBRARY": ""}) == os.fspath(places.installed)


def test_the_working_directory_is_looked_at_where_python_looks_at_it(places: Places) -> None:
    places.put(places.installed)
    script = OPENED + "; import sys; assert 'importlib.util' not in sys.modules"  # at the first look
    assert fresh.output(script, [places.package], cwd=places.site) == os.fspath(places.installed)


def test_an_editable_install_is_found_through_the_import_system(places: Places) -> None:
    places.put(places.installed)
    finder = f"""
import sys
from importlib.machinery import ModuleSpec

class Editable:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "wasmtime":
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [{os.fspath(places.site / "wasmtime")!r}]
            return spec

sys.meta_path.append(Editable)
"""
    found = fresh.output(finder + OPENED + "; assert 'wasmtime' not in sys.modules", [places.package])
    assert found == os.fspath(places.installed)


def test_the_library_is_found_without_importing_what_carries_it(places: Places) -> None:
    """Both cost more than our whole import; the package would also run its own code and open the library itself."""
    places.put(places.installed)
    (places.site / "wasmtime" / "__init__.py").write_text("raise RuntimeError('imported')")
    loaded = fresh.output("import sys, wasmtime_capi; wasmtime_capi.library(); print(*sys.modules)", places.path)
    assert set(loaded.split()) & {"wasmtime", "importlib.metadata", "importlib.util"} == set()


def test_no_library_is_an_error_that_tells_where_it_looked_and_what_to_do(places: Places) -> None:
    assert fresh.output(REFUSED, places.path) == (
        f"libwasmtime {API.version} was not found: WASMTIME_GEN_LIBRARY is not set, {places.bundled} does not exist, "
        f"and no folder of sys.path holds {Path('wasmtime', FOLDER, NAME)}. "
        f"Install it with: pip install wasmtime=={RELEASE}"
    )


def test_a_variable_that_names_no_file_is_an_error_and_nothing_else_is_tried(places: Places, tmp_path: Path) -> None:
    places.put(places.bundled, places.installed)
    for missing in (tmp_path / "nowhere.so", tmp_path):
        told = fresh.output(REFUSED, places.path, {"WASMTIME_GEN_LIBRARY": os.fspath(missing)})
        assert told == f"WASMTIME_GEN_LIBRARY names {missing}, which is not a file"


def test_a_library_that_was_not_found_can_be_found_later(places: Places) -> None:
    places.put(places.given)
    script = REFUSED + f"import os; os.environ['WASMTIME_GEN_LIBRARY'] = {os.fspath(places.given)!r}\n{OPENED}"
    assert fresh.output(script, places.path).splitlines()[-1] == os.fspath(places.given)


def test_a_32_bit_python_is_refused(places: Places) -> None:
    places.put(places.installed)
    told = fresh.output(f"import sys; sys.maxsize = 2**31 - 1\n{REFUSED}", places.path)
    assert told == "wasmtime_capi needs a 64-bit Python: the layouts of its records are those of 64 bits"
