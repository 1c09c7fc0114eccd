"""run(): a program for WASI from its start to its end, as subprocess.run() does it.

The guest runs in a thread of its own. The caller waits for what that asks of it: the functions that take its output and
give its input are called here, in the caller's thread. So a Ctrl-C comes at once, whatever the guest does, and ends it.
"""

from __future__ import annotations

import os
import threading
from contextlib import nullcontext, suppress
from queue import Empty, SimpleQueue
from time import monotonic, perf_counter

from wasmtime_gen._completed import TRAPPED, CompletedProgram
from wasmtime_gen._config import Config
from wasmtime_gen._engine import Engine
from wasmtime_gen._errors import Exit, OutputLimitError, WasmtimeError
from wasmtime_gen._footprint import Footprint, footprint
from wasmtime_gen._handle import checked
from wasmtime_gen._interruption import check_seconds
from wasmtime_gen._linker import Linker
from wasmtime_gen._module import Module, _binary, _read, wat2wasm
from wasmtime_gen._numbers import unsigned
from wasmtime_gen._process import _compiled, process_engine
from wasmtime_gen._raw import FUNC
from wasmtime_gen._store import Store
from wasmtime_gen._trap import GuestTimeout, Trap
from wasmtime_gen._waiting import FOREVER, SLICE
from wasmtime_gen._wasi_config import INHERIT, Capture, Inherit, ToStdout, WasiConfig
from wasmtime_gen._wasi_streams import Descriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike
    from typing import Any, TypeAlias

    from wasmtime_gen._instance import Instance
    from wasmtime_gen._interruption import Interruption
    from wasmtime_gen._wasi_config import Directory, Input, Output

    Program: TypeAlias = "str | PathLike[str] | bytes | bytearray | memoryview | Module"

