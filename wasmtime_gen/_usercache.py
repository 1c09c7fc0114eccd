"""The user's cache of compiled modules, which the command line and the importer share."""

from __future__ import annotations

import os
import sys

from wasmtime_gen._config.config import Config
from wasmtime_gen._module import Module
from wasmtime_gen._process import process_engine

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


def cached_config(with_fuel: bool = False) -> Config:
    """What the modules in it are compiled for: that of run()."""
    return Config(interruptible=True, consume_fuel=with_fuel or None)


def cached_module(wasm: bytes, with_fuel: bool = False) -> Module:
    """The module, from the cache or compiled into it. The cache is a help: if it cannot be used, it is not."""
    engine = process_engine(cached_config(with_fuel))
    try:
        return Module(engine, wasm, cache=cache_directory())
    except OSError:
        return Module(engine, wasm)
