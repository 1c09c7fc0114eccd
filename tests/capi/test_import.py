"""Importing costs next to nothing: no library, no heavy module, and a name is bound when it is first used."""

from __future__ import annotations

import os
from pathlib import Path

from tests.capi import fresh
from tests.capi.subject import PACKAGE

HEAVY = {"asyncio", "dataclasses", "enum", "importlib.metadata", "importlib.util", "inspect", "pathlib", "re", "typing"}


def tell(script: str, library: Path) -> str:
    return fresh.output(script, [PACKAGE.parent], {"WASMTIME_GEN_LIBRARY": os.fspath(library)})


def loaded(script: str, library: Path) -> set[str]:
    """The modules that are there after `script`."""
    return set(tell(f"{script}\nimport sys; print(*sys.modules)", library).split())


def test_an_import_loads_no_heavy_module(library: Path) -> None:
    assert loaded("import wasmtime_capi", library) & HEAVY == set()


def test_a_first_call_loads_no_heavy_module(library: Path) -> None:
    """Functions, records and callbacks; enums are the only ones that need the module `enum`."""
    call = "c.wasm_engine_delete(c.wasm_engine_new())"
    script = f"import wasmtime_capi as c; {call}; c.wasmtime_val_t, c.wasmtime_func_callback_t"
    assert loaded(script, library) & HEAVY == set()


def test_constants_load_no_enums(library: Path) -> None:
    assert "enum" not in loaded("import wasmtime_capi; wasmtime_capi.WASMTIME_I32", library)


def test_an_import_opens_no_library() -> None:
    """Not even one that is not there: the error comes when a function is used."""
    environment = {"WASMTIME_GEN_LIBRARY": "/nowhere/libwasmtime.so"}
    script = """
import wasmtime_capi as c
c.wasmtime_val_t, c.WASMTIME_I32, c.wasmtime_valkind_enum, c.wasmtime_func_callback_t, c.wasm_functype_new_0_0, dir(c)
print(c._library._opened)
try:
    c.wasm_engine_new
except c.LibraryError as error:
    print(error)
"""
    assert fresh.output(script, [PACKAGE.parent], environment).splitlines() == [
        "[]",
        "WASMTIME_GEN_LIBRARY names /nowhere/libwasmtime.so, which is not a file",
    ]


def test_a_name_is_bound_when_it_is_first_used(library: Path) -> None:
    script = """
import wasmtime_capi as c
def bound():
    return [name for name in ("wasm_engine_new", "wasmtime_val_t", "WASMTIME_I32") if name in vars(c)]
print(bound(), bool(c._library._opened))
c.wasm_engine_new
print(bound(), bool(c._library._opened))
c.wasmtime_val_t, c.WASMTIME_I32
print(bound())
"""
    assert tell(script, library).splitlines() == [
        "[] False",
        "['wasm_engine_new'] True",
        "['wasm_engine_new', 'wasmtime_val_t', 'WASMTIME_I32']",
    ]


def test_names_can_be_imported_from_the_package(library: Path) -> None:
    script = "from wasmtime_capi import WASMTIME_I32, wasm_engine_new, wasmtime_val_t; print(wasmtime_val_t.__name__)"
    assert tell(script, library) == "wasmtime_val_t"


def test_the_own_cdll_leaves_functions_of_other_users_alone(library: Path) -> None:
    """`ctypes` caches functions on the library object: another one must not get our argument types, nor we theirs."""
    script = """
import ctypes, wasmtime_capi as c
other = ctypes.CDLL(c.library()._name)
other.wasm_engine_delete.argtypes = [ctypes.c_int]
print([t.__name__ for t in c.wasm_engine_delete.argtypes])
print(c.wasm_config_new.restype.__name__, other.wasm_config_new.restype.__name__)
"""
    assert tell(script, library) == "['LP_wasm_engine_t']\nLP_wasm_config_t c_int"
