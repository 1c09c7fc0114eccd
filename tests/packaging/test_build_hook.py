"""The build hook: what an editable install depends on, and which releases of `wasmtime` it refuses."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from codegen.distribution import backend
from codegen.distribution.build_hook import BundledLibrary
from codegen.sources import Versions
from tests.packaging.conftest import ROOT

VERSIONS = Versions.load()
PACKAGE = VERSIONS.known[VERSIONS.pinned].package


@pytest.fixture
def hook() -> BundledLibrary:
    unused: Any = None
    return BundledLibrary(str(ROOT), {}, unused, unused, "", "wheel")


def wheel(folder: Path, version: str) -> Path:
    """A wheel of `wasmtime` without a library."""
    path = folder / f"wasmtime-{version}-py3-none-any.whl"
    info = f"wasmtime-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: wasmtime\nVersion: {version}\n")
        archive.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/RECORD,,\n")
    return path


def test_an_editable_install_depends_on_the_release_and_carries_nothing(hook: BundledLibrary) -> None:
    data: dict[str, Any] = {"dependencies": []}
    hook.initialize("editable", data)
    assert data == {"dependencies": [f"wasmtime=={PACKAGE}"]}


def test_every_installer_reads_that_from_what_was_built() -> None:
    """hatchling tells the metadata of an editable install before, without the hook's part."""
    assert not [name for name in vars(backend) if name.startswith("prepare_metadata")]


def test_a_release_that_is_not_the_pinned_one_is_refused(
    hook: BundledLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = wheel(tmp_path, "1.2.3")
    monkeypatch.setenv("WASMTIME_GEN_WHEEL", str(other))
    with pytest.raises(ValueError, match=re.escape(f"{other} holds wasmtime 1.2.3, and the wheel needs {PACKAGE}")):
        hook.initialize("standard", {})


def test_a_file_that_is_no_wheel_of_wasmtime_is_refused(
    hook: BundledLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WASMTIME_GEN_WHEEL", str(tmp_path))
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path} holds no release of wasmtime, and the wheel needs")):
        hook.initialize("standard", {})


def test_a_platform_without_a_library_gets_no_wheel(
    hook: BundledLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WASMTIME_GEN_WHEEL", str(wheel(tmp_path, PACKAGE)))
    with pytest.raises(
        ValueError, match=rf"^wasmtime {re.escape(PACKAGE)} has no _libwasmtime\.so or .* for this plat"
    ):
        hook.initialize("standard", {})
