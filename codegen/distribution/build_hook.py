"""Build hook: the library of the pinned release of `wasmtime` goes into our wheel, with its licence and platform tag.

A wheel so depends on nothing, and another package's pin of `wasmtime` cannot conflict with it. An editable install has
no place for a library: it depends on the release, and finds the library there.

The release is the one installed where the wheel is built (a build requirement), or the wheel file of any platform that
the environment variable WASMTIME_GEN_WHEEL names.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from importlib.metadata import Distribution, PackagePath, distributions
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_LIBRARIES = ("_libwasmtime.so", "_libwasmtime.dylib", "_wasmtime.dll")
_WEAK = 2  # VER_FLG_WEAK of elf.h
_INTO = "wasmtime_capi/_native"  # where wasmtime_capi looks first


class BundledLibrary(BuildHookInterface):  # type: ignore[type-arg]
    def dependencies(self) -> list[str]:
        return [self._requirement(), "lief>=0.16"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            build_data["dependencies"].append(self._requirement())
            return
        release = self._release()
        library = _file(release, *_LIBRARIES)
        content = library.read_binary()
        self._folder = tempfile.mkdtemp()
        for name, data in ((library.name, content), ("LICENSE", _file(release, "LICENSE").read_binary())):
            path = Path(self._folder, name)
            path.write_bytes(data)
            build_data["force_include"][str(path)] = f"{_INTO}/{name}"
        build_data["pure_python"] = False
        build_data["tag"] = _tag(release, content)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            shutil.rmtree(self._folder)

    def _requirement(self) -> str:
        return f"wasmtime=={self._pinned()}"

    def _pinned(self) -> str:
        versions = json.loads((Path(self.root) / "codegen" / "versions.json").read_text())
        return str(versions["known"][versions["pinned"]]["package"])

    def _release(self) -> Distribution:
        given = os.environ.get("WASMTIME_GEN_WHEEL")
        release = next(iter(distributions(name="wasmtime", path=[given] if given else sys.path)), None)
        if release is None or release.version != self._pinned():
            found = f"wasmtime {release.version}" if release else "no release of wasmtime"
            raise ValueError(f"{given or 'this Python'} holds {found}, and the wheel needs {self._pinned()}")
        return release


def _file(release: Distribution, *names: str) -> PackagePath:
    found = next((file for file in release.files or () if file.name in names), None)
    if found is None:
        raise ValueError(
            f"wasmtime {release.version} has no {' or '.join(names)} for this platform: build the wheel of another, "
            "with WASMTIME_GEN_WHEEL=its wheel of wasmtime"
        )
    return found


def _tag(release: Distribution, library: bytes) -> str:
    """The release's own tag; but for glibc the version that the library states, which the release's tag understates."""
    tag = re.findall(r"^Tag: (\S+)$", release.read_text("WHEEL") or "", re.M)[0]
    linux = re.fullmatch(r"(\S+)-manylinux(?:\d+|_\d+_\d+)_(\w+)", tag)
    return f"{linux[1]}-manylinux_2_{_glibc(library)}_{linux[2]}" if linux else tag


def _glibc(library: bytes) -> int:
    """The least minor version of glibc 2 that loads this library: it may do without what is marked as weak."""
    import lief

    binary = lief.ELF.parse(list(library))
    assert binary, "the library of a wheel for Linux is an ELF file"
    needed = [need for each in binary.symbols_version_requirement for need in each.get_auxiliary_symbols()]
    found = [re.match(r"GLIBC_2\.(\d+)", str(need.name)) for need in needed if not need.flags & _WEAK]
    return max(int(match[1]) for match in found if match)
