"""What an import loads, for promises that it loads nothing slow, whichever modules of ours it is spread over."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from os import environ
from pathlib import Path

import wasmtime_capi

import wasmtime_gen

ROOT = Path(__file__).parents[2]

# The library is open and its functions can be bound, which every part of the package starts from. What that loads is
# looked at in test_package.py.
HEAD = f"""
import sys
sys.path[:0] = {[str(ROOT), str(ROOT / "generated")]!r}
PREFIX
import __future__
package = type(sys)("wasmtime_gen")
package.__path__ = [{str(ROOT / "wasmtime_gen")!r}]
sys.modules["wasmtime_gen"] = package
from wasmtime_gen._raw import raw
raw.wasm_config_new
from time import perf_counter
before, start = set(sys.modules), perf_counter()
"""


def fresh(script: str, cache: Path | None = None) -> list[str]:
    """What a script prints in a new process. Modules that have run before with this `cache` are compiled there."""
    environment = environ | {"WASMTIME_GEN_LIBRARY": wasmtime_capi.library()._name}
    head = HEAD.replace("PREFIX", f"sys.pycache_prefix = {str(cache)!r}" if cache else "sys.dont_write_bytecode = True")
    command = [sys.executable, "-I", "-S", "-c", head + script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def loads(script: str, cache: Path | None = None) -> set[str]:
    """The modules that a script loads, but for those that are built into the interpreter."""
    return {*fresh(f"{script}\nprint(*set(sys.modules) - before)", cache)} - {*sys.builtin_module_names}


def check_cheap(loaded: Iterable[str], wanted: Iterable[str], tables: Iterable[str] = ()) -> None:
    """Nothing from outside, of the generated package `tables` only, and of ours no home of a public name but `wanted`.

    Ours may load what modules without public names they want, since these load nothing else either. An error can be
    raised anywhere, so these have their home at hand.
    """
    homes = {f"wasmtime_gen.{home}" for home in wasmtime_gen._HOMES.values()}
    needed = {"wasmtime_gen._errors", *(f"wasmtime_gen.{each}" for each in wanted)}
    assert {each for each in loaded if not each.startswith(("wasmtime_gen.", "wasmtime_capi."))} == set()
    assert {each for each in loaded if each.startswith("wasmtime_capi.")} == {f"wasmtime_capi.{t}" for t in tables}
    assert {each for each in loaded if each in homes - needed} == set()
    assert needed - {*loaded} == set()
