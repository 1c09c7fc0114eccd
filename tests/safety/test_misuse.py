"""No misuse ends the process: each case in a process of its own, judged by its exit, its stderr and its exception."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from wasmtime_capi.cdata import IS_TRIED

from tests.safety.cases import Case, written_cases
from tests.safety.running import Runner
from tests.safety.selves import unbound

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs fork and memfd")
CASES = [*written_cases(), *unbound()]
_AT_ONCE = 2
_LEANS = "# leans on counts of references"


@pytest.fixture(scope="module")
def ended(request: pytest.FixtureRequest) -> Iterator[dict[Case, Future[tuple[str, str]]]]:
    """How each case ends that was selected, two at a time."""
    runners = [Runner() for _ in range(_AT_ONCE)]

    def run(case: Case) -> tuple[str, str]:
        runner = runners.pop()
        try:
            return runner.run(case)
        finally:
            runners.append(runner)

    calls = [getattr(item, "callspec", None) for item in request.session.items]
    chosen = [call.params["case"] for call in calls if call is not None and "case" in call.params]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield {case: pool.submit(run, case) for case in chosen if isinstance(case, Case)}
        pool.shutdown(cancel_futures=True)
    for runner in runners:
        runner.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_misuse_ends_with_the_expected_exception(ended: dict[Case, Future[tuple[str, str]]], case: Case) -> None:
    if ("interrupting(" in case.code or _LEANS in case.code) and not IS_TRIED:
        pytest.skip("leans on details of interpreters that were tried")
    how, outcome = ended[case].result()
    assert (how, case.fits(outcome)) == ("exit 0", True), f"{outcome}\nwanted: {case.expected}"


def test_there_are_as_many_cases_as_promised() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 250
