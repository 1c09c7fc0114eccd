"""Fetching the releases that our wheels are made of, and what is said where there is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codegen import libraries, original, sources, wheels
from codegen.errors import CodegenError

VERSIONS = sources.Versions.load()
PACKAGE = VERSIONS.known[VERSIONS.pinned].package


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(wheels, "CACHE", tmp_path)
    monkeypatch.setattr(original, "CACHE", tmp_path)
    return tmp_path


def test_the_release_of_a_platform_is_downloaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def download(requirement: str, folder: str, *options: str) -> None:
        asked.append((requirement, *options))
        Path(folder).mkdir(parents=True)
        (Path(folder) / f"wasmtime-{PACKAGE}-py3-none-{options[-1]}.whl").touch()

    monkeypatch.setattr(libraries, "download", download)
    assert wheels.fetch() == wheels.fetch() == [wheels.cached(platform) for platform in wheels.PLATFORMS]
    assert asked == [(f"wasmtime=={PACKAGE}", "--platform", platform) for platform in wheels.PLATFORMS]


def test_a_platform_that_has_no_release_any_more_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def download(requirement: str, folder: str, *options: str) -> None:
        Path(folder).mkdir(parents=True)
        (Path(folder) / f"wasmtime-{PACKAGE}-py3-none-any.whl").touch()

    monkeypatch.setattr(libraries, "download", download)
    text = f"wasmtime {PACKAGE} has no wheel for {wheels.PLATFORMS[0]}: mend PLATFORMS in {wheels.__file__}"
    with pytest.raises(CodegenError, match=f"^{re.escape(text)}$"):
        wheels.fetch()
    assert wheels.cached(wheels.PLATFORMS[0]) is None


def test_a_wheel_that_cannot_be_built_says_why(tmp_path: Path) -> None:
    release = tmp_path / "wasmtime-1.2.3-py3-none-any.whl"
    release.touch()
    with pytest.raises(CodegenError) as caught:
        wheels.build(release, tmp_path / "dist")
    text = str(caught.value)
    assert text.startswith(f"the wheel with the library of {release.name} was not built: ")
    assert f"{release} holds no release of wasmtime, and the wheel needs {PACKAGE}" in text
    assert not (tmp_path / "dist").exists()


def test_an_sdist_that_cannot_be_had_says_why(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    assert original.cached() is None
    monkeypatch.setattr(original, "_folder", lambda: cache / "wasmtime-0")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(CodegenError, match=r"^pip could not download the sdist of wasmtime==0: ERROR: "):
        original.fetch()
