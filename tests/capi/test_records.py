"""Records refuse what C's compiler would refuse, and bytes go through whole."""

from __future__ import annotations

import os
from ctypes import POINTER, ArgumentError, byref, c_char, c_char_p, c_uint8, c_void_p, string_at
from pathlib import Path
from typing import Any

import pytest
import wasmtime_capi as c

from tests.capi import fresh
from tests.capi.subject import API, PACKAGE, RECORDS, attributes

NULS = b"\0a\0\0b\0"


@pytest.mark.parametrize("name", RECORDS)
def test_a_misspelt_field_is_an_attribute_error(name: str) -> None:
    record = getattr(c, name)()
    with pytest.raises(AttributeError, match="sise"):
        record.sise = 1
    with pytest.raises(AttributeError, match="sise"):
        record.sise  # noqa: B018


def test_a_field_with_the_name_it_has_in_c_is_an_attribute_error_where_python_renames_it() -> None:
    """`__private` would be mangled inside classes, `global` is a keyword: both have another name here."""
    fields = {field for record in API.records for field, _, _ in attributes(record)}
    assert not any(field.startswith("__") for field in fields)
    assert "global_" in fields
    with pytest.raises(AttributeError):
        setattr(c.wasmtime_extern_union_t(), "global", None)


def test_every_field_can_be_written_and_read_back() -> None:
    for record in API.records:
        for field, type_, _ in attributes(record):
            if type_ in ("uint8_t", "uint32_t", "uint64_t", "size_t"):
                made = getattr(c, record.name)()
                setattr(made, field, 7)
                assert getattr(made, field) == 7, f"{record.name}.{field}"


def test_a_field_of_an_anonymous_member_is_the_record_s_own() -> None:
    holders = [r for r in API.records if any(not f.name for f in r.fields)]
    assert holders
    for record in holders:
        made = getattr(c, record.name)()
        made.store_id = 2**64 - 1
        assert bytes(made)[:8] == b"\xff" * 8
        assert not any(bytes(made)[8:])


@pytest.mark.parametrize(
    ("record", "use"),
    [
        ("wasm_limits_t", "c.wasm_limits_t"),
        ("wasmtime_val_t", "c.wasmtime_val_t"),
        ("wasmtime_valunion_t", "c.wasmtime_val_t"),  # held by value
        ("wasmtime_component_val_t", "c.wasmtime_component_vallist_t"),  # pointed to
        ("wasmtime_func_t", "c.wasmtime_func_call"),  # a parameter
    ],
)
def test_a_record_of_another_size_than_c_s_is_refused_at_every_use(record: str, use: str, library: Path) -> None:
    script = f"""
import wasmtime_capi as c
from wasmtime_capi.records import RECORDS
kind, size, align, fields = RECORDS[{record!r}]
RECORDS[{record!r}] = (kind, size + 8, align, fields)
for attempt in range(2):
    try:
        print({use})
    except TypeError as error:
        print(error)
"""
    size = RECORDS[record].size
    told = fresh.output(script, [PACKAGE.parent], {"WASMTIME_GEN_LIBRARY": os.fspath(library)})
    message = f"{record} has {size} bytes here, but {size + 8} bytes in C: regenerate the bindings"
    assert told.splitlines() == [message, message]


def test_bytes_with_nuls_go_through_a_pointer_to_char_and_a_length() -> None:
    vector = c.wasm_byte_vec_t()
    c.wasm_byte_vec_new(byref(vector), len(NULS), NULS)
    assert (vector.size, string_at(vector.data, vector.size)) == (len(NULS), NULS)
    c.wasm_byte_vec_delete(byref(vector))


def test_names_with_nuls_are_other_names() -> None:
    engine = c.wasm_engine_new()
    store = c.wasmtime_store_new(engine, None, c.wasmtime_finalizer_t())
    context = c.wasmtime_store_context(store)
    linker, type_ = c.wasmtime_linker_new(engine), c.wasm_functype_new_0_0()
    ignored = c.wasmtime_func_callback_t(lambda *_: None)
    no_finalizer = c.wasmtime_finalizer_t()
    assert not c.wasmtime_linker_define_func(linker, b"a\0b", 3, b"\0f", 2, type_, ignored, None, no_finalizer)
    found = c.wasmtime_extern_t()
    assert not c.wasmtime_linker_get(linker, context, b"a", 1, b"\0f", 2, byref(found))
    assert not c.wasmtime_linker_get(linker, context, b"a\0c", 3, b"\0f", 2, byref(found))
    assert c.wasmtime_linker_get(linker, context, b"a\0b", 3, b"\0f", 2, byref(found))
    assert found.kind == c.WASMTIME_EXTERN_FUNC
    c.wasmtime_extern_delete(byref(found))
    c.wasm_functype_delete(type_)
    c.wasmtime_linker_delete(linker)
    c.wasmtime_store_delete(store)
    c.wasm_engine_delete(engine)


def const_bytes(*types: str) -> list[Any]:
    """The argument types of all parameters of these C types."""
    return [
        getattr(c, f.name).argtypes[index] for f in API.functions for index, p in enumerate(f.params) if p.type in types
    ]


@pytest.mark.parametrize("given", [NULS, None, c_char_p(b"x"), (c_char * 2)()], ids=lambda given: type(given).__name__)
def test_every_pointer_to_const_bytes_takes_text(given: object) -> None:
    argtypes = const_bytes("const char*", "const wasm_byte_t*", "const uint8_t*")
    assert len(argtypes) > 20
    for argtype in argtypes:
        argtype.from_param(given)  # raises TypeError where it refuses


@pytest.mark.parametrize(
    "given", [(c_uint8 * 2)(), POINTER(c_uint8)(), c_void_p(16), 16], ids=lambda given: type(given).__name__
)
def test_every_pointer_to_const_unsigned_bytes_takes_arrays_and_addresses(given: object) -> None:
    argtypes = const_bytes("const uint8_t*")
    assert argtypes
    for argtype in argtypes:
        argtype.from_param(given)


def test_a_pointer_to_another_record_is_refused() -> None:
    engine = c.wasm_engine_new()
    with pytest.raises(ArgumentError, match=r"expected LP_wasmtime_store_t instance instead of LP_wasm_engine_t"):
        c.wasmtime_store_context(engine)  # type: ignore[arg-type]
    c.wasm_engine_delete(engine)
