"""What does it cost to find exports of a big module in a fresh instance?"""

from __future__ import annotations

from typing import Any

import wasmtime

import wasmtime_gen as ours
from bench.contest import Contest, Row, Side, once
from bench.guests import engines, modules

_NAMES = [f"f{number}" for number in range(1000)]
_FUNCTIONS = [f'(func (export "{name}") (result i32) i32.const 5)' for name in _NAMES]
_GUEST = f"(module {' '.join(_FUNCTIONS)})"


def _sides() -> tuple[Any, Any]:
    """Makers of fresh instances, each in a fresh store."""
    module, peer_module = modules(_GUEST)
    linker, peer_engine = ours.Linker(module.engine), engines()[1]

    def fresh() -> ours.Instance:
        return linker.instantiate(ours.Store(module.engine), module)

    def fresh_peer() -> tuple[wasmtime.Store, wasmtime.Instance]:
        store = wasmtime.Store(peer_engine)
        return store, wasmtime.Instance(store, peer_module, [])

    return fresh, fresh_peer


def _one() -> Contest:
    fresh, fresh_peer = _sides()

    def peer(made: tuple[wasmtime.Store, wasmtime.Instance]) -> None:
        store, instance = made
        function: Any = instance.exports(store)["f500"]
        function(store)

    side: Side = once(fresh, lambda instance: instance.exports.f500(), times=20)
    return Contest(side, once(fresh_peer, peer))


def _all() -> Contest:
    fresh, fresh_peer = _sides()

    def mine(instance: ours.Instance) -> None:
        exports = instance.exports
        for name in _NAMES:
            exports[name]

    def peer(made: tuple[wasmtime.Store, wasmtime.Instance]) -> None:
        store, instance = made
        exports = instance.exports(store)
        for name in _NAMES:
            exports[name]

    return Contest(once(fresh, mine), once(fresh_peer, peer))


def rows() -> list[Row]:
    return [
        Row("one of 1000 exports, cold", _one, 3.0, "lookup and first call in a fresh instance"),
        Row("all of 1000 exports", _all, 3.0, "lookups in a fresh instance"),
    ]
