"""The library's symbols, the headers' declarations and the names of the package are one set."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
import wasmtime_capi

from codegen import libraries
from codegen.model import KINDS, Api
from tests.capi.subject import API, C_NAMES, FUNCTIONS, IS_PINNED

# The runtime's own symbols, whose names hold the version of the library.
MARKERS = re.compile(r"(set_vmctx_memory|resolve_vmctx_memory_ptr)_(\d+)_(\d+)_(\d+)")
# Exported from 48 on, but declared in no header.
UNDECLARED = re.compile(r"wasmtime_component_fixed_length_list_type_(clone|delete|element|equal)")


@pytest.fixture(scope="module")
def exported(library: Path) -> set[str]:
    return libraries.exported(library)


@pytest.fixture(scope="module")
def accounted() -> set[str]:
    return {f.symbol or f.name for f in API.functions} | {e.name for e in API.excused if e.kind == "functions"}


def test_every_exported_symbol_is_declared_or_excused(exported: set[str], accounted: set[str]) -> None:
    rest = {name for name in exported - accounted if not MARKERS.fullmatch(name) and not UNDECLARED.fullmatch(name)}
    assert rest == set()


def test_every_declared_function_is_exported(exported: set[str], accounted: set[str]) -> None:
    assert accounted - exported == set()


def test_the_library_states_the_version_of_the_bindings(exported: set[str]) -> None:
    stated = {".".join(match.groups()[1:]) for name in exported if (match := MARKERS.fullmatch(name))}
    assert stated == {API.version}


def test_every_declaration_of_the_headers_is_bound_or_excused(in_c: Api) -> None:
    excused = {e.name for e in API.excused}
    declared = {item.name for kind in KINDS for item in getattr(in_c, kind)}
    declared -= {c.name for c in in_c.callbacks if "(*)" in c.name}  # written in place, without a name in C
    symbols = {f.symbol for f in API.functions}
    assert declared - excused - symbols - C_NAMES == set()


def test_each_excuse_is_for_something_that_the_headers_declare_and_that_is_not_bound(in_c: Api) -> None:
    declared = {item.name for kind in KINDS for item in getattr(in_c, kind)} | set(in_c.macros)
    excused = {e.name for e in API.excused}
    assert excused - declared == set()
    assert [name for name in excused if hasattr(wasmtime_capi, name)] == []


@pytest.mark.skipif(not IS_PINNED, reason="the counts are those of the pinned version")
def test_the_counts_of_the_pinned_version(exported: set[str], in_c: Api) -> None:
    """What knowledge/headers.md counted, so that a step that drops a whole kind is seen."""
    counted = {kind: len(getattr(in_c, kind)) for kind in ("functions", "inline_functions", "callbacks")}
    assert counted == {"functions": 768, "inline_functions": 42, "callbacks": 17}
    assert len({name for name in exported if UNDECLARED.fullmatch(name)}) == 4
    assert len(API.functions) + sum(e.kind == "functions" for e in API.excused) == 768


def public() -> set[str]:
    """What dir() lists, without Python's own names and the modules of the package that have been imported."""
    names = {name for name in dir(wasmtime_capi) if not name.startswith("_")}
    return {name for name in names if not isinstance(getattr(wasmtime_capi, name), ModuleType)}


def test_dir_lists_every_c_name_and_nothing_else() -> None:
    assert public() - {"LibraryError", "library"} == C_NAMES


def test_every_c_name_is_an_attribute() -> None:
    assert [name for name in C_NAMES if getattr(wasmtime_capi, name, None) is None] == []


@pytest.mark.parametrize("name", ["wasm_engine_nwe", "wasm_ref_same", "wasmtime_val_t ", "", "__wrapped__"])
def test_an_unknown_name_is_an_attribute_error_that_names_it(name: str) -> None:
    with pytest.raises(AttributeError) as raised:
        getattr(wasmtime_capi, name)
    assert str(raised.value) == f"module 'wasmtime_capi' has no attribute {name!r}"


def test_an_attribute_is_the_same_object_each_time() -> None:
    for name in C_NAMES:
        assert getattr(wasmtime_capi, name) is getattr(wasmtime_capi, name), name


def test_a_function_that_aborts_is_not_reached_by_another_name() -> None:
    excused = {e.name for e in API.excused}
    assert [f.name for f in API.functions if (f.symbol or f.name) in excused] == []
    assert [alias.name for alias in API.aliases if alias.target not in FUNCTIONS] == []
