"""Compiling and validating, which has to be serial in a forked process and where no threads can be started.

The library compiles and validates on a pool of threads that it starts once. A forked process inherits the pool without
its threads and would wait for them forever. So from the first use of the pool on, forks are noticed; in the child an
engine that needs no threads does the work, and its result is loaded into the engine that was asked.
"""

from __future__ import annotations

import os
from _thread import allocate_lock, start_new_thread

from wasmtime_capi.cdata import byref, c_void_p

from wasmtime_gen._errors import CompileError, ValidationError, WasmtimeError, error_of
from wasmtime_gen._handle import Native, owning
from wasmtime_gen._raw import raw
from wasmtime_gen._stack import enough

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType

    from wasmtime_gen._engine import Engine

_pool = "unused"  # then "used"; in a process that was forked after that, or can start no threads, "lost"


def compiled(engine: Engine, binary: bytes) -> Native:
    """The native module. Raises ValidationError when it is malformed or invalid, CompileError for anything else."""
    if engine._config is not None and engine._config._options.get("debug_info") and b".debug_" in binary:
        from wasmtime_gen._debuginfo import compiled_apart

        return compiled_apart(engine, binary)
    return compiled_here(engine, binary)


def _refusal(engine: Engine, binary: bytes, refused: WasmtimeError) -> WasmtimeError:
    """What to raise for a module that was refused: what is invalid in it, if that is why."""
    try:
        validate(engine, binary)
    except ValidationError as invalid:
        return invalid
    return refused


def compiled_here(engine: Engine, binary: bytes) -> Native:
    """The same, in this process in any case."""
    enough()
    asked, worker = engine._use(), _worker(engine)
    native, pointer = worker._use(), c_void_p()
    error = raw.wasmtime_module_new(native.pointer, binary, len(binary), byref(pointer))
    if error:
        raise _refusal(engine, binary, error_of(error, CompileError))
    made = owning(pointer.value, raw.wasmtime_module_delete)
    if worker is engine:
        return made
    from wasmtime_gen._image import native_from_image, native_image

    image = native_image(made)
    return native_from_image(asked, image, len(image))


def validate(engine: Engine, binary: bytes) -> None:
    """Raises ValidationError unless the module is valid for the engine."""
    enough()
    engine._use()
    native = _worker(engine)._use()
    error = raw.wasmtime_module_validate(native.pointer, binary, len(binary))
    if error:
        raise error_of(error, ValidationError)


def _worker(engine: Engine) -> Engine:
    """The engine that does the work: the given one, or after a fork one like it that needs no threads."""
    global _pool
    if engine._config is not None and engine._config._options.get("parallel_compilation") is False:
        return engine
    if _pool == "unused" and not threads_start(os.cpu_count() or 1):
        _pool = "lost"
    if _pool == "lost":
        from wasmtime_gen._process import process_engine

        return process_engine(engine.config.replace(parallel_compilation=False))
    if _pool == "unused":
        _pool = "used"
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_lose_pool)
    return engine


def threads_start(count: int) -> bool:
    """Whether so many threads can be started: the library ends the process where its own cannot.

    The pool has one for each processor. They are tried at the same time, as a limit counts all that live.
    """
    go, begun = allocate_lock(), allocate_lock()
    begun.acquire()
    with go:
        try:
            for _ in range(count):
                start_new_thread(_wait, (go, begun))
                begun.acquire()  # CPython 3.10 crashes when it ends before a thread that was started has begun
        except RuntimeError:
            return False
    return True


def _wait(go: LockType, begun: LockType) -> None:
    begun.release()
    with go:
        pass


def _lose_pool() -> None:
    global _pool
    _pool = "lost"
