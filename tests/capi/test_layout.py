"""Records have one layout: in clang's facts, in ctypes, and in a C program made from the same headers."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest
import wasmtime_capi

from tests.capi.meaning import of_c, of_ctypes
from tests.capi.subject import API, RECORDS, attributes

DEFINED = [record.name for record in API.records if not record.opaque]
ANONYMOUS = {field.type for record in API.records for field in record.fields if not field.name}


@pytest.mark.parametrize("name", DEFINED)
def test_ctypes_lays_a_record_out_as_clang_does(name: str) -> None:
    record, made = RECORDS[name], getattr(wasmtime_capi, name)
    assert issubclass(made, ctypes.Structure if record.kind == "struct" else ctypes.Union)
    assert (ctypes.sizeof(made), ctypes.alignment(made)) == (record.size, record.align)
    offsets = {field: offset for field, _, offset in attributes(record)}
    assert {field: getattr(made, field).offset for field in offsets} == offsets


@pytest.mark.parametrize("name", [name for name in DEFINED if name not in ANONYMOUS])
def test_ctypes_lays_a_record_out_as_c_does(name: str, c_says: dict[str, Any]) -> None:
    made, facts = getattr(wasmtime_capi, name), c_says["records"][name]
    assert (ctypes.sizeof(made), ctypes.alignment(made)) == (facts["size"], facts["align"])
    places = {field: (fact["offset"], fact["size"]) for field, fact in facts["fields"].items()}
    assert {field: (getattr(made, field).offset, getattr(made, field).size) for field in places} == places


@pytest.mark.parametrize("name", [name for name in DEFINED if name not in ANONYMOUS])
def test_the_fields_of_a_record_have_the_types_that_c_gives_them(name: str, c_says: dict[str, Any]) -> None:
    facts = c_says["records"][name]["fields"]
    assert facts.keys() == {field for field, _, _ in attributes(RECORDS[name])}
    assert [field for field, fact in facts.items() if not fact["typed"]] == []


def test_c_knows_every_defined_record(c_says: dict[str, Any]) -> None:
    assert c_says["records"].keys() | ANONYMOUS == set(DEFINED)


@pytest.mark.parametrize("name", DEFINED)
def test_a_field_is_what_c_means_by_its_type(name: str) -> None:
    """Offsets and sizes do not tell int64_t from double, nor a pointer from another."""
    made = [of_ctypes(field[1]) for field in getattr(wasmtime_capi, name)._fields_]
    assert made == [of_c(field.type) for field in RECORDS[name].fields]


def test_an_opaque_record_has_no_fields() -> None:
    opaque = [record.name for record in API.records if record.opaque]
    assert opaque
    assert [name for name in opaque if hasattr(getattr(wasmtime_capi, name), "_fields_")] == []


def test_a_tag_and_a_typedef_of_a_record_are_the_record() -> None:
    for record in API.records:
        if record.tag:
            assert getattr(wasmtime_capi, record.tag) is getattr(wasmtime_capi, record.name)
    for typedef in API.typedefs:
        if typedef.type in RECORDS:
            assert getattr(wasmtime_capi, typedef.name) is getattr(wasmtime_capi, typedef.type)


@pytest.mark.parametrize("typedef", API.typedefs, ids=lambda typedef: typedef.name)
def test_a_typedef_is_what_it_is_in_c(typedef: Any, c_says: dict[str, Any]) -> None:
    made = getattr(wasmtime_capi, typedef.name)
    assert of_ctypes(made) == of_c(typedef.name)
    assert {"size": ctypes.sizeof(made), "align": ctypes.alignment(made)} == c_says["typedefs"][typedef.name]
