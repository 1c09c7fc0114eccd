"""Run Python text that nobody trusts: CPython as a guest, with bounds on memory, instructions and output, and no files.

`make fetch` brings the interpreter. The programs to run are arguments, or those below.
"""

import sys
from pathlib import Path

from wasmtime_gen import STDOUT, Capture, Engine, Exit, Linker, Module, Store, WasiConfig, WasmtimeError

CACHE = Path(__file__).parent.parent / ".cache"
PYTHON = CACHE / "programs" / "python.wasm"
UNTRUSTED = [
    "print(sum(n * n for n in range(1000)))",
    "print(open('/etc/passwd').read())",
    "print(len('x' * 10**9))",
    "while True: pass",
    "while True: print('spam ' * 1000)",
]

engine = Engine(consume_fuel=True)
interpreter = Module.from_file(engine, PYTHON, cache=CACHE / "images")
linker = Linker(engine)
linker.define_wasi()


def run(code: str) -> tuple[str, str]:
    """What the code prints, and how it ends."""
    with Store(engine) as store:
        store.set_limits(memory_size=64 << 20, memories=1, instances=1)
        store.fuel = 2_000_000_000
        store.wasi = WasiConfig(args=["python", "-c", code], stdout=Capture(100_000), stderr=STDOUT)
        ending = "ended"
        try:
            linker.instantiate(store, interpreter).exports._start()
        except Exit as exit:
            ending = f"exited with {exit.code}"
        except WasmtimeError as error:
            ending = f"stopped: {str(error).splitlines()[0]}"
        return store.wasi.stdout.decode(errors="replace"), ending


for code in [Path(path).read_text() for path in sys.argv[1:]] or UNTRUSTED:
    output, ending = run(code)
    last_line = (output.splitlines() or [""])[-1]
    print(f">>> {code}\n{last_line:.74}\n[{ending}]")