_GRACE = 1.0  # seconds for a guest that was stopped to be gone: one that still is not is in one step of the library
_SIGNALS = 0.05  # seconds: some systems wake no thread that waits when there is a signal
_BEGUN = object()
_HOST_STACK = 256 << 10  # bytes of a thread's stack beyond what the guest may take


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
      Several memories share it evenly; the heap of its garbage collector, if it has one, counts as one of them, and a
      shared memory with its maximum. Its tables may then have 10,000 elements, or what they begin with.
    - `capture`: whether stdout and stderr are captured, up to `limit` bytes each: a program that writes more is
      stopped, and OutputLimitError raised. Otherwise they are those of this process.
    - `stdout`, `stderr`: where one of them goes instead: a Path, INHERIT, a binary file or a function that gets pieces
      of bytes, None to drop it, a Capture with a bound of its own; and STDOUT for stderr.
    - `check`: raise CalledProgramError unless the exit code is 0.

    Functions and files are used in the thread of the caller, and what they raise stops the program and comes out.

    Returns a CompletedProgram, also for a program that trapped. Of one that was stopped it is the error's `result`.
    A program in a step of the library that cannot be interrupted (see Store.timeout) is left alone a second after it
    was stopped: its thread ends with the step.

    Raises WasmtimeError for what is no such program, or begins with more memory than it may have, and OSError for files
    and directories that cannot be opened.

    >>> from wasmtime_gen import run, wat2wasm
    >>> run(wat2wasm('(module (memory (export "memory") 2) (func (export "_start")))'), timeout=5).peak_memory
    131072
    """
    if timeout is not None:
        check_seconds(timeout)
    if not isinstance(program, (str, os.PathLike, bytes, bytearray, memoryview, Module)):
        raise TypeError(f"program must be a path, bytes or a Module, not {type(program).__name__}")
    job = _Job(program, timeout)
    job.fuel = None if fuel is None else unsigned(fuel, 64, "fuel")
    job.memory = None if memory is None else unsigned(memory, 63, "memory")
    usual = Capture(limit) if checked(capture, bool, "capture") else INHERIT
    job.config = WasiConfig(
        args=(_name(program), *WasiConfig(args=args).args),
        env=env,
        stdin=job.source(input),
        preopens=dirs,
        stdout=job.sink(usual if stdout is ... else stdout),
        stderr=job.sink(usual if stderr is ... else stderr),
    )
    result = job.carry_out()
    if check:
        result.check_returncode()
    return result


class _Job:
    """One run: a guest in a thread, and a caller who does what that asks for."""

    def __init__(self, program: Program, timeout: float | None) -> None:
        self.program = program
        self.timeout = timeout
        self.fuel: int | None = None
        self.memory: int | None = None
        self.config = WasiConfig()
        self.input: int | None = None  # a descriptor to read from
        self.requests: SimpleQueue[Any] = SimpleQueue()
        self.interruption: Interruption | None = None
        self.is_stopped = False
        self.result: CompletedProgram | None = None
        self.error: BaseException | None = None

    # In the caller's thread

    def source(self, given: Any) -> Any:
        """What a WasiConfig takes as stdin."""
        if hasattr(given, "read"):
            try:
                self.input = given.fileno()
                return None
            except (AttributeError, OSError):  # such as io.BytesIO
                given = getattr(given, "read1", given.read)
        if callable(given) and not isinstance(given, type):
            return lambda size: self.ask(given, size)
        return given

    def sink(self, given: Any) -> Any:
        """What a WasiConfig takes as stdout or stderr."""
        if hasattr(given, "write"):
            given = given.write
        if callable(given) and not isinstance(given, type):
            return lambda data: self.ask(given, data)
        return given

    def carry_out(self) -> CompletedProgram:
        thread = threading.Thread(target=self.work, name="wasmtime-run", daemon=True)
        try:
            _start(thread, self.program)
            self.serve()
        except BaseException:
            self.stop()
            with suppress(RuntimeError):  # it has not started
                thread.join(_GRACE)
            raise
        thread.join()
        error, self.error = self.error, None  # whose traceback knows this job: it would be a cycle
        if error is not None:
            raise error
        assert self.result is not None, "there is either an error or a result"
        return self.result

    def serve(self) -> None:
        """Do what the guest asks for, until it has ended."""
        end = FOREVER
        while True:
            try:
                request = self.requests.get(timeout=_SIGNALS)
            except Empty:
                if monotonic() > end:
                    raise GuestTimeout(self.timeout or 0.0) from None
                continue
            if request is None:
                return
            if request is _BEGUN:
                end = FOREVER if self.timeout is None else monotonic() + self.timeout + _GRACE
            else:
                request.carry_out()
                end = max(end, monotonic() + _GRACE)  # the guest cannot have ended meanwhile

    def stop(self) -> None:
        self.is_stopped = True
        if self.interruption is not None:
            self.interruption.halt = _Stopped()

    # In the guest's thread

    def work(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:
            self.error = error
        finally:
            self.requests.put(None)

    def ask(self, function: Callable[[Any], Any], argument: Any) -> Any:
        """Have the caller call this. Raises what ends the guest meanwhile."""
        request, interruption = _Request(function, argument), self.interruption
        assert interruption is not None, "a guest runs"
        self.requests.put(request)
        while not request.done.acquire(timeout=max(min(SLICE, interruption.end - monotonic()), 0.0)):
            interruption.look()
        return request.answer

    def _work(self) -> CompletedProgram:
        module, parts = _compile(self.program, self.fuel is not None)
        with Store(module.engine) as store:
            self.interruption = store._interruption
            if self.is_stopped:
                raise _Stopped
            if self.memory is not None:
                store.set_limits(**parts.limits(self.memory))
            if module.engine.config.consume_fuel:
                store.fuel = 2**64 - 1 if self.fuel is None else self.fuel
            store.wasi = self.config
            if self.input is not None:
                store.wasi._streams[0] = Descriptor(os.dup(self.input), True, store._interruption, os.close)
            linker = Linker(module.engine)
            linker.define_wasi()
            self.requests.put(_BEGUN)
            return self._run(store, linker, module, parts)

    def _run(self, store: Store, linker: Linker, module: Module, parts: Footprint) -> CompletedProgram:
        instance: Instance | None = None
        code, trap = 0, None
        stopped: GuestTimeout | OutputLimitError | None = None
        begin = perf_counter()
        try:
            with nullcontext() if self.timeout is None else store.timeout(self.timeout):
                instance = linker.instantiate(store, module)
                instance.exports._start()
        except Exit as exit:
            code = exit.code
        except Trap as error:
            code, trap = TRAPPED, error
            stopped = error if isinstance(error, GuestTimeout) else None
            error.__traceback__ = None  # it would keep the store
        except OutputLimitError as error:
            code, stopped = TRAPPED, _named(error, self.config)
        duration = perf_counter() - begin
        result = CompletedProgram(
            self.config.args,
            code,
            store.wasi.stdout if isinstance(self.config.stdout, Capture) else None,
            store.wasi.stderr if isinstance(self.config.stderr, Capture) else None,
            duration,
            trap,
            None if self.fuel is None else store.fuel_consumed,
            parts.measure(instance),
        )
        if stopped is not None:
            stopped.result = result
            raise stopped
        return result


class _Request:
    """A call that the guest's thread wants the caller to make."""

    __slots__ = ("answer", "argument", "done", "function")

    def __init__(self, function: Callable[[Any], Any], argument: Any) -> None:
        self.function = function
        self.argument = argument
        self.answer: Any = None
        self.done = threading.Lock()
        self.done.acquire()

    def carry_out(self) -> None:
        self.answer = self.function(self.argument)
        self.done.release()


