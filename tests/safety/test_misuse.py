"""No misuse ends the process: each case in a process of its own, judged by its exit, its stderr and its exception."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.safety.cases import Case, written_cases
from tests.safety.running import Runner
from tests.safety.selves import unbound

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs fork and memfd")
CASES = [*written_cases(), *unbound()]


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    made = Runner()
    yield made
    made.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_misuse_ends_with_the_expected_exception(runner: Runner, case: Case) -> None:
    ended, outcome = runner.run(case)
    assert (ended, case.fits(outcome)) == ("exit 0", True), f"{outcome}\nwanted: {case.expected}"


def test_there_are_as_many_cases_as_promised() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 250
