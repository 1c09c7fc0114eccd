"""Work spread over processes: each has a host of its own, with the same settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from .api import Outcome
from .host import PluginHost, Settings

_host: PluginHost  # of a worker


def spread(settings: Settings, processes: int, plugin: str, texts: Iterable[str]) -> Iterator[Outcome]:
    """Run a plug-in on each text in this many processes. The outcomes come in the order of the texts."""
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, (settings,)) as pool:
        yield from pool.map(partial(_run, plugin), texts)


def _begin(settings: Settings) -> None:
    global _host
    _host = PluginHost(settings)


def _run(plugin: str, text: str) -> Outcome:
    return _host.run(plugin, text)
