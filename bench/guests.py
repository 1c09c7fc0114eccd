"""The guests that rows run: the same wasm bytes on both sides, in warm instances, on default engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import wasmtime

import wasmtime_gen as ours

Host = tuple[str, Callable[..., Any]]  # its type, such as "i32, i32 -> i32", and what it does


@dataclass(frozen=True)
class Pair:
    """One module at work on both sides: `ours` and `peer` are the names that statements can use."""

    ours: dict[str, Any]
    peer: dict[str, Any]


@cache
def engines() -> tuple[ours.Engine, wasmtime.Engine]:
    return ours.Engine(), wasmtime.Engine()


@cache
def modules(text: str) -> tuple[ours.Module, wasmtime.Module]:
    """The module on both sides, from the same bytes."""
    wasm = ours.wat2wasm(text)
    engine, peer_engine = engines()
    return ours.Module(engine, wasm), wasmtime.Module(peer_engine, wasm)


def pair(
    text: str, host: Callable[[dict[str, Any]], Any] | None = None, type_: str = "() -> ()", **names: object
) -> Pair:
    """The module's instances. A single import is the host function `host(names)`, with this type.

    Statements find `instance` on our side; on the peer's `store`, and each export under its name, as it wants to be
    looked up beforehand. `names` are for both.
    """
    module, peer_module = modules(text)
    mine: dict[str, Any] = {**names, "Trap": ours.Trap}
    other: dict[str, Any] = {**names, "Trap": wasmtime.Trap}

    store, linker = ours.Store(module.engine), ours.Linker(module.engine)
    peer_store, imports = wasmtime.Store(engines()[1]), []
    if host is not None:
        linker.define(store, "", "host", ours.Func.wrap(store, host(mine), type_))
        params, _, results = type_.partition(" -> ")
        peer_type = wasmtime.FuncType(_types(params), _types(results))
        imports.append(wasmtime.Func(peer_store, peer_type, host(other)))

    mine["store"] = store
    mine["instance"] = linker.instantiate(store, module)
    peer_instance = wasmtime.Instance(peer_store, peer_module, imports)
    exports = peer_instance.exports(peer_store)
    other.update({export.name: exports[str(export.name)] for export in peer_module.exports}, store=peer_store)
    return Pair(mine, other)


def _types(text: str) -> list[wasmtime.ValType]:
    return [getattr(wasmtime.ValType, word)() for word in text.split(", ") if word not in ("", "()")]
