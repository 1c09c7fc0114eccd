"""Threads that use a name for the first time at the same moment get one and the same object."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from tests.capi import fresh
from tests.capi.subject import C_NAMES, PACKAGE

# The switch interval makes the threads meet inside of what binds a name.
RACE = """
import sys, threading
import wasmtime_capi as c

sys.setswitchinterval(1e-6)
THREADS = 16
got, start = [None] * THREADS, threading.Barrier(THREADS)

def bind(index):
    start.wait()
    got[index] = [getattr(c, name) for name in NAMES]

threads = [threading.Thread(target=bind, args=(index,)) for index in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert all(got), "a thread failed"
print([name for index, name in enumerate(NAMES) if any(found[index] is not getattr(c, name) for found in got)])
"""


@pytest.mark.parametrize("seed", range(4))
def test_threads_that_bind_the_same_names_at_once_get_identical_objects(seed: int, library: Path) -> None:
    environment = {"WASMTIME_GEN_LIBRARY": os.fspath(library)}
    names = Random(seed).sample(sorted(C_NAMES), 300)
    done = fresh.run(f"NAMES = {names}\n{RACE}", [PACKAGE.parent], environment)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
