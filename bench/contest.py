"""Two sides that do the same, measured in turns: ours, peer, ours, peer. What counts is the minimum of each.

A noisy machine only ever adds time, and what it adds to one round it adds to both sides. The garbage collector rests
while a sample is taken.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from timeit import Timer

Side = Callable[[], float]  # takes one sample: seconds of one operation
_SAMPLE = 0.002  # seconds that one sample of a repeated statement should take
_ROUNDS = 3


@dataclass(frozen=True)
class Contest:
    """The two sides, ready and warm. `floor` is what is subtracted from both; `finish` undoes what was set up."""

    ours: Side | None
    peer: Side | None = None
    floor: Side | None = None
    finish: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Row:
    """One line of the table. `start` sets the sides up."""

    name: str
    start: Callable[[], Contest]
    seconds: float = 2.0  # how long a full run measures
    note: str = ""


@dataclass(frozen=True)
class Times:
    """Seconds of one operation."""

    least: float
    median: float


@dataclass(frozen=True)
class Result:
    """What was measured for one row. A side is None where it does not exist."""

    ours: Times | None
    peer: Times | None
    rounds: int

    @property
    def ratio(self) -> float | None:
        """How many times as fast as the peer we are."""
        return self.peer.least / self.ours.least if self.ours and self.peer else None


def statement(code: str, names: dict[str, object], operations: int = 1) -> Side:
    """Times `code` as a user writes it, in a loop that is long enough for the clock. It does `operations` at once."""
    timer, number = Timer(code, globals=names), 1
    timer.timeit(10)  # first calls load and compile what later ones use
    while timer.timeit(number) < _SAMPLE:
        number *= 2
    return lambda: timer.timeit(number) / number / operations


def once(prepare: Callable[[], object], operation: Callable[..., object], times: int = 1) -> Side:
    """Times `operation` on something that `prepare` makes anew each time: the mean of a few."""

    def sample() -> float:
        total = 0.0
        for _ in range(times):
            fresh = prepare()
            begin = perf_counter()
            operation(fresh)
            total += perf_counter() - begin
        return total / times

    sample()
    return sample


def compete(contest: Contest, seconds: float) -> Result:
    """Take samples in turns for this long."""
    sides = [side for side in (contest.ours, contest.peer, contest.floor) if side is not None]
    samples: dict[int, list[float]] = {id(side): [] for side in sides}
    gc.collect()
    gc.freeze()  # what exists already need not be looked at between samples
    try:
        end, rounds = perf_counter() + seconds, 0
        while rounds < _ROUNDS or perf_counter() < end:
            rounds += 1
            for side in sides:
                samples[id(side)].append(_quiet(side))
    finally:
        gc.unfreeze()
        contest.finish()
    floor = min(samples[id(contest.floor)]) if contest.floor else 0.0
    ours, peer = (
        Times(min(samples[id(side)]) - floor, statistics.median(samples[id(side)]) - floor) if side else None
        for side in (contest.ours, contest.peer)
    )
    return Result(ours, peer, rounds)


def _quiet(side: Side) -> float:
    gc.collect()
    gc.disable()
    try:
        return side()
    finally:
        gc.enable()
