"""Config: options that are set one by one, and become a Config of wasmtime_gen when an engine is made."""

from __future__ import annotations

import wasmtime_gen as core
from wasmtime_gen.compat.wasmtime._errors import WasmtimeError, translating
from wasmtime_gen.compat.wasmtime._managed import Managed, Parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SWITCH = {"true": True, "false": False}
_ARTICLES = {bool: "a bool", int: "an int", str: "a str"}


def _setting(name: str, kind: type, text: str) -> property:
    def put(self: Config, value: Any) -> None:
        if not isinstance(value, kind):
            raise TypeError(f"expected {_ARTICLES[kind]}")
        # What contradicts others, or is not built in, is told when the engine is made.
        self._put(name, value, is_checked=kind is not bool)

    return property(fset=put, doc=f"{text} It can only be set.")


def _choice(name: str, called: str, text: str) -> property:
    def put(self: Config, value: str) -> None:
        try:
            self._put(name, value)
        except (TypeError, WasmtimeError) as error:
            raise WasmtimeError(f"unknown {called}: {value}") from error

    return property(fset=put, doc=f"{text} It can only be set.")


def _proposal(name: str, proposal: str) -> property:
    return _setting(name, bool, f"Whether guests may use {proposal}.")


class Config(Managed):
    """How an engine compiles and runs guests. It ends with the engine that is made of it."""

    def __init__(self) -> None:
        self._core = Parts()

    def _put(self, name: str, value: Any, is_checked: bool = True) -> None:
        if is_checked:
            _core_config({name: value})
        self._core.of_open()[name] = value

    def _made(self) -> core.Config:
        made = _core_config(self._core.of_open())
        self.close()
        return made

    wasm_threads = _proposal("wasm_threads", "threads and atomics")
    wasm_tail_call = _proposal("wasm_tail_call", "tail calls")
    wasm_reference_types = _proposal("wasm_reference_types", "reference types")
    wasm_simd = _proposal("wasm_simd", "vectors")
    wasm_bulk_memory = _proposal("wasm_bulk_memory", "bulk memory operations")
    wasm_multi_value = _proposal("wasm_multi_value", "several results")
    wasm_multi_memory = _proposal("wasm_multi_memory", "several memories")
    wasm_memory64 = _proposal("wasm_memory64", "64-bit memories")
    wasm_relaxed_simd = _proposal("wasm_relaxed_simd", "relaxed vector operations")
    wasm_relaxed_simd_deterministic = _setting(
        "wasm_relaxed_simd_deterministic", bool, "Whether relaxed vector operations give the same on every machine."
    )
    wasm_component_model = _proposal("wasm_component_model", "components")
    wasm_component_model_map = _proposal("wasm_component_model_map", "maps in components")
    wasm_component_model_implements = _proposal("wasm_component_model_implements", "implements in components")
    wasm_exceptions = _proposal("wasm_exceptions", "exceptions")
    wasm_function_references = _proposal("wasm_function_references", "typed function references")
    wasm_gc = _proposal("wasm_gc", "garbage-collected objects")
    wasm_wide_arithmetic = _proposal("wasm_wide_arithmetic", "128-bit arithmetic")
    wasm_custom_page_sizes = _proposal("wasm_custom_page_sizes", "pages of one byte")
    wasm_stack_switching = _proposal("wasm_stack_switching", "stack switching")

    debug_info = _setting("debug_info", bool, "Whether debuggers see the guest's DWARF.")
    strategy = _choice("strategy", "strategy", 'The compiler: "auto", "cranelift" or "winch".')
    cranelift_debug_verifier = _setting("cranelift_debug_verifier", bool, "Whether Cranelift checks itself.")
    cranelift_opt_level = _choice("cranelift_opt_level", "opt level", '"none", "speed" or "speed_and_size".')
    cranelift_nan_canonicalization = _setting(
        "cranelift_nan_canonicalization", bool, "Whether NaNs are the same on every machine."
    )
    profiler = _choice("profiler", "profiler", '"none", "jitdump", "vtune" or "perfmap".')
    consume_fuel = _setting("consume_fuel", bool, "Whether guests burn fuel.")
    parallel_compilation = _setting("parallel_compilation", bool, "Whether functions compile in parallel.")
    shared_memory = _setting("shared_memory", bool, "Whether shared memories can be made.")
    max_wasm_stack = _setting("max_wasm_stack", int, "Bytes of the stack that guests may take.")
    gc_support = _setting("gc_support", bool, "Whether there is a garbage collector for guests.")
    memory_may_move = _setting("memory_may_move", bool, "Whether memories may move when they grow.")
    memory_reservation = _setting("memory_reservation", int, "Bytes of address space for each memory.")
    memory_guard_size = _setting("memory_guard_size", int, "Bytes of address space behind each memory.")
    memory_reservation_for_growth = _setting(
        "memory_reservation_for_growth", int, "Bytes of address space more, for a memory that has moved."
    )
    native_unwind_info = _setting("native_unwind_info", bool, "Whether native unwinders see guests.")
    target = _setting("target", str, "The triple to compile for.")
    macos_use_mach_ports = _setting("macos_use_mach_ports", bool, "Whether traps are caught by Mach ports.")
    signals_based_traps = _setting("signals_based_traps", bool, "Whether traps are caught as signals.")
    memory_init_cow = _setting("memory_init_cow", bool, "Whether memories begin as copy-on-write images.")

    def _set_epoch_interruption(self, enabled: bool) -> None:
        self._put("epoch_interruption", bool(enabled))

    epoch_interruption = property(
        fset=_set_epoch_interruption, doc="Whether the epoch interrupts guests. It can only be set."
    )

    @translating
    def _set_cache(self, enabled: bool | str) -> None:
        if not isinstance(enabled, (bool, str)):
            raise TypeError("expected string or bool")
        if enabled is False:
            raise WasmtimeError("caching cannot be explicitly disabled")
        core.Engine(cache=enabled).close()  # which loads the file
        self._put("cache", enabled)

    cache = property(
        fset=_set_cache, doc="True, or the path of a TOML file, for a cache of compiled code. It can only be set."
    )

    def cranelift_flag_enable(self, flag: str) -> None:
        """Switch a flag of Cranelift on."""
        self._put_flag(flag, True)

    def cranelift_flag_set(self, key: str, value: str) -> None:
        """Set a flag of Cranelift: "true", "false", or a number. Making the engine raises for what cannot be set."""
        if not isinstance(value, str):
            raise TypeError("expected a str for value")
        if key == "opt_level":
            self.cranelift_opt_level = value
            return
        self._put_flag(key, _SWITCH.get(value, int(value) if value.isdigit() else value))

    def _put_flag(self, flag: str, value: object) -> None:
        if not isinstance(flag, str):
            raise TypeError("expected a str")
        self._core.of_open().setdefault("cranelift_flags", {})[flag] = value


def _core_config(options: dict[str, Any]) -> core.Config:
    try:
        return core.Config(**options)
    except (TypeError, ValueError, OverflowError) as error:
        raise WasmtimeError(str(error)) from error
