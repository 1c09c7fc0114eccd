"""valgrind over the suite: python -m tests.safety.memcheck [pytest's arguments]

Fails for invalid accesses with a frame in libwasmtime or libffi, and for memory of theirs that is definitely lost. What
CPython itself does is not looked at, nor the faults of guests, which are traps. Needs Debian's valgrind.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("libwasmtime", "libffi", "_ctypes")
#: What is alive until the process ends: engines of the tests, spare traps and errors, and what types are made of.
#: Python keeps their addresses as numbers, in which valgrind sees no pointers.
KEPT = ("wasm_engine_new_with_config", "wasmtime_trap_new", "wasmtime_error_new", "wasmtime_valtype_to_wasm")
#: What is about memory and calls, and starts few processes of its own.
TESTS = (
    *("calls", "failures", "host_functions", "table", "global", "memory", "memory_views", "linking", "exports"),
    *("caller", "handles", "store", "tag", "traps", "types_native", "instance_pre", "linker_definitions"),
    *("exceptions", "references", "by_bits", "images", "shared_memory", "memory_model", "numbers", "explain", "wasi"),
)


def main(arguments: list[str]) -> int:
    chosen = arguments or [f"tests/api/test_{name}.py" for name in TESTS]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = ["valgrind", "--xml=yes", f"--xml-file={report}", "--leak-check=full", "--show-leak-kinds=definite"]
        command += ["--errors-for-leak-kinds=definite", "--smc-check=all-non-file", "--num-callers=40", "--quiet"]
        # The instruction at fault tells which trap it is: valgrind knows it exactly if it takes one at a time.
        command += ["--vex-guest-max-insns=1"]
        command += [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", *chosen]
        environment = {**os.environ, "PYTHONMALLOC": "malloc"}
        passed = subprocess.run(command, cwd=ROOT, env=environment).returncode == 0
        errors = list(ElementTree.parse(report).getroot().iter("error"))
    ours = [error for error in errors if is_ours(error)]
    for error in ours:
        print(error.findtext("kind"), error.findtext("what") or error.findtext("xwhat/text"))
        for frame in list(error.iter("frame"))[:12]:
            print(f"    {frame.findtext('fn')} in {frame.findtext('obj')}")
    lost = sum(int(error.findtext("xwhat/leakedbytes") or 0) for error in ours)
    invalid = sum(not (error.findtext("kind") or "").startswith("Leak_") for error in ours)
    print(f"{lost} bytes definitely lost and {invalid} invalid accesses in libwasmtime or libffi; {len(errors)} in all")
    return 0 if passed and not ours else 1


def is_ours(error: ElementTree.Element) -> bool:
    """Whether this is a mistake of the library, or of how we call it."""
    kind, frames = error.findtext("kind") or "", list(error.iter("frame"))
    if not any(name in (frame.findtext("obj") or "") for frame in frames for name in OURS):
        return False
    if kind.startswith("Leak_"):
        return not any(frame.findtext("fn") in KEPT for frame in frames)
    # Vectorized searches read more than was written, and use what they need of it.
    return kind.startswith("Invalid") and frames[0].findtext("obj") is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
