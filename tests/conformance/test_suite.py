"""What a process that ends early, a difference and a failure of the library itself are in the results."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conformance import suite
from tests.conformance.report import cells, markdown
from tests.conformance.runner import Mismatch, Outcome, compare, expect_trap
from tests.conformance.suite import Result, Side, files, run_file, third
from tests.conformance.values import Number

PASSED, FAILED = Outcome(1, "module"), Outcome(2, "assert_return", "expected (i32 0x00000001), got (i32 0x00000002)")
REACHED = Outcome(2, "assert_return")


def test_what_passes_raw_only_is_a_difference() -> None:
    result = Result("gc/f", Side((PASSED, REACHED)), Side((PASSED, FAILED)))
    assert result.differences == ["gc/f:2: assert_return: expected (i32 0x00000001), got (i32 0x00000002)"]
    assert cells("gc/f", [result]) == ("gc/f", "2", "2", "1", "0", "1", "1")


def test_what_the_library_fails_is_none() -> None:
    result = Result("gc/f", Side((PASSED, FAILED)), Side((PASSED, FAILED)))
    assert result.differences == []
    assert "- line 2, assert_return: `expected (i32 0x00000001), got (i32 0x00000002)`" in markdown([result])


def test_what_was_not_reached_is_a_difference() -> None:
    result = Result("gc/f", Side((PASSED, REACHED)), Side((PASSED,), "the process ended with SIGABRT"))
    assert result.differences == ["gc/f: the process ended with SIGABRT", "gc/f:2: assert_return was not reached"]


def test_a_process_that_dies_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "wasm-latest" / "f.wast"
    path.parent.mkdir()
    path.write_text("(module)\n(invoke 5)")
    dying = tmp_path / "dying"
    dying.write_text(f'#!/bin/sh\n{sys.executable} "$@" | head -n 1\nkill -ABRT $$\n')
    dying.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(dying))
    result = run_file(tmp_path, path)
    assert result.public.outcomes == (PASSED,)
    assert result.public.end.startswith("the process ended with SIGABRT after the command at line 1")
    assert (result.public.passed, result.public.failed) == (1, 1)


def test_the_third_is_fixed(tmp_path: Path) -> None:
    for folder, names in {"wasm-latest": "abcd", "proposals/gc": "xy", "wasm-v1": "z"}.items():
        (tmp_path / folder).mkdir(parents=True)
        for name in names:
            (tmp_path / folder / f"{name}.wast").touch()
    found = files(tmp_path)
    assert [suite.name_of(tmp_path, path) for path in found] == [*(f"wasm-latest/{n}" for n in "abcd"), "gc/x", "gc/y"]
    assert [path.stem for path in third(found)] == ["a", "d", "x"]
    assert [path.stem for path in files(tmp_path, "gc/")] == ["x", "y"]


def test_results_are_compared_by_number_and_value() -> None:
    one, two = Number("i32", 1), Number("i32", 2)
    compare([one, two], [one, two])
    for values in ([two, two], [one], [one, two, two], []):
        with pytest.raises(Mismatch, match="expected "):
            compare(values, [one, two])


def test_a_trap_has_to_be_the_right_one() -> None:
    expect_trap("wasm trap: integer divide by zero", "integer divide by zero")
    expect_trap("wasm trap: uninitialized element", "uninitialized element 2")
    expect_trap("wasm trap: null reference", "null structure reference")
    with pytest.raises(Mismatch, match="should have trapped: integer overflow, but: wasm trap: integer divide by zero"):
        expect_trap("wasm trap: integer divide by zero", "integer overflow")
