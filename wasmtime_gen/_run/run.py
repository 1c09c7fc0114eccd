"""run(): a program for WASI from its start to its end, as subprocess.run() does it.

The guest runs in a thread of its own (job.py). The caller waits for what that asks of it: the functions that take its
output and give its input are called here, in the caller's thread. So a Ctrl-C comes at once, whatever the guest does,
and ends it.
"""

from __future__ import annotations

from wasmtime_gen._handle import checked
from wasmtime_gen._interruption import check_seconds
from wasmtime_gen._numbers import unsigned
from wasmtime_gen._run.completed import CompletedProgram
from wasmtime_gen._run.job import Job
from wasmtime_gen._run.program import check_program, name_of
from wasmtime_gen._wasi.config import INHERIT, Capture, Inherit, ToStdout, WasiConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from wasmtime_gen._run.program import Program
    from wasmtime_gen._wasi.config import Directory, Input, Output


def run(
    program: Program,
    args: Iterable[str] = (),
    *,
    input: Input | Any = None,
    env: Mapping[str, str] | Inherit | None = None,
    dirs: Mapping[str, Directory] | None = None,
    timeout: float | None = None,
    fuel: int | None = None,
    memory: int | None = None,
    capture: bool = True,
    limit: int = 1 << 24,
    check: bool = False,
    name: str | None = None,
    stdout: Output | Any = ...,
    stderr: Output | ToStdout | Any = ...,
) -> CompletedProgram:
    """Run a program for WASI to its end.

    - `program`: the path of a file, its bytes, or a Module of an engine with `interruptible=True`. What is no Module is
      compiled once and remembered, 16 programs in a process: load it with a CompileCache to spare other processes that.
    - `args`: what the program gets behind its own name.
    - `input`: its stdin: bytes, text, a Path, INHERIT, an open file, or a function that gets a number of bytes and
      returns at most so many. Empty if not given.
    - `env`, `dirs`: its environment, and the directories that it sees, by the path that it sees them at; read-only, but
      for a WritableDir. It has nothing of either if not given.
    - `timeout`: seconds that it may run, without the compiling. When they are over it is stopped, and GuestTimeout
      raised.
    - `fuel`: instructions, about, that it may execute. Without fuel it traps.
    - `memory`: bytes that its linear memories may take together. What grows beyond fails in the program, which sees -1.
      Several memories share it evenly, used or not: the library compares each, whenever it grows, with one number for
      all. The heap of its garbage collector, if it has one, counts as one of them, and a shared memory with its
      maximum. Its tables may then have 10,000 elements, or what they begin with.
    - `capture`: whether stdout and stderr are captured, up to `limit` bytes each: a program that writes more is
      stopped, and OutputLimitError raised. Otherwise they are those of this process.
    - `name`: what the program is told that it is called, instead of its path or the name of its module.
    - `stdout`, `stderr`: where one of them goes instead: a Path, INHERIT, a binary file or a function that gets pieces
      of bytes, None to drop it, a Capture with a bound of its own; and STDOUT for stderr.
    - `check`: raise CalledProgramError unless the exit code is 0.

    Functions, and files without a descriptor, are used in the thread of the caller, and what they raise stops the
    program and comes out. Files with one are written to past their buffers, as subprocess.run() does.

    Returns a CompletedProgram, also for a program that trapped. Of one that was stopped it is the error's `result`.
    A program in a step of the library that cannot be interrupted (see Store.timeout) is left alone a second after it
    was stopped, and one that is still being compiled is at once: its thread ends with the step.

    Raises WasmtimeError for what is no such program, or begins with more memory than it may have, and OSError for files
    and directories that cannot be opened.

    >>> from wasmtime_gen import run, wat2wasm
    >>> run(wat2wasm('(module (memory (export "memory") 2) (func (export "_start")))'), timeout=5).peak_memory
    131072
    """
    if timeout is not None:
        check_seconds(timeout)
    check_program(program)
    job = Job(program, timeout)
    job.fuel = None if fuel is None else unsigned(fuel, 64, "fuel")
    job.memory = None if memory is None else unsigned(memory, 63, "memory")
    usual = Capture(limit) if checked(capture, bool, "capture") else INHERIT
    job.config = WasiConfig(
        args=(name_of(program) if name is None else name, *WasiConfig(args=args).args),
        env=env,
        stdin=job.source(input),
        preopens=dirs,
        stdout=job.sink(1, usual if stdout is ... else stdout),
        stderr=job.sink(2, usual if stderr is ... else stderr),
    )
    result = job.carry_out()
    if check:
        result.check_returncode()
    return result
