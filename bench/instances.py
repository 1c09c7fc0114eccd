"""What does it cost to start a guest that is compiled already?"""

from __future__ import annotations

from functools import partial

import wasmtime

import wasmtime_gen as ours
from bench.contest import Contest, Row, statement
from bench.guests import engines, modules

_FUNCTION = '(func (export "f") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))'
_PLAIN = f"(module {_FUNCTION})"
_WITH_MEMORY = f'(module (memory (export "memory") 1) {_FUNCTION})'


def _names(text: str = _PLAIN) -> tuple[dict[str, object], dict[str, object]]:
    module, peer_module = modules(text)
    engine, peer_engine = engines()
    peer_linker = wasmtime.Linker(peer_engine)
    return (
        {"Store": ours.Store, "engine": engine, "module": module, "linker": ours.Linker(engine)},
        {
            "Store": wasmtime.Store,
            "Instance": wasmtime.Instance,
            "engine": peer_engine,
            "module": peer_module,
            "linker": peer_linker,
            "pre": peer_linker.instantiate_pre(peer_module),
        },
    )


def _first_call(text: str) -> Contest:
    mine, peer = _names(text)
    return Contest(
        statement("store = Store(engine); linker.instantiate(store, module).exports.f(1, 2)", mine),
        statement('store = Store(engine); Instance(store, module, []).exports(store)["f"](store, 1, 2)', peer),
    )


def _pre() -> Contest:
    mine, peer = _names()
    linker, module = ours.Linker(engines()[0]), modules(_PLAIN)[0]
    code = "store = Store(engine); pre.instantiate(store)"
    return Contest(statement(code, {**mine, "pre": linker.instantiate_pre(module)}), statement(code, peer))


def _store() -> Contest:
    mine, peer = _names()
    return Contest(statement("Store(engine)", mine), statement("Store(engine)", peer))


def rows() -> list[Row]:
    return [
        Row("store + instance + first call", partial(_first_call, _PLAIN), note="of a function (i32, i32) -> i32"),
        Row("the same with a memory", partial(_first_call, _WITH_MEMORY)),
        Row("store + instantiate_pre's instantiate", _pre),
        Row("store", _store),
    ]
