"""Run Python text that nobody trusts: CPython as a guest, with bounds on time, memory and output, and no files.

`make fetch` brings the interpreter. The programs to run are arguments, or those below.
"""

import sys
from pathlib import Path

from wasmtime_gen import STDOUT, Engine, GuestTimeout, Module, OutputLimitError, run

CACHE = Path(__file__).parent.parent / ".cache"
PYTHON = CACHE / "programs" / "python.wasm"
UNTRUSTED = [
    "print(sum(n * n for n in range(1000)))",
    "print(open('/etc/passwd').read())",
    "print(len('x' * 10**9))",
    "while True: pass",
    "import time; time.sleep(10**6)",
    "while True: print('spam ' * 1000)",
]

interpreter = Module.from_file(Engine(interruptible=True), PYTHON, cache=CACHE / "images")


def ending(code: str) -> tuple[bytes, str]:
    """What the code prints, and how it ends."""
    try:
        result = run(interpreter, ["-c", code], timeout=2, memory=64 << 20, limit=100_000, stderr=STDOUT)
        return result.stdout or b"", f"exited with {result.returncode}"
    except (GuestTimeout, OutputLimitError) as error:
        output = error.result and error.result.stdout
        return output or b"", f"stopped: {str(error).splitlines()[0]}"


for code in [Path(path).read_text() for path in sys.argv[1:]] or UNTRUSTED:
    output, how = ending(code)
    last_line = (output.decode(errors="replace").splitlines() or [""])[-1]
    print(f">>> {code}\n{last_line:.74}\n[{how}]")
