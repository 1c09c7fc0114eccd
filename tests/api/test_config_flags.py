"""The flags of Cranelift: each one that the library has is accepted or refused on purpose, and the accepted work."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import wasmtime_gen._config.flags
from tests.api.config_image import compiles, settings
from wasmtime_gen import Config
from wasmtime_gen._config.flags import FIXED, OPTIONS, REFUSED, SIZES, SWITCHES, features, presets, processor_flags
from wasmtime_gen._config.rules import machine

ROOT = Path(__file__).parents[2]
HERE = machine()
# Wasmtime's own, which are not written into compiled modules.
OWN = {name for name in REFUSED if name.startswith("wasmtime_")}
x86_64 = pytest.mark.skipif(HERE != "x86_64", reason="names a flag of x86-64")


def refused(kind: type[Exception], flags: Any, **options: Any) -> str:
    with pytest.raises(kind) as caught:
        Config(cranelift_flags=flags, **options)
    assert type(caught.value) is kind
    return str(caught.value)


def test_the_examples_are_true() -> None:
    assert doctest.testmod(wasmtime_gen._config.flags).failed == 0


def test_every_flag_of_the_library_is_decided() -> None:
    found = settings(Config())
    pulley = settings(Config(target="pulley64"))
    assert pulley.shared_flags.keys() == found.shared_flags.keys()
    decided = {*SWITCHES, *SIZES, *OPTIONS, *REFUSED}
    assert set(found.shared_flags) | set(pulley.machine_flags) == decided - OWN - {"has_apx"}
    assert set(found.machine_flags) == features(HERE) | ({"has_apx"} & found.machine_flags.keys())


def test_flags_are_of_the_kind_that_the_library_has() -> None:
    found = settings(Config())
    known = {**found.shared_flags, **found.machine_flags}
    assert {type(known[name]) for name in (*SWITCHES, *features(HERE))} == {bool}
    assert {type(known[name]) for name in SIZES} == {int}


def test_groups_of_flags_do_not_overlap() -> None:
    groups = [SWITCHES, SIZES.keys(), OPTIONS.keys(), REFUSED.keys(), processor_flags(HERE)]
    assert sum(map(len, groups)) == len(set().union(*groups))


@pytest.mark.parametrize("name", sorted(SWITCHES))
@pytest.mark.parametrize("value", [True, False])
def test_switches_are_set(name: str, value: bool) -> None:
    assert settings(Config(cranelift_flags={name: value})).shared_flags[name] is value


@pytest.mark.parametrize("name", sorted(features(HERE)))
def test_features_of_the_processor_can_be_left_unused(name: str) -> None:
    assert settings(Config(cranelift_flags={name: False})).machine_flags[name] is False


def test_features_that_the_processor_lacks_compile_nothing() -> None:
    found = settings(Config()).machine_flags
    for name in features(HERE):
        assert compiles(Config(cranelift_flags={name: True})) is found[name], name


@pytest.mark.parametrize("name", sorted(presets(HERE)))
def test_presets_set_features(name: str) -> None:
    target = f"{HERE}-unknown-linux-gnu"
    config = Config(cranelift_flags={name: True})
    if sys.platform == "linux" and compiles(config):
        plain, preset = settings(Config(target=target)), settings(config.replace(target=target))
        known = {name for name, value in preset.machine_flags.items() if value}
        assert known or name in ("baseline", "opteron", "k8", "athlon64", "athlon-fx", "x86-64")
        assert not any(plain.machine_flags.values())


def test_sizes_are_set() -> None:
    for name, sizes in SIZES.items():
        for size in sizes:
            assert settings(Config(cranelift_flags={name: size})).shared_flags[name] == size


@pytest.mark.parametrize(("flag", "option"), OPTIONS.items(), ids=OPTIONS)
def test_flags_that_are_options_are_refused_and_the_option_sets_them(flag: str, option: str) -> None:
    says = f"the Cranelift flag {flag!r} is the option {option} of Config: give that instead"
    assert refused(ValueError, {flag: True}) == says
    other: Any = {"opt_level": "none", "regalloc_algorithm": "single_pass", "unwind_info": False}.get(flag, True)
    assert settings(Config(**{option: other})).shared_flags[flag] == other


@pytest.mark.parametrize(("name", "reason"), REFUSED.items(), ids=REFUSED)
def test_flags_that_are_not_safe_are_refused(name: str, reason: str) -> None:
    assert refused(ValueError, {name: True}) == f"the Cranelift flag {name!r} cannot be set: {reason}"


@pytest.mark.parametrize(
    ("flags", "kind", "says"),
    [
        ({"is_pic": 1}, TypeError, "the Cranelift flag 'is_pic' takes True or False, not 1"),
        ({"is_pic": "true"}, TypeError, "the Cranelift flag 'is_pic' takes True or False, not 'true'"),
        ({"is_pic": None}, TypeError, "the Cranelift flag 'is_pic' takes True or False, not None"),
        (
            {"log2_min_function_alignment": 13},
            OverflowError,
            "the Cranelift flag 'log2_min_function_alignment' takes 0 to 12, not 13",
        ),
        (
            {"log2_min_function_alignment": True},
            TypeError,
            "the Cranelift flag 'log2_min_function_alignment' takes an int, not True",
        ),
        (
            {"enable_spectre": True},
            ValueError,
            "Cranelift has no flag 'enable_spectre' on this machine",
        ),
        (
            {"regaloc_checker": True},
            ValueError,
            "Cranelift has no flag 'regaloc_checker' on this machine: did you mean 'regalloc_checker'?",
        ),
        ({"is_pic\0": True}, ValueError, "Cranelift has no flag 'is_pic\\x00' on this machine: did you mean 'is_pic'?"),
        ({1: True}, TypeError, "cranelift_flags: a name is text, not int"),
        ("is_pic", TypeError, "cranelift_flags takes a dict of names to True, False or numbers, not str"),
        (["is_pic"], TypeError, "cranelift_flags takes a dict of names to True, False or numbers, not list"),
    ],
)
def test_wrong_flags_are_refused_with_what_is_known(flags: Any, kind: type[Exception], says: str) -> None:
    assert refused(kind, flags) == says


@x86_64
def test_flags_of_the_processor_are_refused_where_they_do_not_belong() -> None:
    assert refused(ValueError, {"haswell": False}) == (
        "the Cranelift flag 'haswell' is a preset: it takes True only, not False"
    )
    assert refused(ValueError, {"has_lse": True}).startswith("Cranelift has no flag 'has_lse' on this machine")
    assert refused(ValueError, {"has_avx": True}, target="pulley64") == (
        "target='pulley64' has no Cranelift flag 'has_avx': it compiles for no processor. Remove it"
    )
    assert refused(ValueError, {"has_avx2": False}, strategy="winch") == (
        "strategy='winch' does not go with the Cranelift flag 'has_avx2' of the processor. Remove one of them"
    )


def test_no_flags_are_the_same_as_none() -> None:
    assert Config(cranelift_flags={}) == Config()


@pytest.mark.skipif(sys.platform != "linux" or HERE != "x86_64", reason="what dies was found on x86-64 Linux")
def test_refused_flags_crash() -> None:
    deadly: list[dict[str, Any]] = [
        {"probestack_size_log2": 0},
        {"probestack_size_log2": 64},
        {"bb_padding_log2_minus_one": 64},
        {"log2_min_function_alignment": 64},
        {"wasmtime_linkopt_padding_between_functions": 10**12},
        {"no_such_flag": True},
        {"is_pic": 3},
    ]
    candidates = json.dumps([{"cranelift_flags": flags} for flags in deadly])
    command = [sys.executable, "-m", "tests.api.config_probe", candidates]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    ends = json.loads(done.stdout)
    assert [how.startswith("killed by ") for how, _ in ends] == [True] * len(deadly), ends
    for flags in deadly:
        with pytest.raises((TypeError, ValueError, OverflowError)):
            Config(cranelift_flags=flags)


def test_the_wasmtime_developers_flags_are_known_by_name() -> None:
    assert OWN
    assert all(REFUSED[name] != FIXED for name in OWN)
