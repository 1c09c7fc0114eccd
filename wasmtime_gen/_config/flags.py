"""The flags of Cranelift that Config accepts. Loaded only when some are given.

An engine that is made with an unknown flag or a value of another kind ends the process, and several known flags make
the compiled code or the compiler crash later. So only flags are accepted that were tried: with each value, with the
values of all options, in pairs, and with the modules of the WebAssembly test suite. Which flags the library has is read
from a compiled module by tests/api/test_config_flags.py, which fails when one of them is not decided here.
"""

from __future__ import annotations

from _operator import index
from collections.abc import Mapping

from wasmtime_gen._numbers import shown
from wasmtime_gen._raw import raw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SWITCHES = frozenset(
    {
        "enable_alias_analysis",
        "enable_heap_access_spectre_mitigation",
        "enable_incremental_compilation_cache_checks",
        "enable_table_access_spectre_mitigation",
        "is_pic",
        "machine_code_cfg_info",
        "regalloc_checker",
        "regalloc_verbose_logs",
    }
)
# A power of two; from 24 on the compiler runs out of memory or aborts.
SIZES = {"log2_min_function_alignment": range(13)}

# Flags that are options, or that an option sets.
OPTIONS = {
    "enable_nan_canonicalization": "cranelift_nan_canonicalization",
    "enable_verifier": "cranelift_debug_verifier",
    "opt_level": "cranelift_opt_level",
    "regalloc_algorithm": "cranelift_regalloc_algorithm",
    "unwind_info": "native_unwind_info",
}
# Known flags that are refused.
FIXED = "Wasmtime sets it itself"
CRASHES = "some of its values crash the compiler or the guest"
REFUSED = {
    "bb_padding_log2_minus_one": CRASHES,
    "big_endian": FIXED,
    "enable_compact_unwind_abi": "it is for Apple's processors and was not tried there",
    "enable_llvm_abi_extensions": FIXED,
    "enable_multi_ret_implicit_sret": FIXED,
    "enable_pinned_reg": FIXED,
    "enable_probestack": FIXED,
    "libcall_call_conv": FIXED,
    "pointer_width": FIXED,
    "preserve_frame_pointers": FIXED,
    "probestack_size_log2": CRASHES,
    "probestack_strategy": FIXED,
    "stack_switch_model": FIXED,
    "tls_model": FIXED,
    "use_colocated_libcalls": FIXED,
    "wasmtime_debug_checks": "it is for the developers of Wasmtime",
    "wasmtime_inlining_small_callee_size": "it is for the developers of Wasmtime",
    "wasmtime_inlining_sum_size_threshold": "it is for the developers of Wasmtime",
    "wasmtime_linkopt_force_jump_veneer": "it is for the developers of Wasmtime",
    "wasmtime_linkopt_padding_between_functions": CRASHES,
    # The library cannot tell whether a processor has it, so no module compiles with it.
    "has_apx": "the library does not support it yet",
}

# Features of processors. The library compiles nothing for features that the processor at hand lacks.
_FEATURES = {
    "x86_64": (
        "sse3 ssse3 cmpxchg16b sse41 sse42 avx avx2 fma avx_vnni avx512bitalg avx512dq avx512vl avx512vbmi avx512f "
        "avx512vnni popcnt bmi1 bmi2 lzcnt"
    ),
    "aarch64": "lse pauth fp16 dotprod i8mm",
    "s390x": "vxrs_ext2 vxrs_ext3 mie3 mie4",
}
# Names for sets of features.
_PRESETS = {
    "x86_64": (
        "sse3 ssse3 sse41 sse42 x86-64 x86-64-v2 x86-64-v3 x86-64-v4 baseline "
        # Intel
        "nocona core2 penryn atom bonnell silvermont slm goldmont goldmont-plus tremont alderlake sierraforest "
        "grandridge nehalem corei7 westmere sandybridge corei7-avx ivybridge core-avx-i haswell core-avx2 broadwell "
        "skylake knl knm skylake-avx512 skx cascadelake cooperlake cannonlake icelake-client icelake icelake-server "
        "tigerlake sapphirerapids raptorlake meteorlake graniterapids "
        # AMD
        "opteron k8 athlon64 athlon-fx opteron-sse3 k8-sse3 athlon64-sse3 barcelona amdfam10 btver1 btver2 bdver1 "
        "bdver2 bdver3 bdver4 znver1 znver2 znver3 znver4"
    ),
    "s390x": "arch13 arch14 arch15 z15 z16 z17",
}


def features(machine: str) -> frozenset[str]:
    return frozenset(f"has_{name}" for name in _FEATURES.get(machine, "").split())


def presets(machine: str) -> frozenset[str]:
    return frozenset(_PRESETS.get(machine, "").split())


def processor_flags(machine: str) -> frozenset[str]:
    """The flags that say for which processors code is made."""
    return features(machine) | presets(machine)


def checked_flags(flags: Any, machine: str) -> tuple[tuple[str, bool | int], ...]:
    """The flags sorted by name, each one known and of the right kind.

    >>> checked_flags({"regalloc_checker": True, "has_avx2": False}, "x86_64")
    (('has_avx2', False), ('regalloc_checker', True))
    """
    if not isinstance(flags, Mapping):
        raise TypeError(f"cranelift_flags takes a dict of names to True, False or numbers, not {type(flags).__name__}")
    given = dict(flags)
    for name in given:
        if type(name) is not str:
            raise TypeError(f"cranelift_flags: a name is text, not {type(name).__name__}")
    return tuple((name, _checked(name, given[name], machine)) for name in sorted(given))


def set_flags(native: Any, flags: tuple[tuple[str, bool | int], ...]) -> None:
    """Set checked flags in a native config."""
    for name, value in flags:
        if value is True and name not in SWITCHES and not name.startswith("has_"):
            raw.wasmtime_config_cranelift_flag_enable(native, name.encode())
        else:
            raw.wasmtime_config_cranelift_flag_set(native, name.encode(), str(value).lower().encode())


def _checked(name: str, value: Any, machine: str) -> bool | int:
    if name in SWITCHES or name in features(machine):
        if value is True or value is False:
            return bool(value)
        raise TypeError(f"the Cranelift flag {name!r} takes True or False, not {shown(value)}")
    if name in presets(machine):
        if value is True:
            return True
        raise ValueError(f"the Cranelift flag {name!r} is a preset: it takes True only, not {shown(value)}")
    if name in SIZES:
        sizes = SIZES[name]
        if isinstance(value, bool) or not hasattr(type(value), "__index__"):
            raise TypeError(f"the Cranelift flag {name!r} takes an int, not {shown(value)}")
        number = index(value)
        if number in sizes:
            return number
        raise OverflowError(f"the Cranelift flag {name!r} takes {sizes.start} to {sizes.stop - 1}, not {shown(number)}")
    if name in OPTIONS:
        raise ValueError(f"the Cranelift flag {name!r} is the option {OPTIONS[name]} of Config: give that instead")
    if name in REFUSED:
        raise ValueError(f"the Cranelift flag {name!r} cannot be set: {REFUSED[name]}")
    raise ValueError(f"Cranelift has no flag {name!r:.60} on this machine{_nearest(name, machine)}")


def _nearest(name: str, machine: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, sorted({*SWITCHES, *SIZES, *processor_flags(machine)}))
    return f": did you mean {' or '.join(map(repr, near))}?" if near else ""
