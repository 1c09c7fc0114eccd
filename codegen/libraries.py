"""The released libraries, taken out of the PyPI wheels: what the bindings of every known version are proved against."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import lief

from codegen.errors import CodegenError

CACHE = Path(__file__).parent.parent / ".cache" / "libraries"
NAMES = ("_libwasmtime.so", "_libwasmtime.dylib", "_wasmtime.dll")


def cached(package: str) -> Path | None:
    """The library of this `wasmtime` release, if it was fetched."""
    return next((p for name in NAMES for p in (CACHE / package).glob(name)), None)


def fetch(package: str) -> Path:
    """The library of this `wasmtime` release, downloaded with pip when it is not in the cache."""
    if found := cached(package):
        return found
    with tempfile.TemporaryDirectory() as folder:
        download(f"wasmtime=={package}", folder)
        return _extract(next(Path(folder).glob("*.whl")), CACHE / package)


def find_package(version: str) -> str:
    """The release of the PyPI package that carries library `version`: its newest patch, if that states this version."""
    minor = version.rpartition(".")[0]
    with tempfile.TemporaryDirectory() as folder:
        download(f"wasmtime=={minor}.*", folder)
        wheel = next(Path(folder).glob("*.whl"))
        package = wheel.name.split("-")[1]
        stated = library_version(_extract(wheel, CACHE / package))
    if stated != version:
        raise CodegenError(
            f"wasmtime {package} on PyPI carries library {stated}, not {version}: regenerate for {stated}, "
            f"or name the release that carries {version} with PACKAGE="
        )
    return package


def check_package(package: str, version: str) -> None:
    """Refuse a release of the PyPI package that does not carry library `version`."""
    stated = library_version(fetch(package))
    if stated != version:
        raise CodegenError(f"wasmtime {package} on PyPI carries library {stated}, not {version}: leave PACKAGE out")


def library_version(library: Path) -> str:
    """The version in the name of the library's marker symbols."""
    for name in exported(library):
        if name.startswith("set_vmctx_memory_"):
            return ".".join(name.split("_")[-3:])
    raise CodegenError(f"{library} does not state its version: is it libwasmtime?")


def exported(library: Path) -> set[str]:
    """Names of all exported functions, for the library of any platform."""
    binary = lief.parse(str(library))
    if binary is None or isinstance(binary, lief.COFF.Binary):
        raise CodegenError(f"{library} is not a library that can be read")
    names = {str(symbol.name) for symbol in binary.exported_functions}
    return {name.removeprefix("_") if isinstance(binary, lief.MachO.Binary) else name for name in names}


def download(requirement: str, folder: str, *options: str) -> None:
    """Download one wheel with pip."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run([*command, *options, "--dest", folder, requirement], capture_output=True, text=True)
    if done.returncode:
        raise CodegenError(f"pip could not download {requirement}: {done.stderr.strip()}")


def _extract(wheel: Path, target: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        member = next((m for m in archive.namelist() if m.endswith(NAMES)), None)
        if member is None:
            raise CodegenError(f"{wheel.name} carries no library")
        target.mkdir(parents=True, exist_ok=True)
        path = target / Path(member).name
        path.write_bytes(archive.read(member))
        return path
