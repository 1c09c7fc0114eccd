"""`wasmtime-gen bench`: what a call of an export takes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from statistics import median
from time import perf_counter

import click

from wasmtime_gen import Config, Engine, Module, Store, WasiConfig
from wasmtime_gen.cli.files import file_argument, read
from wasmtime_gen.cli.modules import exported, instance_with_wasi
from wasmtime_gen.cli.values import Seconds, parsed
from wasmtime_gen.cli.waiting import waited

_RUNS = 7


@click.command(
    "bench",
    help="Measure calls of the export NAME with ARGS: nanoseconds each, the median and the extremes of several runs.",
    context_settings={"allow_interspersed_args": False},
)
@click.option("--seconds", type=Seconds(0.001, 3600), default=1.0, show_default=True, help="To measure for.")
@click.option("--interruptible", is_flag=True, help="Compile as `run` does, so that Ctrl-C and timeouts end a call.")
@file_argument
@click.argument("name", metavar="NAME")
@click.argument("args", nargs=-1, type=click.UNPROCESSED, metavar="[ARGS]...")
def command(file: str, name: str, args: tuple[str, ...], seconds: float, interruptible: bool) -> None:
    found = read(file)
    engine = Engine(Config(interruptible=interruptible or None))
    module = found.use("be measured", lambda wasm: Module(engine, wasm))
    type_, store = exported(module, found, name), Store(module.engine)
    values = parsed(args, type_, name)
    instance = instance_with_wasi(store, module, found, WasiConfig(stdout=None, stderr=None))
    function = instance.get_function(store, name)
    count, runs = waited(lambda: _measure(function.typed(type_), values, seconds))
    extremes = f"from {_nanoseconds(runs[0])} to {_nanoseconds(runs[-1])}"
    click.echo(f"{_nanoseconds(median(runs))} a call ({extremes}, {_RUNS} runs of {count} calls)")


def _measure(call: Callable[..., object], values: list[object], seconds: float) -> tuple[int, list[float]]:
    """How many calls a run has, and what one takes in each run, in nanoseconds."""
    count = 1
    while (took := _time(call, values, count)) < seconds / _RUNS / 2:
        count *= 2 if took > seconds / 1000 else 10
    return count, sorted([_time(call, values, count) / count * 1e9 for _ in range(_RUNS)])


def _time(call: Callable[..., object], values: list[object], count: int) -> float:
    start = perf_counter()
    for _ in repeat(None, count):
        call(*values)
    return perf_counter() - start


def _nanoseconds(number: float) -> str:
    return f"{number:,.0f} ns" if number >= 100 else f"{number:.1f} ns"
