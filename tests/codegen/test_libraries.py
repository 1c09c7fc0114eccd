"""The released libraries: taken out of wheels, known by the version that they export."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen import libraries
from codegen.errors import CodegenError
from codegen.model import Api, Findings
from codegen.sources import Versions


@pytest.fixture
def library(released_library: Callable[[str], Path]) -> Path:
    versions = Versions.load()
    return released_library(versions.known[versions.pinned].package)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setattr(libraries, "CACHE", folder)
    return folder


def wheel(folder: str, package: str, *members: str) -> None:
    with zipfile.ZipFile(Path(folder) / f"wasmtime-{package}-py3-none-any.whl", "w") as archive:
        for member in members:
            archive.writestr(member, "a library")


def test_the_library_of_the_pinned_package_states_the_pinned_version(library: Path) -> None:
    assert libraries.library_version(library) == Versions.load().pinned


def test_the_library_exports_what_the_headers_declare_and_four_more(library: Path, built: tuple[Api, Findings]) -> None:
    api, _ = built
    declared = {f.name for f in api.functions} | {e.name for e in api.excused if e.kind == "functions"}
    exported = {name for name in libraries.exported(library) if name.startswith(("wasm", "wasi"))}
    assert declared - exported == set()
    assert exported - declared == {
        f"wasmtime_component_fixed_length_list_type_{what}" for what in ("clone", "delete", "element", "equal")
    }


def test_a_library_is_taken_out_of_its_wheel_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def download(requirement: str, folder: str) -> None:
        asked.append(requirement)
        wheel(folder, "1.2.3", "wasmtime/__init__.py", "wasmtime/linux-x86_64/_libwasmtime.so")

    monkeypatch.setattr(libraries, "download", download)
    assert libraries.cached("1.2.3") is None
    found = libraries.fetch("1.2.3")
    assert (found, found.read_text()) == (cache / "1.2.3" / "_libwasmtime.so", "a library")
    assert libraries.fetch("1.2.3") == libraries.cached("1.2.3") == found
    assert asked == ["wasmtime==1.2.3"]


def test_a_wheel_without_a_library_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "download", lambda _, folder: wheel(folder, "1.2.3", "wasmtime/__init__.py"))
    with pytest.raises(CodegenError, match=r"^wasmtime-1\.2\.3-py3-none-any\.whl carries no library$"):
        libraries.fetch("1.2.3")


def test_the_newest_patch_carries_the_library_or_says_which_it_carries(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def download(requirement: str, folder: str) -> None:
        asked.append(requirement)
        wheel(folder, "1.2.9", "wasmtime/linux-x86_64/_libwasmtime.so")

    monkeypatch.setattr(libraries, "download", download)
    monkeypatch.setattr(libraries, "library_version", lambda library: "1.2.3")
    assert libraries.find_package("1.2.3") == "1.2.9"
    assert asked == ["wasmtime==1.2.*"]
    with pytest.raises(CodegenError) as caught:
        libraries.find_package("1.2.4")
    assert str(caught.value) == (
        "wasmtime 1.2.9 on PyPI carries library 1.2.3, not 1.2.4: regenerate for 1.2.3, "
        "or name the release that carries 1.2.4 with PACKAGE="
    )


def test_what_is_no_library_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.so"
    path.write_text("notes")
    with pytest.raises(CodegenError, match=r"notes\.so is not a library that can be read$"):
        libraries.exported(path)


def test_a_library_that_states_no_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "exported", lambda library: {"wasm_engine_new"})
    with pytest.raises(CodegenError, match=r"^some\.so does not state its version: is it libwasmtime\?$"):
        libraries.library_version(Path("some.so"))
