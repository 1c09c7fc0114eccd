"""Constants and enums have the values that C gives them, and every macro of the headers is accounted for."""

from __future__ import annotations

import enum
import re
from typing import Any

import pytest
import wasmtime_capi

from tests.capi.subject import API, VALUES


def test_every_value_is_the_one_that_c_has(c_says: dict[str, Any]) -> None:
    assert {name: getattr(wasmtime_capi, name) for name in VALUES} == c_says["values"]


def test_every_value_is_the_one_that_clang_read() -> None:
    assert {name: getattr(wasmtime_capi, name) for name in VALUES} == VALUES


@pytest.mark.parametrize("item", API.enums, ids=lambda item: item.name)
def test_an_enum_has_its_members_and_they_are_constants_too(item: Any) -> None:
    made = getattr(wasmtime_capi, item.name)
    assert issubclass(made, enum.IntEnum)
    assert {m.name: m.value for m in made} == {m.name: m.value for m in item.members}
    assert all(getattr(wasmtime_capi, m.name) == m for m in made)


def test_the_version_macros_state_the_version_of_these_bindings() -> None:
    parts = [getattr(wasmtime_capi, f"WASMTIME_VERSION_{part}") for part in ("MAJOR", "MINOR", "PATCH")]
    assert ".".join(map(str, parts)) == wasmtime_capi.WASMTIME_VERSION == API.version


def test_every_macro_of_the_headers_is_bound_or_excused(c_macros: dict[str, str]) -> None:
    """The preprocessor as the witness: what clang's reader overlooks would be missing on both of its sides."""
    names = {name.partition("(")[0] for name in c_macros}
    names = {n for n in names if not re.fullmatch(r"WASM(TIME)?_(\w+_)?(H|FEATURE_\w+)|WAS[MI]_(API_EXTERN|H)", n)}
    accounted = {*VALUES, *(alias.name for alias in API.aliases)}
    accounted |= {excused.name for excused in API.excused if excused.kind == "macros"}
    assert names - accounted == set()


def test_every_constant_that_is_not_a_static_variable_is_a_macro(c_macros: dict[str, str]) -> None:
    enumerators = {m.name for e in API.enums if not e.macros for m in e.members}
    variables = {"MEMORY_PAGE_SIZE", "wasm_limits_max_default"}
    assert set(VALUES) - enumerators - variables - set(c_macros) == set()
