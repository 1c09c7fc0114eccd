"""Finds libwasmtime, refuses one that these bindings do not fit, and opens it once.

On the import path of everything: no pathlib, re, platform or importlib here unless something is wrong.
"""

import os
import sys
from _thread import RLock
from ctypes import CDLL

from wasmtime_capi.version import PACKAGE, VERSION

ENVIRONMENT = "WASMTIME_GEN_LIBRARY"
# The library exports its exact version in the names of symbols, and has no other way to tell it.
_MARK = "set_vmctx_memory_"

_lock = RLock()
_opened: list[CDLL] = []


class LibraryError(ImportError):
    """libwasmtime is missing, of another version, or incomplete."""


def library() -> CDLL:
    """libwasmtime, found, checked and opened at the first call.

    Looks at the file that the environment variable WASMTIME_GEN_LIBRARY names, then inside this package, then inside
    the installed package `wasmtime`. Raises LibraryError when there is none, or when the first one found is of another
    major version or lacks functions.
    """
    if not _opened:
        with _lock:
            if not _opened:
                _opened.append(_open(find()))
    return _opened[0]


def find() -> str:
    """The path of the library that will be used."""
    if sys.maxsize < 2**32:
        raise LibraryError("wasmtime_capi needs a 64-bit Python: the layouts of its records are those of 64 bits")
    given = os.environ.get(ENVIRONMENT)
    if given:
        if not os.path.isfile(given):
            raise LibraryError(f"{ENVIRONMENT} names {given}, which is not a file")
        return os.path.abspath(given)  # the system would look for a bare name in its own folders
    name, folder = _platform()
    bundled = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_native", name)
    if os.path.isfile(bundled):
        return bundled
    for entry in sys.path:
        installed = os.path.join(entry or os.getcwd(), "wasmtime", folder, name)
        if os.path.isfile(installed):
            return installed
    imported = _through_import_system(os.path.join(folder, name))
    if imported:
        return imported
    raise LibraryError(
        f"libwasmtime {VERSION} was not found: {ENVIRONMENT} is not set, {bundled} does not exist, and no folder of "
        f"sys.path holds wasmtime{os.sep}{folder}{os.sep}{name}. Install it with: pip install wasmtime=={PACKAGE}"
    )


def _platform() -> tuple[str, str]:
    """The library's file name, and its folder in the package `wasmtime`."""
    system = "android" if hasattr(sys, "getandroidapilevel") else sys.platform
    if system == "win32":
        machine = "aarch64" if "ARM64" in sys.version.upper() else "x86_64"
        return "_wasmtime.dll", f"win32-{machine}"
    machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(os.uname().machine.lower(), os.uname().machine)
    return "_libwasmtime.dylib" if system == "darwin" else "_libwasmtime.so", f"{system}-{machine}"


def _through_import_system(tail: str) -> str:
    """For packages that sys.path alone does not reach (editable installs): find, without importing it."""
    from importlib.util import find_spec

    spec = find_spec("wasmtime")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = os.path.join(folder, tail)
        if os.path.isfile(path):
            return path
    return ""


def _open(path: str) -> CDLL:
    try:
        found = CDLL(path)
    except OSError as error:
        raise LibraryError(f"libwasmtime at {path} cannot be loaded: {error}") from None
    exact = _has(found, _MARK + VERSION.replace(".", "_"))
    if not exact:
        _check_version(path)
    # The library of the release has been checked when these bindings were made; any other one is checked here.
    if not exact or os.environ.get(ENVIRONMENT):
        _check_functions(found, path)
    return found


def _has(found: CDLL, symbol: str) -> bool:
    try:
        found[symbol]
    except AttributeError:
        return False
    return True


def version_of(path: str) -> str:
    """The version that the library at `path` states, "" if it states none."""
    import mmap
    import re

    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        match = re.search(_MARK.encode() + rb"(\d+)_(\d+)_(\d+)", content)
        return ".".join(part.decode() for part in match.groups()) if match else ""


def _check_version(path: str) -> None:
    found = version_of(path)
    if not found:
        raise LibraryError(f"{path} is not libwasmtime, or does not state its version: expected {VERSION}")
    if found.partition(".")[0] != VERSION.partition(".")[0]:
        raise LibraryError(
            f"libwasmtime at {path} is version {found}, but these bindings were generated from the "
            f"headers of {VERSION}: layouts and signatures differ between major versions. Install the one that fits "
            f"with: pip install wasmtime=={PACKAGE}, or regenerate with: make regen VERSION={found}"
        )


def _check_functions(found: CDLL, path: str) -> None:
    from wasmtime_capi.functions import FUNCTIONS, SYMBOLS

    missing = [name for name in FUNCTIONS if not _has(found, SYMBOLS.get(name, name))]
    if missing:
        raise LibraryError(
            f"libwasmtime at {path} lacks {len(missing)} of the {len(FUNCTIONS)} functions that these bindings declare "
            f"(was it built with fewer features?): {', '.join(missing)}"
        )
