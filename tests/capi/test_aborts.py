"""The functions that are excused because they abort really do: each is called in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.capi import fresh
from tests.capi.subject import API, IS_PINNED, PACKAGE

EXCUSE = "aborts the process whenever it is called"
ABORTING = [e.name for e in API.excused if e.kind == "functions" and e.reason == EXCUSE]

# One process opens the library, and a child of it makes each call: with NULL, and with addresses of zeroed memory.
CALLS = """
import json, os, signal
from ctypes import addressof, c_char, c_void_p
from wasmtime_capi import library

opened, zeroes, ends = library(), (c_char * 4096)(), {}
silent = os.open(os.devnull, os.O_WRONLY)
for name in NAMES:
    for given in (None, addressof(zeroes)):
        child = os.fork()
        if not child:
            try:
                os.dup2(silent, 2)
                signal.alarm(5)
                function = opened[name]
                function.argtypes, function.restype = [c_void_p] * 3, c_void_p
                function(given, given, given)
            finally:
                os._exit(0)
        ends.setdefault(name, []).append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps(ends))
"""


def ends(names: list[str], library: Path) -> dict[str, list[int]]:
    """How a call of each function ends its process: an exit code, or the negative number of a signal."""
    told = fresh.output(f"NAMES = {names!r}\n{CALLS}", [PACKAGE.parent], {"WASMTIME_GEN_LIBRARY": os.fspath(library)})
    ended: dict[str, list[int]] = json.loads(told)
    return ended


@pytest.mark.skipif(not IS_PINNED, reason="the excuse is written for the pinned version")
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_every_function_excused_as_aborting_aborts(library: Path) -> None:
    assert ABORTING
    alive = {name: how for name, how in ends(ABORTING, library).items() if set(how) != {-signal.SIGABRT}}
    assert alive == {}


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_function_that_returns_is_told_from_one_that_aborts(library: Path) -> None:
    assert ends(["wasm_config_new"], library) == {"wasm_config_new": [0, 0]}


def test_functions_are_excused_for_no_other_reason() -> None:
    assert {e.reason for e in API.excused if e.kind == "functions"} == {EXCUSE}
