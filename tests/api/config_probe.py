"""Makes engines in child processes, runs guests on them, and tells how each child ended. Needs fork.

The process that imports this must not make an engine itself: after compiling in parallel, a child of it would hang.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import signal
from collections.abc import Sequence
from ctypes import byref, c_int, c_void_p
from typing import Any, NamedTuple

from tests.api import natives as c
from tests.api.config_guests import COMPONENTS, ENDLESS, MODULES, Guest
from wasmtime_gen._config.config import Config
from wasmtime_gen._config.flags import set_flags
from wasmtime_gen._config.options import PLAIN
from wasmtime_gen._config.values import choices

Candidate = dict[str, Any]  # keywords of Config

# Bound here, or each child would do it anew.
for _, _, _enum in PLAIN.values():
    if _enum:
        choices(_enum)
for _name in (
    *(setter for setter, _, _ in PLAIN.values()),
    "WASMTIME_COMPONENT_U32",
    "wasm_byte_vec_t",
    "wasm_config_new",
    "wasm_engine_delete",
    "wasm_engine_new_with_config",
    "wasm_trap_delete",
    "wasmtime_component_func_call",
    "wasmtime_component_func_t",
    "wasmtime_component_instance_get_export_index",
    "wasmtime_component_instance_get_func",
    "wasmtime_component_instance_t",
    "wasmtime_component_linker_instantiate",
    "wasmtime_component_linker_new",
    "wasmtime_component_new",
    "wasmtime_component_val_t",
    "wasmtime_config_target_set",
    "wasmtime_context_set_epoch_deadline",
    "wasmtime_context_set_fuel",
    "wasmtime_error_delete",
    "wasmtime_error_message",
    "wasmtime_extern_t",
    "wasmtime_finalizer_t",
    "wasmtime_func_call",
    "wasmtime_instance_export_get",
    "wasmtime_instance_new",
    "wasmtime_instance_t",
    "wasmtime_memorytype_new",
    "wasmtime_module_delete",
    "wasmtime_module_new",
    "wasmtime_sharedmemory_delete",
    "wasmtime_sharedmemory_new",
    "wasmtime_store_context",
    "wasmtime_store_delete",
    "wasmtime_store_new",
    "wasmtime_val_t",
    "wasmtime_wat2wasm",
):
    getattr(c, _name)

SECONDS = 20
ENGINE = "the engine"


class Outcome(NamedTuple):
    """How it ended ("fine", "killed by SIGABRT", "hung", "wrong: ..."), and what was going on then."""

    how: str
    where: str

    @property
    def fine(self) -> bool:
        return self.how == "fine"


def outcomes(candidates: Sequence[Candidate], guests: bool) -> list[Outcome]:
    """One for each candidate: of making the engine, and of running all guests on it if wanted."""
    ready = [_compiled(guest) for guest in (*MODULES, *COMPONENTS)] if guests else []
    count = max(1, min(os.cpu_count() or 1, len(candidates)))
    pipes = [_worker(candidates[number::count], ready) for number in range(count)]
    found: list[Outcome] = [Outcome("", "")] * len(candidates)
    for number, (child, reader) in enumerate(pipes):
        with os.fdopen(reader) as pipe:
            found[number::count] = [Outcome(*pair) for pair in json.load(pipe)]
        os.waitpid(child, 0)
    return found


def _worker(candidates: Sequence[Candidate], ready: Sequence[tuple[Guest, bytes]]) -> tuple[int, int]:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            stage = mmap.mmap(-1, 4096)
            told = json.dumps([_outcome(candidate, ready, stage) for candidate in candidates])
            with os.fdopen(writer, "w") as pipe:
                pipe.write(told)
        finally:
            os._exit(0)
    os.close(writer)
    return child, reader


def _outcome(candidate: Candidate, ready: Sequence[tuple[Guest, bytes]], stage: mmap.mmap) -> Outcome:
    _note(stage, ENGINE)
    child = os.fork()
    if not child:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            os.environ["RUST_BACKTRACE"] = "0"  # a backtrace takes the library longer than everything else
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.alarm(SECONDS)
            _try(candidate, ready, stage)
            os._exit(0)
        except BaseException as error:
            _note(stage, f"{_noted(stage)}: {error!r:.500}")
        finally:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for leftover in (f"/tmp/perf-{child}.map", f"jit-{child}.dump"):
        if "profiler" in candidate and os.path.exists(leftover):
            os.unlink(leftover)
    if status == -signal.SIGALRM:
        return Outcome("hung", _noted(stage))
    if status < 0:
        return Outcome(f"killed by {signal.Signals(-status).name}", _noted(stage))
    return Outcome("wrong" if status else "fine", _noted(stage))


def _note(stage: mmap.mmap, text: str) -> None:
    stage[:] = text.encode()[: len(stage)].ljust(len(stage), b"\0")


def _noted(stage: mmap.mmap) -> str:
    return stage[:].rstrip(b"\0").decode(errors="replace")


def _try(candidate: Candidate, ready: Sequence[tuple[Guest, bytes]], stage: mmap.mmap) -> None:
    try:
        native = Config(**candidate)._make_native()
    except (OverflowError, TypeError, ValueError):
        native = unchecked(candidate)
    engine = c.wasm_engine_new_with_config(native)
    for guest, wasm in ready:
        _note(stage, guest.name)
        # A stack that is larger than this thread's cannot be filled.
        if guest is not ENDLESS or candidate.get("max_wasm_stack", 0) <= 4 << 20:
            (_run_component if guest in COMPONENTS else _run_module)(engine, guest, wasm, candidate)
    if ready:
        _note(stage, "shared memory")
        _share_memory(engine)
    c.wasm_engine_delete(engine)


def unchecked(candidate: Candidate) -> Any:
    """The native config, without the rules of Config."""
    native = c.wasm_config_new()
    for name, value in candidate.items():
        if name == "target":
            assert not c.wasmtime_config_target_set(native, value.encode()), "not a triple"
        elif name == "cranelift_flags":
            set_flags(native, tuple(value.items()))
        else:
            setter, _, enum = PLAIN[name]
            getattr(c, setter)(native, choices(enum)[value] if enum else value)
    return native


def _compiled(guest: Guest) -> tuple[Guest, bytes]:
    wasm = c.wasm_byte_vec_t()
    error = c.wasmtime_wat2wasm(guest.text.encode(), len(guest.text.encode()), byref(wasm))
    assert not error, f"{guest.name}: {_message(error)}"
    return guest, bytes(wasm.data[: wasm.size])


def _message(error: Any) -> str:
    text = c.wasm_byte_vec_t()
    c.wasmtime_error_message(error, byref(text))
    c.wasmtime_error_delete(error)
    return bytes(text.data[: text.size]).decode()


def _store(engine: Any, candidate: Candidate) -> tuple[Any, Any]:
    store = c.wasmtime_store_new(engine, None, c.wasmtime_finalizer_t())
    context = c.wasmtime_store_context(store)
    if candidate.get("consume_fuel"):
        assert not c.wasmtime_context_set_fuel(context, 10**7)
    if candidate.get("epoch_interruption"):
        c.wasmtime_context_set_epoch_deadline(context, 10)
    return store, context


# Whatever is refused with an error is fine here: the process lives.


def _run_module(engine: Any, guest: Guest, wasm: bytes, candidate: Candidate) -> None:
    module, trap = c_void_p(), c_void_p()
    if _failed(c.wasmtime_module_new(engine, wasm, len(wasm), byref(module))):
        return
    store, context = _store(engine, candidate)
    instance = c.wasmtime_instance_t()
    if not _failed(c.wasmtime_instance_new(context, module.value, None, 0, byref(instance), byref(trap))) and not trap:
        for name, argument in guest.calls:
            _call(context, instance, name, argument)
        for name, argument in guest.outside:
            assert not _call(context, instance, name, argument), f"{name}({argument}) returned"
    c.wasmtime_store_delete(store)
    c.wasmtime_module_delete(module.value)


def _call(context: Any, instance: Any, name: str, argument: int) -> bool:
    """True if it returned."""
    item, trap = c.wasmtime_extern_t(), c_void_p()
    assert c.wasmtime_instance_export_get(context, byref(instance), name.encode(), len(name), byref(item))
    arguments, results = (c.wasmtime_val_t * 1)(), (c.wasmtime_val_t * 1)()
    arguments[0].of.i32 = c_int(argument & 0xFFFFFFFF).value
    if _failed(c.wasmtime_func_call(context, byref(item.of.func), arguments, 1, results, 1, byref(trap))):
        return False
    if trap:
        c.wasm_trap_delete(trap.value)
    return not trap


def _run_component(engine: Any, guest: Guest, wasm: bytes, candidate: Candidate) -> None:
    component = c_void_p()
    if _failed(c.wasmtime_component_new(engine, wasm, len(wasm), byref(component))):
        return
    store, context = _store(engine, candidate)
    linker, instance = c.wasmtime_component_linker_new(engine), c.wasmtime_component_instance_t()
    if not _failed(c.wasmtime_component_linker_instantiate(linker, context, component.value, byref(instance))):
        for name, argument in guest.calls:
            where = c.wasmtime_component_instance_get_export_index(
                byref(instance), context, None, name.encode(), len(name)
            )
            function = c.wasmtime_component_func_t()
            assert c.wasmtime_component_instance_get_func(byref(instance), context, where, byref(function))
            arguments, results = (c.wasmtime_component_val_t * 1)(), (c.wasmtime_component_val_t * 1)()
            arguments[0].kind, arguments[0].of.u32 = c.WASMTIME_COMPONENT_U32, argument
            _failed(c.wasmtime_component_func_call(byref(function), context, arguments, 1, results, 1))
    c.wasmtime_store_delete(store)


def _share_memory(engine: Any) -> None:
    kind, memory = c_void_p(), c_void_p()
    if not _failed(c.wasmtime_memorytype_new(1, True, 2, False, True, 16, byref(kind))) and not _failed(
        c.wasmtime_sharedmemory_new(engine, kind.value, byref(memory))
    ):
        c.wasmtime_sharedmemory_delete(memory.value)


def _failed(error: Any) -> bool:
    if error:
        c.wasmtime_error_delete(error)
    return bool(error)


if __name__ == "__main__":
    import sys

    # python -m tests.api.config_probe JSON: how engines of these options end, guests included, whatever Config says.
    print(json.dumps(outcomes(json.loads(sys.argv[1]), guests=True)))
