"""Options that contradict each other are refused with a sentence; each rule is needed: without it, processes die."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import wasmtime_capi

from wasmtime_gen import Config, Engine, WasmtimeError
from wasmtime_gen._config import process, rules
from wasmtime_gen._config.options import DEFAULTS
from wasmtime_gen._config.rules import HEADROOM, PULLEY_STACK

ROOT = Path(__file__).parents[2]
x86_64_linux = pytest.mark.skipif(
    sys.platform != "linux" or rules.machine() != "x86_64", reason="what dies was found on x86-64 Linux"
)
COMPONENTS = "components are joined by generated code that uses it"
ASYNC = "asynchronous functions run concurrently"
HOST = "host functions need 131072 bytes beyond what the guest may take"
BOTH = "contradict each other"

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"max_wasm_stack": 0}, "max_wasm_stack=0 leaves guests no stack. Give a number of bytes, or remove it"),
    (
        {"max_wasm_stack": 4 << 20},
        f"max_wasm_stack=4194304 and async_stack_size=2097152 (the default) {BOTH}: {HOST}. Give "
        "async_stack_size=4325376 or more, or a smaller max_wasm_stack",
    ),
    (
        {"async_stack_size": 1 << 19},
        f"max_wasm_stack=524288 (the default) and async_stack_size=524288 {BOTH}: {HOST}. Give "
        "async_stack_size=655360 or more, or a smaller max_wasm_stack",
    ),
    (
        {"max_wasm_stack": 2**64 - 1, "async_stack_size": 2**64 - 1},
        f"max_wasm_stack=18446744073709551615 and async_stack_size=18446744073709551615 {BOTH}: {HOST}. Give a smaller "
        "max_wasm_stack",
    ),
    (
        {"wasm_stack_switching": True},
        "wasm_stack_switching=True: libwasmtime is built without stack switching, and its first use would end the "
        "process",
    ),
    (
        {"wasm_simd": False},
        f"wasm_relaxed_simd=True (the default) and wasm_simd=False {BOTH}: relaxed SIMD is a part of SIMD. "
        "Remove wasm_simd, or add wasm_relaxed_simd=False",
    ),
    (
        {"wasm_simd": False, "wasm_relaxed_simd": True},
        f"wasm_relaxed_simd=True and wasm_simd=False {BOTH}: relaxed SIMD is a part of SIMD. Remove one of them",
    ),
    *(
        (
            {"concurrency_support": False, f"wasm_component_model_{name}": True},
            f"wasm_component_model_{name}=True and concurrency_support=False {BOTH}: {ASYNC}. Remove one of them",
        )
        for name in ("async", "async_stackful", "more_async_builtins")
    ),
    (
        {"wasm_reference_types": False},
        "wasm_component_model_async=True (the default) and wasm_reference_types=False contradict each other: "
        f"{COMPONENTS}. Remove wasm_reference_types, or add wasm_component_model_async=False",
    ),
    (
        {"gc_support": False},
        "wasm_exceptions=True (the default) and gc_support=False contradict each other: exceptions are objects of the "
        "garbage collector. Remove gc_support, or add wasm_exceptions=False",
    ),
    *(
        (
            {name: False},
            f"wasm_component_model=True (the default) and {name}=False {BOTH}: {COMPONENTS}. Remove {name}, or add "
            "wasm_component_model=False",
        )
        for name in ("wasm_multi_memory", "wasm_multi_value")
    ),
    *(
        (
            {"strategy": "winch", name: value},
            f"strategy='winch' and {name}={value} contradict each other: {reason}. Remove one of them",
        )
        for name, value, reason in (
            ("debug_info", True, "Winch writes no DWARF"),
            ("signals_based_traps", False, "Winch compiles no checks that could replace signals"),
            ("wasm_function_references", True, "Winch does not compile them"),
            ("wasm_gc", True, "Winch does not compile it"),
            ("wasm_relaxed_simd", True, "Winch does not compile it"),
        )
    ),
    (
        {"strategy": "winch", "target": "pulley64"},
        f"target='pulley64' and strategy='winch' {BOTH}: Winch compiles machine code only. Remove one of them",
    ),
    (
        {"wasm_threads": True, "target": "pulley64"},
        f"target='pulley64' and wasm_threads=True {BOTH}: Pulley has no atomic operations. Remove one of them",
    ),
    (
        {"target": "pulley64", "max_wasm_stack": 4096},
        "max_wasm_stack=4096 does not suit target='pulley64'. Give from 65536 to 268435456 bytes",
    ),
    ({"target": "pulley32"}, "target='pulley32' is not an interpreter for this machine. Give 'pulley64'"),
    (
        {"cranelift_flags": {"enable_heap_access_spectre_mitigation": True}, "signals_based_traps": False},
        "signals_based_traps=False does not go with the Cranelift flag 'enable_heap_access_spectre_mitigation'. Remove "
        "one of them",
    ),
    (
        {"cranelift_flags": {"enable_table_access_spectre_mitigation": True}, "target": "pulley64"},
        "target='pulley64' does not go with the Cranelift flag 'enable_table_access_spectre_mitigation'. Remove one of "
        "them",
    ),
]


def refusal(**options: Any) -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        Config(**options)
    return str(caught.value)


@pytest.mark.parametrize(("options", "says"), REFUSED, ids=[repr(options) for options, _ in REFUSED])
def test_contradictions_are_refused_with_what_to_change(options: dict[str, Any], says: str) -> None:
    assert refusal(**options) == says


@pytest.mark.parametrize(
    "options",
    [
        {"max_wasm_stack": (2 << 20) - HEADROOM},
        {"max_wasm_stack": 4 << 20, "async_stack_size": (4 << 20) + HEADROOM},
        {"max_wasm_stack": 1, "async_stack_size": 1 + HEADROOM},
        {"wasm_simd": False, "wasm_relaxed_simd": False},
        {"wasm_simd": False, "strategy": "winch"},
        {"wasm_reference_types": False, "concurrency_support": False},
        {"gc_support": False, "wasm_exceptions": False},
        {"wasm_multi_memory": False, "wasm_multi_value": False, "wasm_component_model": False},
        {"strategy": "winch", "wasm_gc": False, "debug_info": False, "signals_based_traps": True},
        {"target": "pulley64", "max_wasm_stack": PULLEY_STACK.start, "wasm_threads": False},
        {"cranelift_flags": {"enable_heap_access_spectre_mitigation": False}, "signals_based_traps": False},
    ],
    ids=repr,
)
def test_what_the_sentences_advise_is_accepted(options: dict[str, Any]) -> None:
    Engine(Config(**options)).close()


# Targets


@x86_64_linux
@pytest.mark.parametrize(
    "target",
    [
        "aarch64-unknown-linux-gnu",
        "i686-unknown-linux-gnu",
        "x86_64h-apple-darwin",
        "x86_64-pc-windows-msvc",
        "x86_64",
        "wasm32-wasi",
        "x86_64-unknown-linux-gnux32",
        "s390x-unknown-linux-gnu",
        "unknown-unknown-unknown",
        "native",
        "x86_64-apple-darwin",
    ],
)
def test_targets_that_are_not_this_machine_are_refused(target: str) -> None:
    assert refusal(target=target) == (
        f"target={target!r} is not this machine. Give 'pulley64', or this machine's triple, which begins with "
        "'x86_64-' and names 'linux'"
    )


@x86_64_linux
def test_the_last_word_about_a_triple_is_the_librarys() -> None:
    assert refusal(target="x86_64-linux-a-b-c") == "target='x86_64-linux-a-b-c': Unrecognized environment: a"
    Engine(target="x86_64-unknown-linux-gnu").close()
    Engine(target="x86_64-unknown-linux-musl").close()


# Other machines


@pytest.mark.parametrize(
    ("platform", "machine", "options", "says"),
    [
        ("win32", "x86_64", {"native_unwind_info": False}, "Windows needs the unwind tables of all code. Remove it"),
        ("win32", "x86_64", {"profiler": "perfmap"}, "profiler='perfmap' is not for Windows. Remove it"),
        ("win32", "x86_64", {"profiler": "jitdump"}, "profiler='jitdump' is for Linux only. Remove it"),
        ("darwin", "aarch64", {"profiler": "jitdump"}, "profiler='jitdump' is for Linux only. Remove it"),
        ("linux", "aarch64", {"profiler": "vtune"}, "profiler='vtune' is for Linux, macOS and Windows on x86-64 only."),
        (
            "linux",
            "aarch64",
            {"strategy": "winch", "wasm_threads": True},
            "strategy='winch' and wasm_threads=True contradict each other: Winch has no atomic operations here. Remove",
        ),
        ("linux", "s390x", {"strategy": "winch"}, "Winch does not compile for this machine (s390x). Remove it"),
        (
            "darwin",
            "aarch64",
            {"target": "aarch64-unknown-linux-gnu"},
            "Give 'pulley64', or this machine's triple, which begins with 'aarch64-' and names 'darwin'",
        ),
    ],
)
def test_rules_of_other_machines(
    monkeypatch: pytest.MonkeyPatch, platform: str, machine: str, options: dict[str, Any], says: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(rules, "machine", lambda: machine)
    assert says in refusal(**options)


@pytest.mark.parametrize(
    ("platform", "machine", "target"),
    [
        ("darwin", "aarch64", "aarch64-apple-darwin"),
        ("win32", "x86_64", "x86_64-pc-windows-msvc"),
        ("linux", "aarch64", "aarch64-unknown-linux-gnu"),
    ],
)
def test_triples_of_other_machines_are_accepted_there(
    monkeypatch: pytest.MonkeyPatch, platform: str, machine: str, target: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(rules, "machine", lambda: machine)
    assert Config(target=target).target == target


# What is looked at when an engine is made


def test_a_profiler_whose_file_cannot_be_written_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_profilers", [])
    monkeypatch.chdir("/proc")
    with pytest.raises(WasmtimeError, match=r"^profiler='jitdump' needs the file \./jit-\d+\.dump: "):
        Config(profiler="jitdump")._make_native()


@pytest.mark.parametrize("profiler", ["jitdump", "perfmap", "vtune", "none"])
@x86_64_linux
def test_profilers_work(profiler: str, tmp_path: Path) -> None:
    script = f"""
