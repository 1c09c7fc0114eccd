"""The keywords of Config for type checkers and editors. Not loaded when a program runs.

tests/api/test_config_options.py compares this with the generated table, and shows the lines to add or remove.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Literal, TypedDict


class Options(TypedDict, total=False):
    """What Config(...), config.replace(...) and Engine(...) take."""

    async_stack_size: int | None
    cache: bool | str | bytes | PathLike[str] | PathLike[bytes] | None
    concurrency_support: bool | None
    consume_fuel: bool | None
    cranelift_debug_verifier: bool | None
    cranelift_flags: Mapping[str, bool | int] | None
    cranelift_nan_canonicalization: bool | None
    cranelift_opt_level: Literal["none", "speed", "speed_and_size"] | None
    cranelift_regalloc_algorithm: Literal["backtracking", "single_pass"] | None
    debug_info: bool | None
    epoch_interruption: bool | None
    gc_support: bool | None
    interruptible: bool | None
    macos_use_mach_ports: bool | None
    max_wasm_stack: int | None
    memory_guard_size: int | None
    memory_init_cow: bool | None
    memory_may_move: bool | None
    memory_reservation: int | None
    memory_reservation_for_growth: int | None
    native_unwind_info: bool | None
    parallel_compilation: bool | None
    profiler: Literal["none", "jitdump", "vtune", "perfmap"] | None
    shared_memory: bool | None
    signals_based_traps: bool | None
    strategy: Literal["auto", "cranelift", "winch"] | None
    target: str | None
    wasm_branch_hinting: bool | None
    wasm_bulk_memory: bool | None
    wasm_compact_imports: bool | None
    wasm_component_model: bool | None
    wasm_component_model_accessors: bool | None
    wasm_component_model_async: bool | None
    wasm_component_model_async_stackful: bool | None
    wasm_component_model_canonical_names: bool | None
    wasm_component_model_implements: bool | None
    wasm_component_model_map: bool | None
    wasm_component_model_more_async_builtins: bool | None
    wasm_custom_page_sizes: bool | None
    wasm_exceptions: bool | None
    wasm_function_references: bool | None
    wasm_gc: bool | None
    wasm_memory64: bool | None
    wasm_multi_memory: bool | None
    wasm_multi_value: bool | None
    wasm_reference_types: bool | None
    wasm_relaxed_simd: bool | None
    wasm_relaxed_simd_deterministic: bool | None
    wasm_simd: bool | None
    wasm_stack_switching: bool | None
    wasm_tail_call: bool | None
    wasm_threads: bool | None
    wasm_wide_arithmetic: bool | None
