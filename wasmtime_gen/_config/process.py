"""What this process and its surroundings add to the rules: looked at when an engine is made, not before."""

from __future__ import annotations

import os
import sys

from wasmtime_gen._config.rules import effective, machine
from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._raw import raw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_mach_ports: list[bool] = []  # what the first engine of the process chose
_profilers: list[str] = []  # those whose file is open


def suit_process(native: Any, options: Mapping[str, Any]) -> None:
    """Make sure that no engine aborts for reasons outside its options. Raises WasmtimeError if it would."""
    if sys.platform == "darwin" and effective(options, "signals_based_traps"):
        _agree_on_ports(effective(options, "macos_use_mach_ports"))
    if options.get("strategy") == "winch" and _has_avx_only():
        # Winch takes AVX for all that it uses, and aborts in SIMD for want of AVX2. Without AVX it raises CompileError.
        raw.wasmtime_config_cranelift_flag_set(native, b"has_avx", b"false")
    profiler = options.get("profiler")
    # The library writes these two files, and aborts if it cannot. Once open, one serves all engines of the process.
    if profiler in ("perfmap", "jitdump") and profiler not in _profilers:
        path = f"/tmp/perf-{os.getpid()}.map" if profiler == "perfmap" else f"./jit-{os.getpid()}.dump"
        _check_file(profiler, path)
        _profilers.append(profiler)


def _agree_on_ports(ports: bool) -> None:
    if not _mach_ports:
        _mach_ports.append(ports)
    if _mach_ports[0] != ports:
        raise WasmtimeError(
            f"macos_use_mach_ports={ports}: the first engine of this process was made with {_mach_ports[0]}. Give all "
            f"engines the same value"
        )


def _check_file(profiler: str, path: str) -> None:
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            if profiler == "jitdump":
                from mmap import MAP_PRIVATE, PROT_EXEC, PROT_READ, mmap

                # The library maps its empty file; Python maps none that is empty.
                if not os.fstat(file).st_size:
                    os.ftruncate(file, 1)
                mmap(file, 1, MAP_PRIVATE, PROT_READ | PROT_EXEC).close()
        finally:
            os.close(file)
    except OSError as error:
        raise WasmtimeError(f"profiler={profiler!r} needs the file {path}: {error.strerror}") from error


def _has_avx_only() -> bool:
    """True for a processor with AVX but without AVX2 (Intel's of 2011 and 2012). Known on Linux only."""
    if machine() != "x86_64" or sys.platform != "linux":
        return False
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as info:
        flags = next((line for line in info if line.startswith("flags")), "").split()
    return "avx" in flags and "avx2" not in flags