from wasmtime_gen import Config, Engine, Module
import os
for _ in range(2):
    with Engine(profiler={profiler!r}) as engine:
        Module.from_text(engine, '(module (func (export "f")))')
for file in (f"/tmp/perf-{{os.getpid()}}.map", f"jit-{{os.getpid()}}.dump"):
    if os.path.exists(file):
        print(os.path.getsize(file) > 20)
        os.unlink(file)
"""
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'generated'}", "WASMTIME_GEN_LIBRARY": wasmtime_capi.library()._name}
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0
    assert not done.stderr or profiler == "vtune"  # which complains when VTune is not running
    assert done.stdout.split() == (["True"] if profiler in ("jitdump", "perfmap") else [])


def test_engines_must_agree_on_mach_ports_on_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_mach_ports", [])
    monkeypatch.setattr(sys, "platform", "darwin")
    native: Any = None
    first, other = Config(), Config(macos_use_mach_ports=False)
    process.suit_process(native, first._options)
    process.suit_process(native, Config(macos_use_mach_ports=True)._options)
    with pytest.raises(WasmtimeError) as caught:
        process.suit_process(native, other._options)
    assert str(caught.value) == (
        "macos_use_mach_ports=False: the first engine of this process was made with True. Give all engines the same "
        "value"
    )
    process.suit_process(native, other.replace(signals_based_traps=False)._options)


@x86_64_linux
def test_winch_goes_without_avx_on_processors_without_avx2(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.api.config_image import settings

    assert settings(Config(strategy="winch")).machine_flags["has_avx"] == ("avx" in _processor())
    monkeypatch.setattr(process, "_has_avx_only", lambda: True)
    assert settings(Config(strategy="winch")).machine_flags["has_avx"] is False


def _processor() -> list[str]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(line for line in lines if line.startswith("flags")).split()


# Each rule is needed


def ends(*candidates: dict[str, Any]) -> list[tuple[str, str]]:
    """How processes end that make an engine of these options and run guests, and where."""
    command = [sys.executable, "-m", "tests.api.config_probe", json.dumps(candidates)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [(how, where) for how, where in json.loads(done.stdout)]


@x86_64_linux
def test_without_the_rules_engines_abort() -> None:
    # These are refused for what would come later, or might.
    later = (
        "host functions need",
        "stack switching",
        "wasm_multi_",
        "exceptions",
        "does not suit",
        "not an interpreter",
    )
    now = [options for options, says in REFUSED if not any(word in says for word in later)]
    assert len(now) == 16
    assert {repr(options): end for options, end in zip(now, ends(*now), strict=True)} == {
        repr(options): ("killed by SIGABRT", "the engine") for options in now
    }


@x86_64_linux
@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"wasm_stack_switching": True}, "continuations"),
        ({"gc_support": False}, "exceptions"),
        ({"wasm_multi_memory": False}, "strings"),
        ({"wasm_multi_value": False}, "strings from UTF-16"),
        ({"target": "pulley64", "max_wasm_stack": 128}, "basic"),
        ({"target": "pulley64", "max_wasm_stack": 1 << 40, "async_stack_size": 1 << 41}, "basic"),
    ],
    ids=repr,
)
def test_without_the_rules_guests_abort(options: dict[str, Any], where: str) -> None:
    assert refusal(**options)
    assert ends(options) == [("killed by SIGABRT", where)]


@x86_64_linux
def test_the_default_sizes_of_stacks_are_the_librarys() -> None:
    guest, both = DEFAULTS["max_wasm_stack"], DEFAULTS["async_stack_size"]
    assert isinstance(guest, int)
    assert isinstance(both, int)
    assert [how for how, _ in ends({"async_stack_size": guest}, {"max_wasm_stack": both})] == ["fine", "fine"]
    died = [("killed by SIGABRT", "the engine")] * 2
    assert ends({"async_stack_size": guest - 1}, {"max_wasm_stack": both + 1}) == died


ASYNCHRONOUS = """
import os, sys
from ctypes import byref, c_void_p
from tests.api import natives as c
from tests.api.config_probe import unchecked
native = unchecked({"max_wasm_stack": STACK, "async_stack_size": STACK + MORE})
engine = c.wasm_engine_new_with_config(native)
wasm = c.wasm_byte_vec_t()
text = b'(module (func $f (export "f") (param i32) (result i32) local.get 0 call $f i32.const 1 i32.add))'
assert not c.wasmtime_wat2wasm(text, len(text), byref(wasm))
module, trap, error = c_void_p(), c_void_p(), c_void_p()
assert not c.wasmtime_module_new(engine, wasm.data, wasm.size, byref(module))
store = c.wasmtime_store_new(engine, None, None)
context, instance, item = c.wasmtime_store_context(store), c.wasmtime_instance_t(), c.wasmtime_extern_t()
assert not c.wasmtime_instance_new(context, module.value, None, 0, byref(instance), byref(trap))
assert c.wasmtime_instance_export_get(context, byref(instance), b"f", 1, byref(item))
given, got = (c.wasmtime_val_t * 1)(), (c.wasmtime_val_t * 1)()
future = c.wasmtime_func_call_async(context, byref(item.of.func), given, 1, got, 1, byref(trap), byref(error))
while not c.wasmtime_call_future_poll(future):
    pass
print("trap" if trap else "no trap")
"""


@x86_64_linux
@pytest.mark.parametrize("stack", [1, 1 << 16, 1 << 21])
def test_an_asynchronous_guest_overflows_without_headroom(stack: int) -> None:
    def run(more: int) -> tuple[int, str]:
        script = ASYNCHRONOUS.replace("STACK", str(stack)).replace("MORE", str(more))
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
        return done.returncode, done.stdout

    assert run(0)[0] < 0
    assert run(HEADROOM) == (0, "trap\n")
