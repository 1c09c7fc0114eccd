"""Compiling modules with DWARF for an engine that translates it: in a process of its own.

The library ends the process over some of what a module's DWARF can say, and modules come from anywhere. So a child
compiles, and what it made is loaded here.
"""

from __future__ import annotations

import os
import sys

from wasmtime_gen._errors import CompileError, ValidationError, WasmtimeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wasmtime_gen._engine import Engine
    from wasmtime_gen._handle import Native

_CHILD = "from wasmtime_gen._debuginfo import work; work()"
_MADE, _INVALID, _REFUSED = b"made", b"invalid", b"refused"


def compiled_apart(engine: Engine, binary: bytes) -> Native:
    """The native module. Raises ValidationError when it is invalid, CompileError for anything else."""
    import pickle
    import subprocess

    from wasmtime_gen._config.config import Config
    from wasmtime_gen._image import native_from_image

    native = engine._use()
    if not sys.executable:
        raise CompileError("with debug_info=True, DWARF is compiled by another process: sys.executable tells of none")
    options = {**Config._given(engine.config), "profiler": None}
    done = subprocess.run(
        [sys.executable, "-c", _CHILD],
        input=pickle.dumps((options, binary)),
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    how, _, made = done.stdout.partition(b"\n")
    if how == _MADE:
        return native_from_image(native, made, len(made))
    if how in (_INVALID, _REFUSED):
        raise (ValidationError if how == _INVALID else CompileError)(made.decode())
    told = done.stderr.decode(errors="replace").strip().splitlines()
    reason = next((line for line in told if line.startswith("assertion")), told[-1] if told else "")
    raise CompileError(
        f"the library cannot translate this module's DWARF: {reason or f'exit code {done.returncode}'}. Compile it "
        "without debug_info=True, or without its sections .debug_*"
    )


def work() -> None:
    """What the child does: compile what comes on stdin, and write the library's image, or what it refuses."""
    import pickle

    from wasmtime_gen import Engine
    from wasmtime_gen._compiling import compiled_here
    from wasmtime_gen._image import native_image

    options, binary = pickle.load(sys.stdin.buffer)
    try:
        how, made = _MADE, native_image(compiled_here(Engine(**options), binary))
    except ValidationError as error:
        how, made = _INVALID, str(error).encode()
    except WasmtimeError as error:
        how, made = _REFUSED, str(error).encode()
    sys.stdout.buffer.write(how + b"\n" + made)
