"""The C API for tests that look under the high level: functions take plain addresses, the rest is as bound."""

from __future__ import annotations

from typing import Any

import wasmtime_capi

from wasmtime_gen._raw import raw


def __getattr__(name: str) -> Any:
    try:
        found = getattr(raw, name)
    except AttributeError:
        found = getattr(wasmtime_capi, name)
    return globals().setdefault(name, found)
