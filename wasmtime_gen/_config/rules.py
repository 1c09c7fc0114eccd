"""Which options go together. An engine that is made of others ends the process, at once or when a guest needs them.

The rules were found by trying all values, all pairs and many larger sets in processes of their own, which
tests/api/config_abort_scan.py does again. Where a rule refuses more than it must, its comment says why.
"""

from __future__ import annotations

import os
import sys

from wasmtime_gen._config.options import DEFAULTS, LARGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

# What a compiler or interpreter has by default, where it is not what Cranelift has.
WINCH = dict.fromkeys(
    (
        "gc_support",
        "wasm_exceptions",
        "wasm_function_references",
        "wasm_gc",
        "wasm_relaxed_simd",
        "wasm_tail_call",
        "wasm_threads",
        "wasm_wide_arithmetic",
    ),
    False,
)
PULLEY = {"memory_guard_size": 0, "signals_based_traps": False, "wasm_threads": False}
PULLEYS = {"little": "pulley64", "big": "pulley64be"}

# Host functions run on what the guest leaves of an asynchronous stack. The library accepts 0, and overflows it when a
# guest fills its own part; 8 KiB was seen to do for a C function.
HEADROOM = 128 << 10
# Pulley aborts when a call's parameters and results do not fit into an empty stack: 1000 of v128 each take 45 KiB.
# It allocates the stack for each store and aborts when that fails.
PULLEY_STACK = range(64 << 10, (256 << 20) + 1)

_ASYNC = "asynchronous functions run concurrently"
_COMPONENTS = "components are joined by generated code that uses it"
# If the first option has the first value, the second one must have the second value, because ...
_NEEDS = (
    ("wasm_relaxed_simd", True, "wasm_simd", True, "relaxed SIMD is a part of SIMD"),
    ("wasm_component_model_async", True, "concurrency_support", True, _ASYNC),
    ("wasm_component_model_async_stackful", True, "concurrency_support", True, _ASYNC),
    ("wasm_component_model_more_async_builtins", True, "concurrency_support", True, _ASYNC),
    ("wasm_component_model_async", True, "wasm_reference_types", True, _COMPONENTS),
    # The engine accepts these three; compiling a module or a component is what aborts. (Winch compiles no exceptions,
    # so that it would not abort; but it has no use for them either.)
    ("wasm_exceptions", True, "gc_support", True, "exceptions are objects of the garbage collector"),
    ("wasm_component_model", True, "wasm_multi_memory", True, _COMPONENTS),
    ("wasm_component_model", True, "wasm_multi_value", True, _COMPONENTS),
    ("interruptible", True, "epoch_interruption", True, "guests notice by the epoch that they must end"),
    ("strategy", "winch", "signals_based_traps", True, "Winch compiles no checks that could replace signals"),
    ("strategy", "winch", "debug_info", False, "Winch writes no DWARF"),
    ("strategy", "winch", "wasm_function_references", False, "Winch does not compile them"),
    ("strategy", "winch", "wasm_gc", False, "Winch does not compile it"),
    ("strategy", "winch", "wasm_relaxed_simd", False, "Winch does not compile it"),
)


def effective(options: Mapping[str, Any], name: str) -> Any:
    """What an engine uses for the option: the value that was given, or the library's default."""
    if name in options:
        return options[name]
    if name == "epoch_interruption" and options.get("interruptible"):
        return True
    if name == "wasm_component_model_async":
        return effective(options, "concurrency_support")
    if name in WINCH and options.get("strategy") == "winch":
        return WINCH[name]
    if name in PULLEY and is_pulley(options):
        return PULLEY[name]
    return DEFAULTS.get(name)


def is_pulley(options: Mapping[str, Any]) -> bool:
    return str(options.get("target")).startswith("pulley")


def contradiction(options: Mapping[str, Any]) -> str:
    """Why no engine may be made of these options, or ""."""
    return next(_contradictions(options), "")


def _contradictions(options: Mapping[str, Any]) -> Iterator[str]:
    yield from _stacks(options)
    if options.get("wasm_stack_switching"):
        # Engines accept it and modules compile.
        yield (
            "wasm_stack_switching=True: libwasmtime is built without stack switching, and its first use would end the "
            "process"
        )
    yield from _targets(options)
    for first, value, second, needed, reason in _NEEDS:
        if effective(options, first) == value and effective(options, second) != needed:
            yield f"{_both(options, first, second)}: {reason}. {_remedy(options, first, second)}"
    if options.get("strategy") == "winch":
        yield from _winch(options)
    if "cranelift_flags" in options:
        yield from _flags(options, dict(options["cranelift_flags"]))
    if options.get("profiler", "none") != "none":
        yield from _profilers(options["profiler"])
    if options.get("native_unwind_info") is False and sys.platform == "win32":
        yield "native_unwind_info=False: Windows needs the unwind tables of all code. Remove it"