class _Stopped(BaseException):
    """What ends a guest whose caller wants nothing of it any more."""


def _named(error: OutputLimitError, config: WasiConfig) -> OutputLimitError:
    """The error, with the words of run()."""
    captures = {"stdout": config.stdout, "stderr": config.stderr}
    bound = captures[error.stream].limit  # type: ignore[union-attr]
    named = OutputLimitError(
        f"the program wrote more than {bound} bytes to {error.stream}: raise the limit, or take the output with "
        f"run(..., {error.stream}=function)"
    )
    named.stream = error.stream
    return named


def _name(program: Program) -> str:
    """What a program is told that it is called."""
    if isinstance(program, (str, os.PathLike)):
        return os.fsencode(program).decode(errors="replace")
    if isinstance(program, Module):
        return program.name or "program"
    return "program"


def _compile(program: Program, with_fuel: bool) -> tuple[Module, Footprint]:
    """The program as a module, all of whose memories are exported."""
    if isinstance(program, Module):
        _check_engine(program.engine, with_fuel)
        engine, wasm = program.engine, program._known_wasm("be run")
    else:
        engine = process_engine(Config(interruptible=True, consume_fuel=with_fuel or None))
        content = _read(program) if isinstance(program, (str, os.PathLike)) else _binary(program)
        wasm = _binary(content) if content.startswith(b"\0asm") else wat2wasm(content)
        program = _compiled(engine, wasm)
    parts = footprint(wasm)
    if parts.exports.get("_start", (None,))[0] != FUNC:
        raise WasmtimeError(
            "this is no program: it exports no function '_start'. A library is used through its exports, by "
            "Linker.instantiate()"
        )
    return program if parts.exposed is None else _compiled(engine, parts.exposed), parts


def _check_engine(engine: Engine, with_fuel: bool) -> None:
    missing = [] if engine.config.interruptible else ["interruptible=True"]
    if with_fuel and not engine.config.consume_fuel:
        missing.append("consume_fuel=True")
    if missing:
        raise WasmtimeError(
            f"this Module cannot be run so: its engine lacks {' and '.join(missing)}. Make the engine with that, or "
            "give run() the path or the bytes"
        )


def _start(thread: threading.Thread, program: Program) -> None:
    """Start the thread, with a stack that the guest cannot overflow even if others are made with a smaller one."""
    usual = threading.stack_size()
    config = program.engine.config if isinstance(program, Module) else Config()
    needed = config.effective("max_wasm_stack") + _HOST_STACK
    if not 0 < usual < needed:
        thread.start()
        return
    threading.stack_size(needed + -needed % 4096)
    try:
        thread.start()
    finally:
        threading.stack_size(usual)
