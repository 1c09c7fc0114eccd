"""What does it cost when a call fails?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from bench.contest import Contest, Row, statement
from bench.guests import pair

_GUEST = """
(module
  (import "" "host" (func $host))
  (func (export "trap") unreachable)
  (func (export "fail") (call $host)))
"""
_TRY = """
try:
    {call}
except {error} as caught:
    {use}
"""


class _HostError(Exception):
    pass


def _host(names: dict[str, Any]) -> Callable[[], None]:
    def fail() -> None:
        raise _HostError

    return fail


def _caught(name: str, error: str, use: str) -> Contest:
    guest = pair(_GUEST, _host, HostError=_HostError)
    return Contest(
        statement(_TRY.format(call=f"instance.exports.{name}()", error=error, use=use), guest.ours),
        statement(_TRY.format(call=f"{name}(store)", error=error, use=use), guest.peer),
    )


def rows() -> list[Row]:
    return [
        Row("trap raised and caught", partial(_caught, "trap", "Trap", "pass")),
        Row("trap raised, caught and read", partial(_caught, "trap", "Trap", "caught.message, caught.frames")),
        Row("host exception raised and caught", partial(_caught, "fail", "HostError", "pass")),
    ]
