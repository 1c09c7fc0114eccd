"""A process of its own, with api.json as argument: binds every name of the wasmtime_capi on the path.

There is no library: each symbol is some function of Python's own, which ctypes types but nobody calls.
"""

from __future__ import annotations

import ctypes
import json
import sys
from pathlib import Path
from typing import Any

import wasmtime_capi
from wasmtime_capi import _binding


class _Symbols:
    def __getitem__(self, symbol: str) -> Any:
        return ctypes.pythonapi["Py_GetVersion"]


def _check_record(record: dict[str, Any]) -> None:
    if record.get("opaque"):
        return
    made = getattr(wasmtime_capi, record["name"])
    assert (ctypes.sizeof(made), ctypes.alignment(made)) == (record["size"], record["align"]), record["name"]
    for index, field in enumerate(record["fields"]):
        name = field["name"] or f"_anonymous{index}"
        assert getattr(made, name).offset == field["offset"], (record["name"], name)


def main(api: dict[str, Any]) -> None:
    setattr(_binding, "library", _Symbols)  # noqa: B010 - it is not of that type
    setattr(_binding, "_leaf", _Symbols)  # noqa: B010
    for name in sorted(_binding.names()):  # the golden headers name what holds before what is held
        getattr(wasmtime_capi, name)
    for record in api.get("records", ()):
        _check_record(record)
    for callback in api.get("callbacks", ()):
        getattr(wasmtime_capi, callback["name"])(lambda *_: 0)
    for function in api.get("functions", ()):
        assert len(getattr(wasmtime_capi, function["name"]).argtypes) == len(function.get("params", ()))
    for constant in api.get("constants", ()):
        assert type(getattr(wasmtime_capi, constant["name"])) is type(constant["value"])
    for enum in api.get("enums", ()):
        made = getattr(wasmtime_capi, enum["name"])
        assert {m["name"]: m["value"] for m in enum["members"]} == {
            name: int(member) for name, member in made.__members__.items()
        }
    json.dump(sorted(_binding.names()), sys.stdout)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
