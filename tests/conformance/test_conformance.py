"""A fixed third of the official testsuite: what passes through wasmtime_capi passes through the public API."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen import testsuite
from tests.availability import unavailable
from tests.conformance.script import read
from tests.conformance.suite import Result, files, name_of, run, third

ROOT = testsuite.scripts()
THIRD = {name_of(ROOT, path): path for path in third(files(ROOT))} if ROOT else {"": Path()}


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    if ROOT is None:
        unavailable("the testsuite was not fetched: run make fetch")
    return {result.name: result for result in run(ROOT, list(THIRD.values()))}


@pytest.mark.parametrize("name", THIRD)
def test_the_public_api_passes_what_the_library_passes(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert result.differences == []
    assert len(result.public.outcomes) == len(result.raw.outcomes) == len(read(THIRD[name].read_bytes()).commands)
    assert (result.raw.end, result.public.failed) == ("", result.raw.failed)
    if name.startswith("wasm-"):
        assert [outcome for outcome in result.raw.outcomes if outcome.message] == []