def _stacks(options: Mapping[str, Any]) -> Iterator[str]:
    size = effective(options, "max_wasm_stack")
    if size == 0:
        yield "max_wasm_stack=0 leaves guests no stack. Give a number of bytes, or remove it"
    if is_pulley(options) and size not in PULLEY_STACK:
        yield (
            f"{_shown(options, 'max_wasm_stack')} does not suit {_shown(options, 'target')}. Give from "
            f"{PULLEY_STACK.start} to {PULLEY_STACK.stop - 1} bytes"
        )
    least = size + HEADROOM
    if effective(options, "async_stack_size") < least:
        advice = f"Give async_stack_size={least} or more, or a smaller max_wasm_stack"
        if least > LARGEST["size_t"]:
            advice = "Give a smaller max_wasm_stack"
        yield (
            f"{_both(options, 'max_wasm_stack', 'async_stack_size')}: host functions need {HEADROOM} bytes beyond what "
            f"the guest may take. {advice}"
        )


def _targets(options: Mapping[str, Any]) -> Iterator[str]:
    target = options.get("target")
    if target is None:
        return
    if not is_pulley(options):
        # Engines can be made for other systems on this kind of processor, but no module could be compiled on them.
        if not _is_here(target):
            yield (
                f"{_shown(options, 'target')} is not this machine. Give {PULLEYS[sys.byteorder]!r}, or this machine's "
                f"triple, which begins with '{machine()}-' and names {_systems()[0]!r}"
            )
        return
    # There are more names for the same interpreter, and interpreters for other machines that could not run here.
    if target != PULLEYS[sys.byteorder]:
        yield f"{_shown(options, 'target')} is not an interpreter for this machine. Give {PULLEYS[sys.byteorder]!r}"
    if options.get("strategy") == "winch":
        yield f"{_both(options, 'target', 'strategy')}: Winch compiles machine code only. Remove one of them"
    if options.get("wasm_threads"):
        yield f"{_both(options, 'target', 'wasm_threads')}: Pulley has no atomic operations. Remove one of them"


def _is_here(target: str) -> bool:
    processor, _, system = target.partition("-")
    # x32 and ILP32 have another size of pointers.
    return processor == machine() and any(name in system for name in _systems()) and not system.endswith("32")


def _systems() -> tuple[str, ...]:
    """What triples of this system contain."""
    if hasattr(sys, "getandroidapilevel"):
        return ("android",)
    return {"win32": ("windows",), "darwin": ("darwin", "macosx")}.get(sys.platform, (sys.platform,))


def machine() -> str:
    """The processor as triples name it."""
    if sys.platform == "win32":
        return "aarch64" if "ARM64" in sys.version.upper() else "x86_64"
    found = os.uname().machine.lower()
    return {"arm64": "aarch64", "amd64": "x86_64"}.get(found, found)


def _winch(options: Mapping[str, Any]) -> Iterator[str]:
    here = machine()
    if here not in ("x86_64", "aarch64"):
        yield f"strategy='winch': Winch does not compile for this machine ({here}). Remove it"
    if here == "aarch64" and options.get("wasm_threads"):
        yield f"{_both(options, 'strategy', 'wasm_threads')}: Winch has no atomic operations here. Remove one of them"


def _flags(options: Mapping[str, Any], flags: dict[str, bool | int]) -> Iterator[str]:
    from wasmtime_gen._config.flags import processor_flags

    own = processor_flags(machine()).intersection(flags)
    if own and is_pulley(options):
        yield f"{_shown(options, 'target')} has no Cranelift flag {min(own)!r}: it compiles for no processor. Remove it"
    # Some sets make Winch abort when it compiles SIMD (has_avx without has_avx2); none of them is worth the risk.
    if own and options.get("strategy") == "winch":
        yield f"strategy='winch' does not go with the Cranelift flag {min(own)!r} of the processor. Remove one of them"
    if not effective(options, "signals_based_traps") or is_pulley(options):
        for name in ("enable_heap_access_spectre_mitigation", "enable_table_access_spectre_mitigation"):
            if flags.get(name):
                cause = "target" if is_pulley(options) else "signals_based_traps"
                yield f"{_shown(options, cause)} does not go with the Cranelift flag {name!r}. Remove one of them"


def _profilers(profiler: str) -> Iterator[str]:
    here, linux = machine(), sys.platform == "linux" and not hasattr(sys, "getandroidapilevel")
    if profiler == "jitdump" and not (linux and here in ("x86_64", "aarch64", "s390x")):
        yield "profiler='jitdump' is for Linux only. Remove it"
    if profiler == "perfmap" and sys.platform == "win32":
        yield "profiler='perfmap' is not for Windows. Remove it"
    if profiler == "vtune" and not (here == "x86_64" and (linux or sys.platform in ("darwin", "win32"))):
        yield "profiler='vtune' is for Linux, macOS and Windows on x86-64 only. Remove it"


def _shown(options: Mapping[str, Any], name: str) -> str:
    return f"{name}={effective(options, name)!r}" + ("" if name in options else " (the default)")


def _both(options: Mapping[str, Any], first: str, second: str) -> str:
    return f"{_shown(options, first)} and {_shown(options, second)} contradict each other"


def _remedy(options: Mapping[str, Any], first: str, second: str) -> str:
    given = [name for name in (first, second) if name in options]
    if len(given) == 2:
        return "Remove one of them"
    other = second if given == [first] else first
    value = effective(options, other)
    # Only switches are on or off by default here.
    return f"Remove {given[0]}, or add {other}={not value}"
