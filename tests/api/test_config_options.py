"""The options of Config against the generated table and the library: all are there, documented, typed and cheap."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from wasmtime_capi.settings import CONFIG

from tests.api.config_image import settings
from tests.api.imports import check_cheap, fresh, loads
from tests.api.snippets import check_snippet
from wasmtime_gen import Config
from wasmtime_gen._config.options import BY_HAND, DEFAULTS, PLAIN, ConfigOptions, Option
from wasmtime_gen._config.values import choices

ROOT = Path(__file__).parents[2]
KEYWORDS = ROOT / "wasmtime_gen" / "_config" / "keywords.py"
BY_HAND_TYPES = {
    "cache": "bool | str | bytes | PathLike[str] | PathLike[bytes]",
    "cranelift_flags": "Mapping[str, bool | int]",
    "interruptible": "bool",
    "target": "str",
}


def declaration(name: str) -> str:
    """The line of keywords.py for an option."""
    if name in BY_HAND:
        return f"{name}: {BY_HAND_TYPES[name]} | None"
    _, kind, enum = PLAIN[name]
    known = f"Literal[{', '.join(f'{short!r}' for short in choices(enum))}]".replace("'", '"') if enum else "int"
    return f"{name}: {'bool' if kind == 'bool' else known} | None"


def test_every_setter_of_a_plain_value_is_an_option() -> None:
    by_hand = {name for name, (_, kind, _) in CONFIG.items() if kind.endswith("*")}
    assert by_hand == {"host_memory_creator", "host_stack_creator", "target"}
    assert set(PLAIN) == set(CONFIG) - by_hand


def test_every_option_is_declared_with_its_documentation() -> None:
    declared = {name for name, value in vars(ConfigOptions).items() if isinstance(value, Option)}
    assert declared | {"cranelift_flags"} == {*PLAIN, *BY_HAND}
    source = inspect.getsource(ConfigOptions)
    missing = [name for name in PLAIN if f"    {name}: Final" not in source]
    lines = "".join(f'\n    {name}: Final = option(..., "...")' for name in missing)
    assert not missing, f"add to ConfigOptions:{lines}"
    for name in (*PLAIN, *BY_HAND):
        doc = getattr(Config, name).__doc__
        assert doc, name
        assert "described" not in doc, name


def test_documentation_tells_defaults_and_choices() -> None:
    assert Config.max_wasm_stack.__doc__
    assert Config.max_wasm_stack.__doc__.endswith(" Default: 524288.")
    for name, (_, _, enum) in PLAIN.items():
        if enum:
            doc = getattr(Config, name).__doc__
            assert all(f"'{short}'" in doc for short in choices(enum) if short != "auto"), name


def test_type_checkers_are_told_the_same_options() -> None:
    told = re.findall(r"^    (\w+: .+)$", KEYWORDS.read_text(), re.MULTILINE)
    expected = [declaration(name) for name in sorted([*PLAIN, *BY_HAND])]
    missing = "\n    ".join(line for line in expected if line not in told)
    needless = "\n    ".join(line for line in told if line not in expected)
    assert told == expected, f"in {KEYWORDS}, sorted by name\nadd:\n    {missing}\nremove:\n    {needless}"


def test_an_option_of_a_new_release_works_before_anybody_declares_it() -> None:
    script = """
from wasmtime_capi.settings import CONFIG
CONFIG["wasm_newest"] = ("wasmtime_config_wasm_simd_set", "bool", "")
from wasmtime_gen import Config, Engine
config = Config(wasm_newest=True)
print(config, config.wasm_newest, Config().wasm_newest)
print(config.effective("wasm_newest"), Config().effective("wasm_newest"))
print(Config.wasm_newest.__doc__)
Engine(config).close()
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "Config(wasm_newest=True) True None",
        "True None",
        "Not described yet: see the C function wasmtime_config_wasm_simd_set.",
    ], done.stderr


# Defaults: an engine writes its settings into compiled modules

