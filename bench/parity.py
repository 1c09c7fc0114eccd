"""Do we lose anything where the time is the library's own? Parity is all there is to reach."""

from __future__ import annotations

import wasmtime

import wasmtime_gen as ours
from bench.contest import Contest, Row, statement
from bench.guests import engines, pair

_FUNCTIONS = 300
_BODY = """
(func (export "f{number}") (param $n i32) (result i32) (local $sum i32)
  (loop
    (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.xor (local.get $n) (i32.const {number}))))
    (if (i32.and (local.get $sum) (i32.const 1)) (then (local.set $sum (i32.rotl (local.get $sum) (i32.const 3)))))
    (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  local.get $sum)
"""


def _text(functions: int) -> str:
    return f"(module {''.join(_BODY.format(number=number) for number in range(functions))})"


def _compile() -> Contest:
    wasm = ours.wat2wasm(_text(_FUNCTIONS))
    engine, peer_engine = engines()
    return Contest(
        statement("Module(engine, wasm)", {"Module": ours.Module, "engine": engine, "wasm": wasm}),
        statement("Module(engine, wasm)", {"Module": wasmtime.Module, "engine": peer_engine, "wasm": wasm}),
    )


def _compute() -> Contest:
    guest = pair(_text(1))
    return Contest(
        statement("instance.exports.f0(1_000_000)", guest.ours), statement("f0(store, 1_000_000)", guest.peer)
    )


def rows() -> list[Row]:
    return [
        Row("compile", _compile, 10.0, f"{_FUNCTIONS} functions"),
        Row("compute", _compute, 3.0, "a loop of 1,000,000"),
    ]
