"""Every row of the benchmark runs, the table has all that the gates are about, and reaching them is told right."""

from __future__ import annotations

import pytest

pytest.importorskip("click")

from wasmtime_capi.cdata import IS_TRIED

from bench import gates, report, table
from bench.contest import Contest, Row, compete

ROWS = table.rows()


def test_each_row_has_its_own_name() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_each_gate_belongs_to_a_row() -> None:
    assert set(gates.GATES) <= {row.name for row in ROWS}


def test_a_pattern_chooses_rows() -> None:
    assert [row.name for row in table.rows("externref object")] == ["externref object in and out"]


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_a_row_runs_quickly(row: Row, request: pytest.FixtureRequest) -> None:
    if row.name.startswith("CPython"):
        request.getfixturevalue("python_wasm")
    if row.name.startswith("Ctrl-C") and not IS_TRIED:
        pytest.skip("leans on how callbacks are entered")
    record = table.measure(Row(row.name, row.start, seconds=0, note=row.note), quick=True)
    sides = [side for side in (record["ours"], record["peer"]) if side]
    assert sides
    assert all(side["least"] <= side["median"] for side in sides)
    assert (record["ratio"] is None) == (len(sides) == 1)


def test_the_ratio_is_of_the_minima_without_the_floor() -> None:
    ours, peer = iter([3.0, 2.0, 9.0]).__next__, iter([9.0, 11.0, 12.0]).__next__
    result = compete(Contest(ours, peer, floor=lambda: 1.0), seconds=0)
    assert result.ours is not None
    assert (result.ours.least, result.ours.median, result.ratio) == (1.0, 2.0, 8.0)


@pytest.mark.parametrize(
    ("ratio", "reached"), [(19.9, gates.BELOW), (20, gates.MET), (34.9, gates.MET), (35, gates.STRETCHED)]
)
def test_a_mark_tells_what_is_reached(ratio: float, reached: str) -> None:
    assert gates.mark("call () -> i32", ratio) == reached
    assert gates.mark("store", ratio) == gates.FREE


def test_the_written_results_have_every_row() -> None:
    full = report.load()["full"]
    assert full is not None
    assert [record["row"] for record in full["rows"]] == [row.name for row in ROWS]