BASES: dict[str, dict[str, Any]] = {
    "cranelift": {},
    "winch": {"strategy": "winch"},
    "pulley": {"target": "pulley64"},
    "no concurrency": {"concurrency_support": False},
}
# Not written into modules. Stacks: test_config_rules.py.
UNWRITTEN = {
    "async_stack_size",
    "macos_use_mach_ports",
    "max_wasm_stack",
    "parallel_compilation",
    "profiler",
    "shared_memory",
    "strategy",
}
# Winch has a second set of flags, which follow these when they are given, and mean nothing to it.
CRANELIFTS_OWN = {"cranelift_debug_verifier", "cranelift_opt_level"}


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
def test_to_give_a_default_changes_nothing(base: dict[str, Any]) -> None:
    config = Config(**base)
    unchanged = settings(config)
    without = {*base, *(CRANELIFTS_OWN if config.strategy == "winch" else ())}
    given = {name: config.effective(name) for name in PLAIN if name not in without}
    assert None not in given.values()
    for name, default in given.items():
        assert settings(Config(**base, **{name: default})) == unchanged, name
    assert settings(Config(**base, **given)) == unchanged


def test_to_give_something_else_changes_what_modules_are_compiled_with() -> None:
    unchanged, same = settings(Config()), set()
    # What contradicts the other option has to go along.
    along: dict[str, dict[str, Any]] = {
        "gc_support": {"wasm_exceptions": False},
        "wasm_multi_memory": {"wasm_component_model": False},
        "wasm_multi_value": {"wasm_component_model": False},
        "wasm_reference_types": {"wasm_component_model_async": False},
        "wasm_simd": {"wasm_relaxed_simd": False},
    }
    for name, (_, kind, enum) in PLAIN.items():
        if name in ("profiler", "wasm_stack_switching"):  # writes a file; is refused
            continue
        others = choices(enum) if enum else (True, False) if kind == "bool" else (1 << 20,)
        other = next(value for value in others if value != DEFAULTS[name] and value != "cranelift")
        changes = {name: other, **along.get(name, {})}
        rest = settings(Config(**along.get(name, {}))) if name in along else unchanged
        if name != "strategy" and settings(Config(**changes)) == rest:
            same.add(name)
    assert same == UNWRITTEN - {"profiler", "strategy"}


# Types

SNIPPET = """
from wasmtime_gen._config.config import Config
config = Config(consume_fuel=True, strategy="winch", cranelift_flags={"haswell": True}, cache=True)
Config(consume_fule=True)  # error: call-arg
Config(consume_fuel="yes")  # error: arg-type
Config(strategy="wnch")  # error: arg-type
Config(max_wasm_stack=None)
config.replace(max_wasm_stack="1")  # error: arg-type
config.fuel  # error: attr-defined
reveal_type(config.replace(debug_info=True))  # Config
reveal_type(config.consume_fuel)  # bool | None
reveal_type(config.max_wasm_stack)  # int | None
reveal_type(config.strategy)  # str | None
reveal_type(config.cache)  # bool | str | None
reveal_type(config.cranelift_flags)  # dict[str, bool | int] | None
config.consume_fuel = True  # error: misc
"""


def test_mypy_knows_options_and_values(tmp_path: Path) -> None:
    check_snippet(SNIPPET, tmp_path)


# Import

IMPORT = "import wasmtime_gen._config.config"
LATER = ("flags", "keywords", "process", "rules", "values")


def test_import_loads_nothing_slow() -> None:
    loaded = loads(IMPORT)
    check_cheap(loaded, ["_config.config"], tables=["settings"])
    assert all((ROOT / "wasmtime_gen" / "_config" / f"{part}.py").is_file() for part in LATER)
    assert loaded & {f"wasmtime_gen._config.{part}" for part in LATER} == set()


def test_plain_options_load_nothing_slow() -> None:
    script = f"""
{IMPORT}
before = set(sys.modules)
config = wasmtime_gen._config.config.Config(consume_fuel=True, max_wasm_stack=1 << 18, cache=True)
hash(config), repr(config), config.replace(cache=None)._make_native()
"""
    assert loads(script) == {"wasmtime_gen._config.rules", "wasmtime_gen._config.values"}


def test_import_takes_less_than_two_fifths_of_enum(tmp_path: Path) -> None:
    """Which takes 3.3 ms where this takes 0.9: a bound in milliseconds would tell how busy the machine is."""
    # The least of many, because other programs run on this machine, too.
    ours, enum = (
        min(float(fresh(f"{script}\nprint(perf_counter() - start)", tmp_path)[0]) for _ in range(25))
        for script in (IMPORT, "import enum")
    )
    assert ours < enum * 2 / 5
