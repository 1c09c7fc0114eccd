"""The functions for plain addresses: all of them, once, passing each value as C does, with the GIL held as allowed."""

from __future__ import annotations

import ast
import ctypes
import json
import os
from ctypes import byref, c_char, create_string_buffer, sizeof
from pathlib import Path
from typing import Any

import pytest
import wasmtime_capi
from wasmtime_capi import addresses

from tests.capi import fresh
from tests.capi.meaning import of_c
from tests.capi.subject import API, FUNCTIONS, PACKAGE

PYTHONAPI = 4  # ctypes' flag of functions that are called without releasing the GIL
NUMBERS = {**dict.fromkeys("bhilqn", "int"), **dict.fromkeys("BHILQN", "uint"), "f": "float", "d": "float"}
OTHERS = {"P": "address", "?": "bool", "c": "char"}


def passed(made: Any) -> str:
    """How a value of this ctypes class is passed: "uint64", whichever of two classes of one size it is of."""
    if made is None:
        return "void"
    code = made._type_
    return OTHERS.get(code) or f"{NUMBERS[code]}{8 * sizeof(made)}"


def passed_in_c(type_: str) -> str:
    meant = of_c(type_)
    if meant.endswith(("*", ")")):  # pointers and callbacks
        return "address"
    return passed(None if meant == "void" else getattr(ctypes, meant))


def signature_in_c(name: str) -> list[str]:
    function = FUNCTIONS[name]
    return [passed_in_c(slot.type) for slot in (function.result, *function.params)]


def listed() -> list[str]:
    """The names in the order of the file, repeated ones included."""
    tree = ast.parse((PACKAGE / "addresses.py").read_text())
    (table,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and [t.id for t in node.targets if isinstance(t, ast.Name)] == ["_TABLE"]
    )
    (words,) = (node.value for node in ast.walk(table) if isinstance(node, ast.Constant))
    return [line.split()[0] for line in str(words).split("\n") if line]


def test_every_function_is_listed_exactly_once() -> None:
    assert sorted(listed()) == sorted(FUNCTIONS)
    assert addresses.SIGNATURES.keys() == FUNCTIONS.keys()


def test_every_function_passes_values_as_c_does() -> None:
    made = {name: addresses.bind(name) for name in FUNCTIONS}
    found = {name: [passed(each) for each in (f.restype, *f.argtypes)] for name, f in made.items()}
    assert found == {name: signature_in_c(name) for name in FUNCTIONS}


def test_signatures_hold_all_that_there_is_to_pass() -> None:
    """Or the comparison would compare nothing."""
    assert {how for name in FUNCTIONS for how in signature_in_c(name)} >= {
        *("void", "address", "bool", "uint8", "uint32", "uint64")
    }


def test_functions_are_attributes_that_are_bound_once() -> None:
    assert addresses.functions.wasm_config_new is addresses.functions.wasm_config_new
    assert addresses.functions.wasm_engine_delete.argtypes == addresses.bind("wasm_engine_delete").argtypes
    assert addresses.ready.wasm_engine_delete is addresses.ready.wasm_engine_delete
    assert addresses.ready.wasm_engine_delete.argtypes is None
    for functions in (addresses.functions, addresses.ready):
        with pytest.raises(AttributeError, match="wasmtime_capi has no function 'wasm_config_old'"):
            functions.wasm_config_old  # noqa: B018


def test_leaf_functions_and_no_others_keep_the_gil() -> None:
    for bind in (addresses.bind, addresses.bind_ready):
        kept = {name for name in FUNCTIONS if bind(name)._flags_ & PYTHONAPI}
        assert kept == {f.name for f in API.functions if f.leaf}
        assert kept


def test_every_function_is_the_one_of_the_library() -> None:
    def address(function: Any) -> int | None:
        return ctypes.c_void_p.from_buffer(function).value

    for name in FUNCTIONS:
        assert address(addresses.bind(name)) == address(getattr(wasmtime_capi, name)), name


def test_ready_functions_return_the_same_and_convert_nothing() -> None:
    for name in FUNCTIONS:
        made = addresses.bind_ready(name)
        assert made.argtypes is None, name
        assert passed(made.restype) == signature_in_c(name)[0], name


def test_each_function_object_is_its_owners_alone() -> None:
    """ctypes caches functions on the library object: an errcheck or argtypes of one user would be another's."""
    for bind in (addresses.bind, addresses.bind_ready):
        for name in ("wasm_config_new", "wasm_byte_vec_delete"):
            assert bind(name) is not bind(name)


