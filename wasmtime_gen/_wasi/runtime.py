"""The runtime that the library starts when a guest first does something with files: where it cannot be started, the
library ends the process.

So it is started as soon as WASI is used, behind a look at whether there are the files and threads that it takes. From
then on a process may run out of both.
"""

from __future__ import annotations

import os

from wasmtime_capi.cdata import byref, c_void_p

from wasmtime_gen._compiling import compiled, threads_start
from wasmtime_gen._errors import WasmtimeError, error_of
from wasmtime_gen._failure import failure
from wasmtime_gen._handle import owning
from wasmtime_gen._module import wat2wasm
from wasmtime_gen._raw import InstanceRecord, raw
from wasmtime_gen._signals import put_back

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wasmtime_gen._engine import Engine

_FILES = 8  # more than the runtime opens, and what its first use of a file may take
_THREADS = 2
# What it does with a file that is not there does not matter.
_TEXT = """(module (import "wasi_snapshot_preview1" "fd_filestat_get" (func (param i32 i32) (result i32)))
  (memory (export "memory") 0) (func (drop (call 0 (i32.const 3) (i32.const 0)))) (start 1))"""


def start(engine: Engine) -> None:
    """Start the runtime. Raises OSError and WasmtimeError for too few files and threads."""
    native, code = engine._use(), compiled(engine, wat2wasm(_TEXT))
    store = owning(raw.wasmtime_store_new(native.pointer, None, None), raw.wasmtime_store_delete)
    linker = owning(raw.wasmtime_linker_new(native.pointer), raw.wasmtime_linker_delete)
    context, trap = raw.wasmtime_store_context(store.pointer), c_void_p()
    unmeasured = raw.wasmtime_context_set_fuel(context, 1 << 40)
    if unmeasured:
        error_of(unmeasured)  # an engine without fuel
    raw.wasmtime_context_set_epoch_deadline(context, 1 << 40)
    error = raw.wasmtime_context_set_wasi(context, raw.wasi_config_new()) or raw.wasmtime_linker_define_wasi(
        linker.pointer
    )
    if error:
        raise error_of(error)
    put_back()
    _look()
    error = raw.wasmtime_linker_instantiate(linker.pointer, context, code.pointer, byref(InstanceRecord()), byref(trap))
    if error or trap:
        raise failure(error, trap)


def _look() -> None:
    found = []
    try:
        for _ in range(_FILES):
            found.append(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        raise OSError(
            error.errno, f"WASI takes up to {_FILES} open files when it is first used: {error.strerror}"
        ) from None
    finally:
        for file in found:
            os.close(file)
    if not threads_start(_THREADS):
        raise WasmtimeError("WASI starts threads when it is first used, and this process can start no more")
