"""The C API for tests that look under the high level: functions take plain addresses, the rest is as in the bindings."""

from __future__ import annotations

from typing import Any

import wasmtime_capi

from wasmtime_gen._raw import raw


def __getattr__(name: str) -> Any:
    try:
        return raw(name)
    except AttributeError:
        return getattr(wasmtime_capi, name)
