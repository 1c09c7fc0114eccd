"""Every function binds with the signature that C has, and is called with or without the GIL as the allowlist says."""

from __future__ import annotations

import ctypes
import re
from typing import Any

import wasmtime_capi

from codegen import config
from tests.capi.meaning import of_c, of_ctypes
from tests.capi.subject import API, CALLBACKS, FUNCTIONS, IS_PINNED, TYPES

# Parameters that take bytes as they are; ctypes wants arrays for typed pointers.
BYTES = {"c_char*": ctypes.c_char_p, "c_ubyte*": ctypes.c_void_p}
# Names of what runs wasm, or host code of an embedder: calls, start functions, limiters, finalizers of garbage.
MAY_CALL = re.compile(
    r"_(call(_unchecked|_async|_future_\w+)?|instantiate(_\w+)?|instance_new|linker_module|grow(_async)?|gc(_async)?"
    r"|(memory|table|sharedmemory)_new|(extern|any|struct|array|exn)ref_new)$"
)
# Strings, numbers and types: no finalizer, no lock that a running guest may hold.
DELETES_PLAIN_DATA = {
    *("wasm_byte_vec_delete", "wasm_frame_vec_delete", "wasm_trap_delete", "wasmtime_error_delete"),
    *(f"wasm_{kind}type_delete" for kind in ("func", "global", "memory", "table", "tag", "val")),
    "wasm_valtype_vec_delete",
    *(f"wasmtime_{kind}_type_delete" for kind in ("array", "exn", "field", "struct")),
    "wasmtime_valtype_delete",
}
PYTHONAPI = 4  # ctypes' flag of functions that are called without releasing the GIL


def test_every_function_takes_what_c_takes() -> None:
    wrong = []
    for function in API.functions:
        argtypes = getattr(wasmtime_capi, function.name).argtypes
        assert len(argtypes) == len(function.params), function.name
        for param, made in zip(function.params, argtypes, strict=True):
            meant = of_c(param.type)
            as_bytes = BYTES.get(meant) if param.type.startswith("const ") else None
            if made is not as_bytes if as_bytes else of_ctypes(made) != meant:
                wrong.append(f"{function.name}.{param.name}: {param.type} is {made}")
    assert wrong == []


def test_every_function_returns_what_c_returns() -> None:
    """Without a result type ctypes would cut a pointer to an int; bytes would end at the first NUL."""
    made = {f.name: of_ctypes(getattr(wasmtime_capi, f.name).restype) for f in API.functions}
    assert made == {f.name: of_c(f.result.type) for f in API.functions}


def test_every_signature_is_the_one_that_c_has(c_says: dict[str, Any]) -> None:
    """But for those that the allowlist corrects, because the headers lie about them."""
    lies = {c.function for c in config.load().corrections if c.type is not None}
    assert {name for name, same in c_says["signatures"].items() if not same} == lies & FUNCTIONS.keys()
    assert c_says["signatures"].keys() == FUNCTIONS.keys() | CALLBACKS.keys()


def test_leaf_functions_and_no_others_keep_the_gil() -> None:
    kept = {name for name in FUNCTIONS if getattr(wasmtime_capi, name)._flags_ & PYTHONAPI}
    assert kept == {f.name for f in API.functions if f.leaf}
    assert kept


def test_leaf_functions_cannot_call_back() -> None:
    """A callback into Python from a function that keeps the GIL, or runs wasm, would block every other thread."""
    leaf = {function.name for function in API.functions if function.leaf}
    for name in leaf:
        assert [p.type for p in FUNCTIONS[name].params if TYPES.is_callback(TYPES.resolve(p.type))] == [], name
    assert {name for name in leaf if MAY_CALL.search(name)} == set()


def test_leaf_functions_delete_plain_data_only() -> None:
    """What lives in a store or an engine may have finalizers in Python, and so may these two and what holds them."""
    leaf = {function.name for function in API.functions if function.leaf}
    deleting = {name for name in leaf if re.search("delete|free|drop|destroy|close", name)}
    assert deleting <= DELETES_PLAIN_DATA
    assert not IS_PINNED or deleting == DELETES_PLAIN_DATA, "an allowance that nothing needs"
    for name in DELETES_PLAIN_DATA & FUNCTIONS.keys():
        ((taken, _),) = [(p.type, p.ownership) for p in FUNCTIONS[name].params]
        assert taken == name.replace("_delete", "_t*"), name


def test_leaf_functions_own_no_live_thing_that_they_are_given() -> None:
    """A store, a linker and so on that is handed over may end within the call."""
    live = ("store", "linker", "module", "engine", "instance_pre", "extern", "config", "component", "sharedmemory")
    for function in API.functions:
        if function.leaf:
            owned = [p.type for p in function.params if p.ownership == "owned"]
            kinds = {re.sub(r"^(const )?wasm(time)?_|(_vec)?_t\*+$", "", type_) for type_ in owned}
            assert kinds & set(live) == set(), function.name


def test_an_alias_is_bound_as_the_function_it_names() -> None:
    assert API.aliases
    for alias in API.aliases:
        one, other = getattr(wasmtime_capi, alias.name), getattr(wasmtime_capi, alias.target)
        assert (one.argtypes, one.restype) == (other.argtypes, other.restype)
        assert ctypes.cast(one, ctypes.c_void_p).value == ctypes.cast(other, ctypes.c_void_p).value


def test_every_setting_names_a_setter_of_one_value() -> None:
    from wasmtime_capi import settings

    for table, rows in API.settings.items():
        written = getattr(settings, table.upper())
        assert written == {row.name: (row.function, row.type, row.enum) for row in rows}
        for row in rows:
            assert [p.type for p in FUNCTIONS[row.function].params][1:] == [row.type]
            assert not row.enum or issubclass(getattr(wasmtime_capi, row.enum), int)
