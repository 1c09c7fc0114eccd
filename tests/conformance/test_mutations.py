"""The checker can fail: of 200 expected values that are changed at random, it notices every one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from codegen import testsuite
from tests.availability import unavailable
from tests.conformance.script import Form, Script, read
from tests.conformance.suite import BACKENDS, files, run_side
from tests.conformance.values import WIDTHS, Lanes, Nan, Number, Reference, pattern

MUTATIONS, EACH = 200, 5
FOLDERS = ("wasm-latest", "simd", "gc", "exceptions", "relaxed-simd", "memory64", "bulk-memory", "threads")
_OTHER = {"struct": "array", "array": "struct", "i31": "struct", "any": "func", "eq": "extern", "func": "null func"}


def expected(script: Script) -> Iterator[tuple[int, Form]]:
    """The results of assertions, each with the number of its command."""
    for number, command in enumerate(script.commands):
        if command.head == "assert_return":
            for item in command.items[2:]:
                if isinstance(item, Form) and item.head != "either":
                    yield number, item


def mutated(form: Form, chance: random.Random) -> str:
    """Another value than this one, as text."""
    value = pattern(form)
    if isinstance(value, Reference):
        if value.number is not None:
            return f"(ref.{value.kind} {value.number + 1})"
        return f"(ref.{_OTHER.get(value.kind, 'i31')})"
    if isinstance(value, Lanes):
        lanes = [lane_text(lane) for lane in value.lanes]
        changed = chance.randrange(len(lanes))
        lanes[changed] = changed_lane(value.lanes[changed], chance)
        return f"(v128.const {value.lanes[0].kind}x{len(lanes)} {' '.join(lanes)})"
    assert isinstance(value, (Number, Nan))
    return f"({value.kind}.const {changed_lane(value, chance)})"


def changed_lane(lane: Number | Nan, chance: random.Random) -> str:
    """With one bit flipped; a signalling NaN instead of a quiet one."""
    if isinstance(lane, Nan):
        return f"nan:{1 << chance.randrange(20):#x}"
    return lane_text(Number(lane.kind, lane.bits ^ 1 << chance.randrange(WIDTHS[lane.kind])))


def lane_text(lane: Number | Nan) -> str:
    """A number as a literal of exactly these bits."""
    if isinstance(lane, Nan):
        return f"nan:{lane.which}"
    if lane.kind not in ("f32", "f64"):
        return f"{lane.bits:#x}"
    width, fraction = WIDTHS[lane.kind], {"f32": 23, "f64": 52}[lane.kind]
    sign = "-" if lane.bits >> width - 1 else ""
    exponent, rest = lane.bits >> fraction & (1 << width - fraction - 1) - 1, lane.bits & (1 << fraction) - 1
    if exponent == (1 << width - fraction - 1) - 1:
        return f"{sign}nan:{rest:#x}" if rest else f"{sign}inf"
    bias = (1 << width - fraction - 2) - 1
    hidden = 1 << fraction if exponent else 0
    return f"{sign}{hidden + rest:#x}p{max(exponent, 1) - bias - fraction}"


@pytest.fixture(scope="module")
def scripts() -> list[Path]:
    root = testsuite.scripts() or unavailable("the testsuite was not fetched: run make fetch")
    chance = random.Random(2026)
    found = [path for path in files(root) if path.parent.name in FOLDERS]
    found = [path for path in found if len({number for number, _ in expected(read(path.read_bytes()))}) >= EACH]
    return sorted(chance.sample(found, MUTATIONS // EACH))


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_changed_value_is_noticed(scripts: list[Path], backend: str, tmp_path: Path) -> None:
    chance, total = random.Random(7), 0
    for path in scripts:
        script = read(path.read_bytes())
        choices = dict(chance.sample(list(expected(script)), len(list(expected(script)))))  # one a command
        changed = {number: choices[number] for number in chance.sample(sorted(choices), EACH)}
        source = script.source
        for _, form in sorted(changed.items(), reverse=True):
            source = source[: form.start] + mutated(form, chance) + source[form.end :]
        (tmp_path / path.parent.name).mkdir(exist_ok=True)
        copy = tmp_path / path.parent.name / path.name
        copy.write_bytes(source.encode("latin-1"))
        side, before = run_side(backend, copy), run_side(backend, path)
        noticed = {number for number, outcome in enumerate(side.outcomes) if outcome.message}
        already = {number for number, outcome in enumerate(before.outcomes) if outcome.message}
        assert noticed - already == set(changed) - already, path.name
        assert all("expected " in side.outcomes[number].message for number in changed)
        total += len(changed)
    assert total == MUTATIONS