@pytest.mark.parametrize("name", ["wasm_no_such_function", "", "WASMTIME_I32", "wasm_byte_vec_t", "P"])
def test_an_unknown_name_is_an_attribute_error(name: str) -> None:
    for bind in (addresses.bind, addresses.bind_ready):
        with pytest.raises(AttributeError) as caught:
            bind(name)
        assert str(caught.value) == f"wasmtime_capi has no function {name!r}"


def test_addresses_are_plain_ints_and_null_is_none() -> None:
    config = addresses.bind("wasm_config_new")()
    assert type(config) is int
    engine = addresses.bind("wasm_engine_new_with_config")(config)
    assert type(engine) is int
    store = addresses.bind("wasmtime_store_new")(engine, None, None)
    context = addresses.bind("wasmtime_store_context")(store)
    assert addresses.bind("wasmtime_context_get_data")(context) is None
    addresses.bind("wasmtime_store_delete")(store)
    addresses.bind("wasm_engine_delete")(engine)


def test_pointers_are_taken_as_ints_bytes_none_and_references() -> None:
    new, delete = addresses.bind("wasm_byte_vec_new"), addresses.bind("wasm_byte_vec_delete")
    content = create_string_buffer(b"given")
    for given in (b"given", content, byref(content), ctypes.addressof(content)):
        vec = wasmtime_capi.wasm_byte_vec_t()
        new(byref(vec), 5, given)
        assert ctypes.string_at(vec.data, vec.size) == b"given"
        delete(ctypes.addressof(vec))
    new(byref(vec), 0, None)
    assert vec.size == 0
    delete(byref(vec))
    for wrong in (1.5, object(), [1]):
        with pytest.raises(ctypes.ArgumentError):
            delete(wrong)


def test_what_is_ready_needs_no_conversion() -> None:
    new, delete = addresses.bind_ready("wasm_byte_vec_new"), addresses.bind_ready("wasm_byte_vec_delete")
    vec, size = wasmtime_capi.wasm_byte_vec_t(), ctypes.c_size_t(5)
    new(byref(vec), size, b"given")
    assert ctypes.string_at(vec.data, vec.size) == b"given"
    delete(byref(vec))


@pytest.mark.parametrize(
    ("row", "leaf", "name"),
    [
        ("vP:wasm_byte_vec_delete", False, "wasm_byte_vec_delete"),
        ("vP:leaf:wasm_byte_vec_new_empty", True, "wasm_byte_vec_new_empty"),
    ],
)
def test_a_renamed_function_is_the_one_of_its_symbol(
    row: str, leaf: bool, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(addresses.SIGNATURES, "renamed", row)
    made, named = addresses.bind("renamed"), addresses.bind(name)
    assert (made.restype, made.argtypes) == (named.restype, named.argtypes)
    assert bytes((c_char * 8).from_buffer(made)) == bytes((c_char * 8).from_buffer(named))
    assert bool(made._flags_ & PYTHONAPI) is leaf


EVERYTHING = """
import json
from ctypes import sizeof
from wasmtime_capi import addresses, cdata
def told(made):
    return made and (made._type_, sizeof(made))
found = {}
for name in addresses.SIGNATURES:
    bound, ready = addresses.bind(name), addresses.bind_ready(name)
    types = [told(each) for each in (bound.restype, *bound.argtypes)]
    found[name] = types, bound._flags_ & 4, ready._flags_ & 4, told(ready.restype), ready.argtypes
engine = addresses.bind("wasm_engine_new")()
addresses.bind("wasm_engine_delete")(engine)
print(json.dumps([cdata.IS_DIRECT, type(engine).__name__, found]))
"""


def test_the_module_ctypes_serves_as_well_as_its_core(library: Path) -> None:
    given = {"WASMTIME_GEN_LIBRARY": os.fspath(library)}
    core, module = (
        json.loads(fresh.output(EVERYTHING, [PACKAGE.parent], given | more))
        for more in ({}, {"WASMTIME_GEN_PORTABLE": "1"})
    )
    assert not module[0]
    assert module[1] == core[1] == "int"

    def alike(found: dict[str, Any]) -> dict[str, Any]:
        """c_ulong and c_ulonglong are of one size here."""
        text = json.dumps(found)
        return json.loads(text.replace('["L", 8]', '["Q", 8]').replace('["l", 8]', '["q", 8]'))  # type: ignore[no-any-return]

    assert alike(module[2]) == alike(core[2])
