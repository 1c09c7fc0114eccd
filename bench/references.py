"""What do references cost, which a number in a register does not show?"""

from __future__ import annotations

from functools import cache, partial

from bench.contest import Contest, Row, statement
from bench.guests import Pair, pair

_GUEST = """
(module
  (func (export "same") (param externref) (result externref) local.get 0)
  (func $some (export "function") (result funcref) ref.func $some)
  (func (export "take") (param funcref)))
"""


@cache
def _guest() -> Pair:
    made = pair(_GUEST, thing=object())
    made.ours["given"] = made.ours["instance"].exports.function
    made.peer["given"] = made.peer["function"]
    return made


def _call(name: str, arguments: str) -> Contest:
    guest = _guest()
    return Contest(
        statement(f"instance.exports.{name}({arguments})", guest.ours),
        statement(f"{name}({', '.join(['store', *filter(None, [arguments])])})", guest.peer),
    )


def rows() -> list[Row]:
    return [
        Row("externref object in and out", partial(_call, "same", "thing")),
        Row("externref None in and out", partial(_call, "same", "None")),
        Row("funcref in", partial(_call, "take", "given")),
        Row("funcref out", partial(_call, "function", "")),
    ]
