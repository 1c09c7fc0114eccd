"""What does it cost a guest to call Python? A loop in wasm does so a thousand times; the time is for one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from bench.contest import Contest, Row, statement
from bench.guests import pair

_CALLS = 1000
_DEPTH = 50
_LOOP = """
(module
  (import "" "host" (func $host {type}))
  (func (export "run") (param {extra}) (local $left i32)
    (local.set $left (i32.const {calls}))
    (loop
      {call}
      (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))
"""
_DOWN = """
(module
  (import "" "host" (func $host (param i32) (result i32)))
  (func (export "down") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $host (i32.sub (local.get 0) (i32.const 1))))))))
"""


def _loop(type_: str, function: Callable[..., Any], extra: str, wat: str, call: str, argument: str) -> Contest:
    guest = pair(
        _LOOP.format(type=wat, call=call, calls=_CALLS, extra=extra), lambda _: function, type_, thing=object()
    )
    return Contest(
        statement(f"instance.exports.run({argument})", guest.ours, _CALLS),
        statement(f"run({', '.join(['store', *filter(None, [argument])])})", guest.peer, _CALLS),
    )


def _recursion() -> Contest:
    def host(names: dict[str, Any]) -> Callable[[int], int]:
        return lambda depth: names["again"](depth)

    guest = pair(_DOWN, host, "i32 -> i32", depth=_DEPTH)
    guest.ours["again"] = guest.ours["instance"].exports.down
    guest.peer["again"] = partial(guest.peer["down"], guest.peer["store"])
    assert guest.ours["again"](_DEPTH) == guest.peer["again"](_DEPTH) == _DEPTH
    return Contest(
        statement("instance.exports.down(depth)", guest.ours, _DEPTH),
        statement("down(store, depth)", guest.peer, _DEPTH),
    )


def rows() -> list[Row]:
    numbers = "(param i32 i32) (result i32)"
    call = "(drop (call $host (i32.const 1) (i32.const 2)))"
    add = partial(_loop, "i32, i32 -> i32", lambda a, b: a + b, "", numbers, call, "")
    eight = partial(
        _loop,
        f"{', '.join(['f64'] * 8)} -> f64",
        lambda a, b, c, d, e, f, g, h: a + h,
        "",
        f"(param {'f64 ' * 8}) (result f64)",
        f"(drop (call $host {'(f64.const 1.5) ' * 8}))",
        "",
    )
    refs = partial(
        _loop,
        "externref -> externref",
        lambda thing: thing,
        "externref",
        "(param externref) (result externref)",
        "(drop (call $host (local.get 0)))",
        "thing",
    )
    return [
        Row("host callback ()", partial(_loop, "() -> ()", lambda: None, "", "", "(call $host)", "")),
        Row("host callback (i32, i32) -> i32", add),
        Row("host callback f64 x 8 -> f64", eight),
        Row("host callback externref -> externref", refs),
        Row("recursion wasm -> host -> wasm", _recursion, note=f"per level, {_DEPTH} deep"),
    ]
