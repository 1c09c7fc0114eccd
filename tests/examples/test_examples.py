"""Every example runs as a user runs it, and prints what it should."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PRINTS = {
    "caller.py": "37 50 [6, 7]\n",
    "epochs.py": "stopped: wasm trap: interrupt\n",
    "exceptions.py": "the guest caught 7\ncaught here: (8, 'told by the host')\n",
    "externref.py": "True None\n",
    "fuel.py": (
        "fib(5) = 5 burns 146 units\n"
        "fib(10) = 55 burns 1766 units\n"
        "fib(30): wasm trap: all fuel consumed by WebAssembly\n"
    ),
    "hello.py": "Hello, world!\n",
    "import_wasm.py": "6 42 (a0: int, a1: int, /) -> int\ncounting 2\ncounting 1\n2\n",
    "linking.py": (
        "import env.limit is missing: define a (global i64) with linker.define(store, 'env', 'limit', global_)\n"
        "missing: ['limit']\nlog: 21\nrun: 42\nlog: 1\nlog: 2\nsum: 6\n"
    ),
    "memory.py": (
        "b'\\x01\\x00\\x00\\x00\\x02\\x00\\x00\\x00' 1 2\n-4\n7 70 (3, 4, 30, 40) 40\n1 2 131072\n"
        "4 bytes at address 131070 are out of range: the memory has 131072 bytes\n"
    ),
    "multi_value.py": "(1099511627776, 1)\n(3, 2)\n",
    "numpy_view.py": "[1.0, 3.0, 5.0, 7.0, 9.0] 25.0\n1.0\n",
    "process_pool.py": "[1, 55, 5050]\n",
    "run.py": (
        "3 b'Hello from stdin!' 65536\nAs it comes\nprogram exited with code 3\nthe guest ran longer than 0.1 seconds\n"
    ),
    "sandbox_python.py": (
        ">>> print(sum(n * n for n in range(1000)))\n332833500\n[exited with 0]\n"
        ">>> print(open('/etc/passwd').read())\n"
        "FileNotFoundError: [Errno 44] No such file or directory: '/etc/passwd'\n[exited with 1]\n"
        ">>> print(len('x' * 10**9))\nMemoryError\n[exited with 1]\n"
        ">>> while True: pass\n\n[stopped: the guest ran longer than 2 seconds]\n"
        ">>> import time; time.sleep(10**6)\n\n[stopped: the guest ran longer than 2 seconds]\n"
        ">>> while True: print('spam ' * 1000)\n"
        f"{' '.join(['spam'] * 15)}\n[stopped: the program wrote more than 100000 bytes to stdout: raise the limit, or "
        "take the output with run(..., stdout=function)]\n"
    ),
    "shared_memory.py": "200000\n",
    "strings.py": "the guest says Grüße aus dem Modul\nversion 1.0\nNAïVE QUESTION 15\n",
    "table.py": "42 10 None\n121\n3 True 8\nTrue True\n",
    "timeout.py": "the guest ran longer than 0.1 seconds ['spin']\n3\n",
    "wasi.py": "Hello from stdin! 17\n",
}


def test_every_example_is_listed_here() -> None:
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == set(PRINTS)


@pytest.mark.parametrize("name", PRINTS)
def test_an_example_prints_what_it_should(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if name == "sandbox_python.py":
        request.getfixturevalue("python_wasm")
    command = [sys.executable, "-X", "dev", "-W", "error", str(ROOT / "examples" / name)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, PRINTS[name], "")


def test_the_tour_of_the_readme_runs(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text()
    code = readme.partition("```python\n")[2].partition("```")[0]
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[:4] == ["the guest says 7", "3", "the guest says 1", "wasm trap: integer divide by zero"]
