"""Compares what Config refuses with what kills a process: python -m tests.api.config_abort_scan [quick | full]

Tries all options alone and in pairs, larger sets of those that rules speak of, and random sets: whether the engine can
be made, and for what Config accepts, whether all guests of config_guests.py survive on it. Prints one line of JSON for
each difference, and a summary last. quick takes some 10 s on two processors, full some 15 minutes.
"""

from __future__ import annotations

import itertools
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tests.api.config_probe import ENGINE, Candidate, outcomes
from wasmtime_gen._config.config import Config
from wasmtime_gen._config.flags import REFUSED, SIZES, SWITCHES, features, presets
from wasmtime_gen._config.options import DEFAULTS, PLAIN
from wasmtime_gen._config.rules import HEADROOM, PULLEYS, machine
from wasmtime_gen._config.values import choices

# A refusal that says this is wanted although the engine can be made. test_config_rules.py shows what would come later.
MARGINS = (
    f"host functions need {HEADROOM} bytes",
    "built without stack switching",
    "does not suit target=",
    "exceptions are objects of the garbage collector",
    "wasm_multi_memory",
    "wasm_multi_value",
    "does not go with the Cranelift flag",
    "cannot be set:",
)
NUMBERS = (
    0,
    1,
    4095,
    (1 << 16) + 1,
    (1 << 21) + 1,
    *(1 << bits for bits in (16, 20, 21, 31, 32, 40, 47, 63)),
    (1 << 64) - 1,
)
FEW_NUMBERS = (0, 1, 1 << 16, (1 << 21) + 1, 1 << 32, (1 << 64) - 1)
HOST = f"{machine()}-unknown-linux-gnu"
# Options that rules speak of.
INVOLVED = (
    "async_stack_size",
    "concurrency_support",
    "cranelift_flags",
    "debug_info",
    "gc_support",
    "max_wasm_stack",
    "memory_guard_size",
    "signals_based_traps",
    "strategy",
    "target",
    "wasm_component_model",
    "wasm_component_model_async",
    "wasm_component_model_async_stackful",
    "wasm_exceptions",
    "wasm_function_references",
    "wasm_gc",
    "wasm_multi_memory",
    "wasm_multi_value",
    "wasm_reference_types",
    "wasm_relaxed_simd",
    "wasm_simd",
    "wasm_stack_switching",
    "wasm_threads",
)


def values(name: str, numbers: Sequence[int]) -> Sequence[Any]:
    """The values to try for an option."""
    if name == "target":
        return PULLEYS[sys.byteorder], HOST
    if name == "cranelift_flags":
        return {"enable_heap_access_spectre_mitigation": True}, {"enable_table_access_spectre_mitigation": False}
    _, kind, enum = PLAIN[name]
    return list(choices(enum)) if enum else (False, True) if kind == "bool" else numbers


def flags() -> Iterator[Candidate]:
    """Every flag with every value, and with what it may get on badly with."""
    for name in sorted({*SWITCHES, *features(machine())}):
        for value in (True, False):
            for other in (
                {},
                {"strategy": "winch"},
                {"target": "pulley64"},
                {"signals_based_traps": False},
                {"target": HOST},
            ):
                yield {**other, "cranelift_flags": {name: value}}
    for name in sorted(presets(machine())):
        yield {"cranelift_flags": {name: True}}
    for name, sizes in SIZES.items():
        for size in sizes:
            yield {"cranelift_flags": {name: size}}


def sets(
    size: int, names: Iterable[str], numbers: Sequence[int] = FEW_NUMBERS, defaults: bool = True
) -> Iterator[Candidate]:
    """All sets of so many options with their values, also those that are the default if wanted."""
    items = [
        (name, value)
        for name in names
        for value in values(name, numbers)
        if defaults or name == "cranelift_flags" or value != DEFAULTS[name]
    ]
    for chosen in itertools.combinations(items, size):
        if len({name for name, _ in chosen}) == size:
            yield dict(chosen)


def mixed(count: int, seed: int = 4) -> Iterator[Candidate]:
    """Random sets, few options or many. Most values that are refused alone are left out, or hardly any set would do."""
    chance = random.Random(seed)
    rare = {
        ("wasm_stack_switching", True),
        ("gc_support", False),
        ("wasm_multi_memory", False),
        ("wasm_multi_value", False),
    }
    for _ in range(count):
        share, candidate = chance.choice((0.08, 0.2, 0.5)), {}
        for name in PLAIN:
            value = chance.choice(values(name, (*NUMBERS, 1 << 17, 3 << 20, 1 << 26)))
            risky = (name, value) in rare or name.endswith("_stack") or name.endswith("stack_size")
            if chance.random() < share and (not risky or chance.random() < 0.2):
                candidate[name] = value
        if chance.random() < 0.3:
            candidate["target"] = chance.choice(values("target", ()))
        yield candidate


def refusal(candidate: Candidate) -> str:
    """Why Config refuses it, or ""."""
    try:
        Config(**candidate)
    except ValueError as error:
        return str(error)
    return ""


def differences(candidates: Iterable[Candidate], guests: bool) -> Iterator[dict[str, object]]:
    """Where Config and the library disagree. With guests, of what Config accepts only."""
    chosen = [candidate for candidate in candidates if not (guests and refusal(candidate))]
    for candidate, (how, where) in zip(chosen, outcomes(chosen, guests), strict=True):
        said = refusal(candidate)
        if how == "fine" and said and not any(margin in said for margin in MARGINS):
            yield {"options": candidate, "refused": said, "but": "it works"}
        elif how != "fine" and not said:
            yield {"options": candidate, "accepted, but": f"{how} in {where}"}
        elif how not in ("fine", "killed by SIGABRT") and where == ENGINE:
            yield {"options": candidate, "refused": said, "but": how}


def plan(mode: str) -> Iterator[tuple[str, Iterable[Candidate], bool]]:
    """What to try: name, candidates, and whether to run guests."""
    everything = (*PLAIN, "target", "cranelift_flags")
    yield "alone", sets(1, everything, NUMBERS), False
    yield "alone, with guests", sets(1, everything, NUMBERS, defaults=False), True
    yield "flags", flags(), False
    yield "pairs", sets(2, everything, (0, 1 << 16, (1 << 64) - 1), defaults=False), False
    yield (
        "some pairs, with guests",
        itertools.islice(sets(2, everything, (0, 1 << 16), defaults=False), 0, None, 23),
        True,
    )
    if mode == "full":
        yield "flags, with guests", flags(), True
        yield "all pairs", sets(2, everything), False
        yield "triples of the involved", sets(3, INVOLVED, (1 << 16, 1 << 22)), False
        yield "random sets", mixed(30_000), False
        yield "all pairs, with guests", sets(2, everything), True
        yield "random sets, with guests", mixed(4_000, 5), True


def main(mode: str) -> int:
    assert set(REFUSED).isdisjoint(SWITCHES)
    found = 0
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # profilers write here
        for name, candidates, guests in plan(mode):
            start, tried = time.monotonic(), list(candidates)
            for difference in differences(tried, guests):
                found += 1
                print(json.dumps({"in": name, **difference}), flush=True)
            counts[name] = f"{len(tried)} in {time.monotonic() - start:.1f} s"
            if mode == "full":
                print(f"# {name}: {counts[name]}", file=sys.stderr, flush=True)
    print(json.dumps({"differences": found, "machine": platform.machine(), "tried": counts}))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main((sys.argv[1:] or ["quick"])[0]))
