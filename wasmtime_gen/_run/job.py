"""One run of run(): the guest in a thread of its own, and the caller who does what that asks for.

What the guest asks for are calls of the caller's functions, one at a time: it waits for the answer, and whatever may
end it ends the waiting as well.
"""

from __future__ import annotations

import os
import threading
from contextlib import nullcontext, suppress
from queue import Empty, SimpleQueue
from time import monotonic, perf_counter

from wasmtime_gen._config.config import Config
from wasmtime_gen._errors import Exit, OutputLimitError, WasmtimeError
from wasmtime_gen._linker import Linker
from wasmtime_gen._module import Module
from wasmtime_gen._run.completed import TRAPPED, CompletedProgram
from wasmtime_gen._run.footprint import Footprint
from wasmtime_gen._run.program import load
from wasmtime_gen._store import Store
from wasmtime_gen._trap import GuestTimeout, Trap
from wasmtime_gen._waiting import FOREVER, SLICE
from wasmtime_gen._wasi.config import Capture, ToStdout, WasiConfig
from wasmtime_gen._wasi.streams import Descriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._instance import Instance
    from wasmtime_gen._interruption import Interruption
    from wasmtime_gen._run.program import Program

_GRACE = 1.0  # seconds for a guest that was stopped to be gone: one that still is not is in one step of the library
_SIGNALS = 0.05  # seconds: some systems wake no thread that waits when there is a signal
_BEGUN = object()
_HOST_STACK = 256 << 10  # bytes of a thread's stack beyond what the guest may take


class Job:
    """One run, to be described by its attributes and then carried out."""

    def __init__(self, program: Program, timeout: float | None) -> None:
        self.program = program
        self.timeout = timeout
        self.fuel: int | None = None
        self.memory: int | None = None
        self.config = WasiConfig()
        self.descriptors: dict[int, int] = {}  # ours for the guest's 0, 1 and 2, where it has an open file
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
                self.descriptors[0] = given.fileno()
                return None
            except (AttributeError, OSError):  # such as io.BytesIO
                given = getattr(given, "read1", given.read)
        if callable(given) and not isinstance(given, type):
            return lambda size: self.ask(given, size)
        return given

    def sink(self, number: int, given: Any) -> Any:
        """What a WasiConfig takes as stdout, number 1, or stderr, number 2."""
        if hasattr(given, "write"):
            try:
                descriptor = given.fileno()
            except (AttributeError, OSError):  # such as io.BytesIO
                given = _whole(given.write)
            else:
                self.descriptors[number] = descriptor
                if hasattr(given, "flush"):
                    given.flush()  # what it has comes first
                return None
        if callable(given) and not isinstance(given, type):
            return lambda data: self.ask(given, data)
        return given

    def carry_out(self) -> CompletedProgram:
        thread = threading.Thread(target=self.work, name="wasmtime-run", daemon=True)
        try:
            _start(thread, self.program)
            self.serve(thread)
        except BaseException:
            self.stop()
            with suppress(RuntimeError):  # it has not started
                thread.join(_GRACE if self.interruption else 0.0)  # nothing ends the compiling before
            raise
        thread.join()
        error, result = self.error, self.result
        del self.error, self.result, self.config  # what knows this job would be a cycle with it
        if error is not None:
            try:
                raise error
            finally:
                del error
        assert result is not None, "there is either an error or a result"
        return result

    def serve(self, thread: threading.Thread) -> None:
        """Do what the guest asks for, until it has ended."""
        end = FOREVER
        while True:
            try:
                request = self.requests.get(timeout=_SIGNALS)
            except Empty:
                if not thread.is_alive() and self.requests.empty():
                    from wasmtime_gen._wasi import wasi

                    if wasi._lost:  # a function of the caller's has forked, and this is the child
                        raise WasmtimeError(wasi.LOST) from None
                    raise RuntimeError(
                        "the guest's thread ended before it began: a function of threading.settrace() or "
                        "threading.setprofile() raised there"
                    ) from None
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
        module, parts = load(self.program, self.fuel is not None)
        with Store(module._engine) as store:
            self.interruption = store._interruption
            if self.is_stopped:
                raise _Stopped
            if self.memory is not None:
                store.set_limits(**parts.limits(self.memory))
            if module._engine.config.consume_fuel:
                store.fuel = 2**64 - 1 if self.fuel is None else self.fuel
            store.wasi = self.config
            for number, descriptor in self.descriptors.items():
                stream = Descriptor(os.dup(descriptor), not number, store._interruption, os.close)
                store.wasi._streams[number] = stream
                if number == 1 and isinstance(self.config.stderr, ToStdout):
                    store.wasi._streams[2] = stream
            linker = Linker(module._engine)
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
            try:
                raise stopped
            finally:
                del stopped, trap
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


def _whole(write: Callable[[Any], Any]) -> Callable[[bytes], None]:
    """`write`, again and again until all is written: that of a raw file may write less than it is given."""

    def put(data: bytes) -> None:
        while data:
            done = write(data)
            if not isinstance(done, int) or done >= len(data):
                return  # other things that have a `write` may return anything
            if done <= 0:
                raise OSError(f"{len(data)} bytes of the guest's output could not be written")
            data = data[done:]

    return put


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


def _start(thread: threading.Thread, program: Program) -> None:
    """Start the thread, with a stack that the guest cannot overflow even if others are made with a smaller one."""
    usual = threading.stack_size()
    config = program._engine.config if isinstance(program, Module) else Config()
    needed = config.effective("max_wasm_stack") + _HOST_STACK
    if not 0 < usual < needed:
        thread.start()
        return
    threading.stack_size(needed + -needed % 4096)
    try:
        thread.start()
    finally:
        threading.stack_size(usual)
