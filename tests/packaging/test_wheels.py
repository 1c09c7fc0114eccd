"""The wheel of every platform: its tag, its library, and nothing else that needs installing."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from email.parser import Parser
from pathlib import Path

import lief
import pytest

from codegen import wheels
from tests.packaging.conftest import Distributions
from wasmtime_gen import __version__

INFO = f"wasmtime_gen-{__version__}.dist-info"
ELF, MACHO, PE = lief.ELF.ARCH, lief.MachO.Header.CPU_TYPE, lief.PE.Header.MACHINE_TYPES
# Of each platform: the tag, the library's name, and its architecture, each format having names of its own.
EXPECTED = {
    "android_26_arm64_v8a": ("android_26_arm64_v8a", "_libwasmtime.so", ELF.AARCH64),
    "android_26_x86_64": ("android_26_x86_64", "_libwasmtime.so", ELF.X86_64),
    "macosx_11_0_arm64": ("macosx_11_0_arm64", "_libwasmtime.dylib", MACHO.ARM64),
    "macosx_11_0_x86_64": ("macosx_10_13_x86_64", "_libwasmtime.dylib", MACHO.X86_64),
    "manylinux2014_aarch64": ("manylinux_2_18_aarch64", "_libwasmtime.so", ELF.AARCH64),
    "manylinux2014_x86_64": ("manylinux_2_17_x86_64", "_libwasmtime.so", ELF.X86_64),
    "musllinux_1_2_aarch64": ("musllinux_1_2_aarch64", "_libwasmtime.so", ELF.AARCH64),
    "musllinux_1_2_x86_64": ("musllinux_1_2_x86_64", "_libwasmtime.so", ELF.X86_64),
    "win_amd64": ("win_amd64", "_wasmtime.dll", PE.AMD64),
    "win_arm64": ("win_arm64", "_wasmtime.dll", PE.ARM64),
}
FORMATS = {
    "_libwasmtime.so": lief.ELF.Binary,
    "_libwasmtime.dylib": lief.MachO.Binary,
    "_wasmtime.dll": lief.PE.Binary,
}


def test_every_platform_is_listed_here() -> None:
    assert tuple(EXPECTED) == wheels.PLATFORMS


@pytest.mark.parametrize("platform", EXPECTED)
def test_a_wheel_carries_the_library_of_its_tag(wheel_for: Callable[[str], Path], platform: str) -> None:
    tag, name, architecture = EXPECTED[platform]
    wheel = wheel_for(platform)
    assert wheel.name == f"wasmtime_gen-{__version__}-py3-none-{tag}.whl"
    with zipfile.ZipFile(wheel) as archive:
        stated = archive.read(f"{INFO}/WHEEL").decode()
        natives = [each for each in archive.namelist() if "/_native/" in each]
        library = lief.parse(list(archive.read(f"wasmtime_capi/_native/{name}")))
    assert f"Tag: py3-none-{tag}\n" in stated
    assert "Root-Is-Purelib: false\n" in stated
    assert natives == ["wasmtime_capi/_native/LICENSE", f"wasmtime_capi/_native/{name}"]
    assert type(library) is FORMATS[name]
    assert _architecture(library) == architecture
    _check_system(library, tag)


def _architecture(library: object) -> object:
    if isinstance(library, lief.ELF.Binary):
        return library.header.machine_type
    if isinstance(library, lief.MachO.Binary):
        return library.header.cpu_type
    assert isinstance(library, lief.PE.Binary)
    return library.header.machine


def _check_system(library: object, tag: str) -> None:
    """The library asks for no newer system than the tag promises, and for the libc of its kind."""
    if isinstance(library, lief.MachO.Binary):
        build, least = library.build_version, library.version_min
        needed = build.minos if build else least.version if least else []
        _, major, minor, *_ = tag.split("_")
        assert tuple(needed[:2]) <= (int(major), int(minor))
    elif isinstance(library, lief.ELF.Binary):
        needs = [need for each in library.symbols_version_requirement for need in each.get_auxiliary_symbols()]
        glibc = {str(need.name): need.flags for need in needs if str(need.name).startswith("GLIBC_2")}
        required = [int(name.split(".")[1]) for name, flags in glibc.items() if not flags & 2]
        promised = re.match(r"manylinux_2_(\d+)_", tag)
        if promised:
            assert "libc.so.6" in library.libraries
            assert max(required) == int(promised[1])
        else:
            assert "libc.so" in library.libraries


def test_a_wheel_requires_nothing_and_holds_nothing_but_the_two_packages(built: Distributions) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        names = archive.namelist()
        metadata = Parser().parsestr(archive.read(f"{INFO}/METADATA").decode())
        licences = [archive.read(name).decode() for name in names if name.endswith("/LICENSE")]
    assert {name.split("/")[0] for name in names} == {"wasmtime_gen", "wasmtime_capi", INFO}
    assert {"wasmtime_gen/py.typed", "wasmtime_capi/py.typed", "wasmtime_capi/__init__.pyi"} <= {*names}
    assert [each for each in metadata.get_all("Requires-Dist") or () if "extra ==" not in each] == []
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["License-Expression"] == "Apache-2.0 WITH LLVM-exception"
    assert metadata["License-File"] == "LICENSE"
    assert len(licences) == 2  # ours and Wasmtime's
    for licence in licences:
        assert "Apache License" in licence
        assert "LLVM Exceptions to the Apache 2.0 License" in licence
