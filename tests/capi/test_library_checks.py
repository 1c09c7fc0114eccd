"""A library that the bindings do not fit is refused before anything is called, with one error that says all of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from wasmtime_capi.version import PACKAGE as RELEASE

from tests.capi import fresh
from tests.capi.subject import API, PACKAGE, VERSIONS
from tests.capi.test_library_search import FOLDER, NAME, OPENED, REFUSED

MAJOR, MINOR, PATCH = API.version.split(".")
SYMBOLS = [f.symbol or f.name for f in API.functions]
OTHER = next(v for v in reversed(VERSIONS.known) if v.partition(".")[0] != MAJOR)

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def make(build: Callable[..., Path]) -> Make:
    """make(version, *missing): a library that states this version, and has all functions but the missing ones."""

    def make_(version: str, *missing: str) -> Path:
        marker = [f"set_vmctx_memory_{version.replace('.', '_')}"] if version else []
        names = [name for name in SYMBOLS if name not in missing] + marker
        return build("\n".join(f"void {name}(void) {{}}" for name in names), "-shared", "-fPIC")

    return make_


def opened(library: Path) -> str:
    return fresh.output(OPENED, [PACKAGE.parent], {"WASMTIME_GEN_LIBRARY": os.fspath(library)})


def refused(library: Path) -> str:
    return fresh.output(REFUSED, [PACKAGE.parent], {"WASMTIME_GEN_LIBRARY": os.fspath(library)})


def installed(library: Path, site: Path) -> list[Path]:
    """A path on which this library is the one of the installed package."""
    place = site / "wasmtime" / FOLDER / NAME
    place.parent.mkdir(parents=True)
    place.symlink_to(library)
    return [PACKAGE.parent, site]


def other_version(library: Path, found: str) -> str:
    return (
        f"libwasmtime at {library} is version {found}, but these bindings were generated from the headers "
        f"of {API.version}: layouts and signatures differ between major versions. Install the one that fits with: "
        f"pip install wasmtime=={RELEASE}, or regenerate with: make regen VERSION={found}"
    )


def test_the_released_library_of_another_major_is_refused(released_library: Callable[[str], Path]) -> None:
    library = released_library(VERSIONS.known[OTHER].package)
    assert refused(library) == other_version(library, OTHER)


@pytest.mark.skipif((PACKAGE / "_native").exists(), reason="a wheel's own library comes before an installed one")
def test_an_installed_library_of_another_major_is_refused(make: Make, tmp_path: Path) -> None:
    """With all functions there: it is the version that is refused."""
    version = f"{int(MAJOR) + 1}.0.0"
    path = installed(make(version), tmp_path)
    assert fresh.output(REFUSED, path) == other_version(tmp_path / "wasmtime" / FOLDER / NAME, version)


def test_a_library_that_states_no_version_is_refused(make: Make) -> None:
    library = make("")
    assert refused(library) == f"{library} is not libwasmtime, or does not state its version: expected {API.version}"


@pytest.mark.parametrize("version", [f"{MAJOR}.{MINOR}.{int(PATCH) + 9}", f"{MAJOR}.{int(MINOR) + 1}.0"])
def test_another_patch_of_the_same_major_is_taken_when_it_has_all_functions(make: Make, version: str) -> None:
    library = make(version)
    assert opened(library) == os.fspath(library)


@pytest.mark.skipif((PACKAGE / "_native").exists(), reason="a wheel's own library comes before an installed one")
def test_an_installed_library_of_another_patch_is_checked_too(make: Make, tmp_path: Path) -> None:
    path = installed(make(f"{MAJOR}.{MINOR}.{int(PATCH) + 9}", SYMBOLS[0]), tmp_path)
    assert f" lacks 1 of the {len(SYMBOLS)} functions" in fresh.output(REFUSED, path)


def test_a_library_that_lacks_functions_is_refused_with_all_their_names(make: Make) -> None:
    missing = [SYMBOLS[0], SYMBOLS[len(SYMBOLS) // 2], SYMBOLS[-1]]
    library = make(API.version, *missing)
    assert refused(library) == (
        f"libwasmtime at {library} lacks 3 of the {len(SYMBOLS)} functions that these bindings declare "
        f"(was it built with fewer features?): {', '.join(missing)}"
    )


def test_a_file_that_is_no_library_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "libwasmtime.so"
    text.write_text("not a library")
    assert refused(text).startswith(f"libwasmtime at {text} cannot be loaded: ")


def test_a_refused_library_is_refused_again(make: Make) -> None:
    library = make(API.version, SYMBOLS[0])
    environment = {"WASMTIME_GEN_LIBRARY": os.fspath(library)}
    first, second = fresh.output(REFUSED + REFUSED, [PACKAGE.parent], environment).splitlines()
    assert first == second


def test_a_function_of_a_refused_library_cannot_be_had(make: Make) -> None:
    """The error comes at the first use of a name, as a plain attribute too, and is not taken for a missing name."""
    library = make(API.version, SYMBOLS[0])
    script = "import wasmtime_capi\nhasattr(wasmtime_capi, 'wasm_engine_new')"
    done = fresh.run(script, [PACKAGE.parent], {"WASMTIME_GEN_LIBRARY": os.fspath(library)})
    assert done.stderr.splitlines()[-1].startswith("wasmtime_capi._library.LibraryError: libwasmtime at ")
