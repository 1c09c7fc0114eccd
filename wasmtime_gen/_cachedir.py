"""Where compiled modules are kept if nobody says otherwise: for the command line and the importer."""

from __future__ import annotations

import os
import sys

ENVIRONMENT = "WASMTIME_GEN_CACHE"


def cache_directory() -> str:
    """The directory that WASMTIME_GEN_CACHE names, or `wasmtime_gen` where the user's caches are."""
    given = os.environ.get(ENVIRONMENT)
    if given:
        return given
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.join(base, "wasmtime_gen")
