"""The headers and Rust sources of one exact Wasmtime version: found, fetched, verified, never committed.

They travel in the crate `wasmtime-c-api-impl`. versions.json pins the version, and for each version a SHA-256 over
everything that is read from the crate, so an archive and an unpacked folder are verified alike.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from pathlib import Path

import msgspec

from codegen.errors import CodegenError

CRATE = "wasmtime-c-api-impl"
VERSIONS = Path(__file__).parent / "versions.json"


class Version(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sha256: str  # of include/**/*.h, conf.h.in and src/**/*.rs, names and contents in order
    package: str  # the version of the PyPI package `wasmtime` that carries this library


class Versions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one place that says which versions are used: the library's, and the PyPI package's."""

    pinned: str
    known: dict[str, Version]

    @classmethod
    def load(cls) -> Versions:
        return msgspec.json.decode(VERSIONS.read_bytes(), type=cls)

    def save(self) -> None:
        """Write the file if that changes it: make sets up its environment anew when it is younger."""
        content = msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"
        if not VERSIONS.exists() or content != VERSIONS.read_bytes():
            VERSIONS.write_bytes(content)


class Source(msgspec.Struct, frozen=True):
    """What is read of a crate: headers by the name they are included by, Rust files by their path below src/."""

    version: str
    headers: dict[str, str]
    rust: dict[str, str]

    @property
    def sha256(self) -> str:
        digest = hashlib.sha256()
        for kind, files in (("include", self.headers), ("src", self.rust)):
            for name in sorted(files):
                content = files[name].encode()
                digest.update(f"{kind}/{name}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()


def source(version: str, given: str = "") -> Source:
    """The verified source of `version`: from `given` (a .crate or an unpacked crate), or by way of cargo."""
    found = read(Path(given)) if given else read(fetch(version))
    if found.version != version:
        hint = f": add VERSION={found.version} if you mean that one" if given else ""
        raise CodegenError(f"{given or CRATE} holds version {found.version}, expected {version}{hint}")
    known = Versions.load().known.get(version)
    if known is None:
        raise CodegenError(f"version {version} is not in {VERSIONS.name}: add it with make regen VERSION={version}")
    if found.sha256 != known.sha256:
        raise CodegenError(
            f"{CRATE} {version} is not the one that was reviewed: its digest is {found.sha256}, "
            f"{VERSIONS.name} pins {known.sha256}. Get the released crate, or find out why it changed."
        )
    return found


def fetch(version: str) -> Path:
    """The .crate file of this version."""
    by_hand = f"or give the sources: make regen SOURCE=path to {CRATE}-{version}.crate, or to the unpacked crate"
    return fetch_crate(CRATE, version, by_hand)


def fetch_crate(crate: str, version: str, by_hand: str = "it has no other source") -> Path:
    """The .crate file in cargo's registry cache; cargo fetches and verifies this one crate when it is not there.

    `by_hand` ends the sentence of an error: what to do without cargo.
    """
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    pattern = f"registry/cache/*/{crate}-{version}.crate"
    if not any(home.glob(pattern)):
        _cargo_info(crate, version, by_hand)
    found = sorted(home.glob(pattern))
    if not found:
        raise CodegenError(f"cargo fetched {crate} {version}, but it is not in {home}/registry/cache")
    return found[0]


def _cargo_info(crate: str, version: str, by_hand: str) -> None:
    cargo = shutil.which("cargo")
    if cargo is None:
        raise CodegenError(f"cargo is not installed: install cargo 1.82 or newer (rustup.rs), {by_hand}")
    stated = re.search(r"(\d+)\.(\d+)", subprocess.run([cargo, "--version"], capture_output=True, text=True).stdout)
    if stated and tuple(map(int, stated.groups())) < (1, 82):
        raise CodegenError(f"cargo {stated.group()} cannot fetch one crate: cargo 1.82 or newer can, {by_hand}")
    with tempfile.TemporaryDirectory() as elsewhere:  # a Cargo.toml nearby would change what cargo looks at
        done = subprocess.run([cargo, "info", f"{crate}@{version}"], cwd=elsewhere, capture_output=True, text=True)
    if done.returncode:
        raise CodegenError(f"cargo could not fetch {crate} {version}: {done.stderr.strip()}\nTry again, {by_hand}")


def read(path: Path) -> Source:
    """Read a .crate file or an unpacked crate."""
    if path.is_dir():
        found = (p for part in ("include", "src") for p in sorted((path / part).rglob("*")) if p.is_file())
        files = {p.relative_to(path).as_posix(): p.read_bytes() for p in found}
    elif path.is_file():
        files = _unpack(path)
    else:
        raise CodegenError(f"{path} is neither a .crate file nor an unpacked crate")
    if "include/wasmtime.h" not in files:
        raise CodegenError(f"{path} holds no include/wasmtime.h: expected the crate {CRATE}")
    headers = _texts(files, "include/", (".h", ".h.in"))
    rust = _texts(files, "src/", (".rs",))
    return Source(_stated_version(headers["wasmtime.h"]), headers, rust)


def _texts(files: dict[str, bytes], folder: str, endings: tuple[str, ...]) -> dict[str, str]:
    names = [name for name in files if name.startswith(folder) and name.endswith(endings)]
    try:
        return {name.removeprefix(folder): files[name].decode() for name in names}
    except UnicodeDecodeError as error:
        raise CodegenError(f"a file in {folder} is not UTF-8 text: {error}") from None


def _unpack(path: Path) -> dict[str, bytes]:
    try:
        with tarfile.open(path) as archive:
            members = [m for m in archive if m.isfile()]
            return {m.name.partition("/")[2]: archive.extractfile(m).read() for m in members}  # type: ignore[union-attr]
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        reason = str(error).partition("\n")[0].rstrip(":")
        raise CodegenError(f"{path} is not a whole .crate file: {reason}") from None


def _stated_version(umbrella: str) -> str:
    """The version that wasmtime.h itself states, all of its macros agreeing."""
    macros = dict(re.findall(r'^#define WASMTIME_(VERSION\w*) "?([\d.]+)"?$', umbrella, re.M))
    parts = ".".join(macros.get(f"VERSION_{part}", "?") for part in ("MAJOR", "MINOR", "PATCH"))
    if macros.get("VERSION") != parts:
        raise CodegenError(f"wasmtime.h contradicts itself: WASMTIME_VERSION {macros.get('VERSION')}, parts {parts}")
    return parts


def render_conf(template: str, features: set[str]) -> tuple[str, list[str]]:
    """conf.h from conf.h.in with these features on, and the features that it knows."""
    known: list[str] = []

    def line(match: re.Match[str]) -> str:
        known.append(match[1])
        return f"#define WASMTIME_FEATURE_{match[1]}" if match[1] in features else ""

    return re.sub(r"^#cmakedefine WASMTIME_FEATURE_(\w+)$", line, template, flags=re.M), known
