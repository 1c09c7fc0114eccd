"""How long until a fresh process is of use? On compiled .pyc files, or it would measure the compiler."""

from __future__ import annotations

import compileall
import subprocess
import sys
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import wasmtime
import wasmtime_capi

import wasmtime_gen
from bench.contest import Contest, Row, Side

_HELLO = Path(__file__).parent.parent / "examples" / "hello.py"
_RAW_HELLO = Path(__file__).parent / "hello_raw.py"
_PEER_HELLO = Path(__file__).parent / "hello_peer.py"


@cache
def compile_packages() -> None:
    for package in (wasmtime_gen, wasmtime_capi, wasmtime):
        for folder in package.__path__:
            compileall.compile_dir(folder, quiet=1)


def _process(folder: TemporaryDirectory[str], *arguments: str) -> Side:
    def sample() -> float:
        begin = perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=folder.name, check=True, stdout=subprocess.DEVNULL)
        return perf_counter() - begin

    sample()
    return sample


def _import() -> Contest:
    compile_packages()
    folder = TemporaryDirectory()  # the working directory is searched first: an empty one is fair to both
    names = "import Engine, Func, Linker, Module, Store"
    codes = (f"from wasmtime_gen {names}", f"from wasmtime {names}", "pass")
    ours, peer, floor = (_process(folder, "-c", code) for code in codes)
    return Contest(ours, peer, floor, folder.cleanup)


def _hello(program: Path) -> Contest:
    compile_packages()
    folder = TemporaryDirectory()
    return Contest(_process(folder, str(program)), _process(folder, str(_PEER_HELLO)), finish=folder.cleanup)


def rows() -> list[Row]:
    return [
        Row(
            "import over bare Python",
            _import,
            12.0,
            "python -c 'from ... import Engine, Func, Linker, Module, Store' minus python -c 'pass'",
        ),
        Row("hello-world process", partial(_hello, _HELLO), 10.0, "from start to exit, bare Python included"),
        Row(
            "the same by the raw layer alone", partial(_hello, _RAW_HELLO), 10.0, "no check, no wasmtime_gen: the floor"
        ),
    ]
