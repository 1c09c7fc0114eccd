"""Values as they are typed: arguments of functions, sizes, directories, environment variables."""

from __future__ import annotations

import math
import os
import re
from decimal import Decimal
from posixpath import normpath
from typing import Any

import click

from wasmtime_gen import FuncType, ValType, WasmtimeError, WritableDir
from wasmtime_gen._printable import printable

_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}
_UNITS |= {"kb": 10**3, "mb": 10**6, "gb": 10**9}
_LARGEST = 2**63 - 1  # bytes
_HEX = re.compile(r"(?:0x)?([0-9a-fA-F]{32})")


def parsed(texts: tuple[str, ...], type_: FuncType, name: str) -> list[Any]:
    """The arguments of a function of this type. Raises WasmtimeError for what it does not take."""
    if len(texts) != len(type_.params):
        raise WasmtimeError(f"{name} takes {len(type_.params)} arguments ({type_}), not {len(texts)}")
    return [
        _parsed(text, each, f"argument {position} of {name}")
        for position, (text, each) in enumerate(zip(texts, type_.params, strict=True), 1)
    ]


def _parsed(text: str, type_: ValType, role: str) -> Any:
    try:
        if type_.kind in ("i32", "i64"):
            return _integer(text, int(type_.kind[1:]))
        if type_.kind in ("f32", "f64"):
            return float.fromhex(text) if "0x" in text.lower() else float(text)
        if type_.kind == "v128":
            match = _HEX.fullmatch(text)
            if match:
                return bytes.fromhex(match[1])
        elif text == "null" and type_.nullable:
            return None
    except (ValueError, OverflowError):
        pass
    raise WasmtimeError(f"{role} is {text!r}, which is no {type_}: {_expected(type_)}")


def _integer(text: str, bits: int) -> int:
    number = int(text, 0)
    if not -(1 << bits - 1) <= number < 1 << bits:
        raise OverflowError
    return number


def _expected(type_: ValType) -> str:
    if type_.kind in ("i32", "i64"):
        return f"write a number from -2**{int(type_.kind[1:]) - 1} to 2**{type_.kind[1:]}-1, such as 42, -1 or 0xff"
    if type_.kind == "v128":
        return "write its 16 bytes as 32 hexadecimal digits, the first in memory first"
    if type_.is_ref:
        return "write null" if type_.nullable else "no such reference can be written"
    return "write a number such as 1.5, -1e9, inf or nan"


def shown(type_: FuncType, result: Any) -> list[str]:
    """The results of a function of this type, as text."""
    results = (result,) if len(type_.results) == 1 else result or ()
    return [*map(_shown, results)]


def _shown(result: Any) -> str:
    if result is None:
        return "null"
    return f"0x{result.hex()}" if isinstance(result, bytes) else printable(str(result))


class Size(click.ParamType[int]):
    """Bytes, with or without a unit."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)", value)
        unit = _UNITS.get(match[2].lower()) if match else None
        if match is None or unit is None:
            self.fail(f"{value!r} is no size: write bytes, or a number with K, M, G, KiB, MiB, GiB, kB, MB or GB.")
        size = Decimal(match[1]) * unit
        if size > _LARGEST:
            self.fail(f"{value[:40]!r} is too large: a size is at most {_LARGEST} bytes.")
        return int(size)


class Seconds(click.FloatRange):
    """A number in a range, which nan is not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found: float = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value!r} is no number of seconds.", param, ctx)
        return found


def directories(read_only: tuple[str, ...], writable: tuple[str, ...]) -> dict[str, str | WritableDir]:
    """HOST[::GUEST] as what WasiConfig takes. The guest sees the host's name if there is no other."""
    found: dict[str, str | WritableDir] = {}
    seen: dict[str, str] = {}
    for position, given in enumerate((*read_only, *writable)):
        host, _, guest = given.partition("::")
        guest = guest or host
        if not os.path.isdir(host):
            raise click.UsageError(f"{host!r} is no directory.")
        other = seen.get(normpath(guest))
        if other is not None:
            raise click.UsageError(
                f"{other!r} and {host!r} would both be {guest!r} for the program: name one otherwise, as HOST::GUEST."
            )
        seen[normpath(guest)] = host
        found[guest] = host if position < len(read_only) else WritableDir(host)
    return found


def environment(given: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE, or NAME for what this process has."""
    found: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not name:
            raise click.UsageError(f"{each!r} has no name: write NAME=VALUE.")
        if equals:
            found[name] = value
        elif name in os.environ:
            found[name] = os.environ[name]
    return found
