"""How long does a program for WASI take, from the start of Python to its captured output?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.contest import Contest, Row, Side
from bench.processes import compile_packages
from codegen import programs

_FOLDER = Path(__file__).parent
_OUTPUT = b"Hello, world!\\n"


def _process(folder: TemporaryDirectory[str], script: str, *arguments: str) -> Side:
    """Times the script. What caches there are lie in the folder: the first run fills them.

    One peer process in some thousands aborts after its output: a thread of its WASI waits for Python while that ends.
    """
    ends = (0, -signal.SIGABRT) if script.endswith("_peer.py") else (0,)
    environment = {**os.environ, "HOME": folder.name, "XDG_CACHE_HOME": folder.name}
    command = [sys.executable, str(_FOLDER / script), *arguments]

    def sample() -> float:
        begin = perf_counter()
        done = subprocess.run(command, cwd=folder.name, env=environment, capture_output=True)
        end = perf_counter()
        assert _OUTPUT in done.stdout, done
        assert done.returncode in ends, done
        return end - begin

    sample()
    return sample


def _hello() -> Contest:
    compile_packages()
    folder = TemporaryDirectory()
    ours, peer = _process(folder, "hello_wasi.py"), _process(folder, "hello_wasi_peer.py")
    return Contest(ours, peer, finish=folder.cleanup)


def _python() -> Contest:
    compile_packages()
    folder, wasm = TemporaryDirectory(), str(programs.fetch_python())
    ours = _process(folder, "python_wasi.py", wasm, str(Path(folder.name) / "images"))
    return Contest(ours, _process(folder, "python_wasi_peer.py", wasm), finish=folder.cleanup)


def rows() -> list[Row]:
    return [
        Row("WASI hello process", _hello, 10.0, "from start to exit, bare Python included; output captured"),
        Row(
            "CPython for WASI, second start",
            _python,
            10.0,
            "a process that loads python.wasm from a compile cache (ours; the library's for the peer) and runs print()",
        ),
    ]
