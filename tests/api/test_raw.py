"""What the high level states in numbers about the C API, so as not to load the tables: each agrees with them."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from ctypes import alignment, sizeof
from typing import Any

import pytest
import wasmtime_capi
from wasmtime_capi.callbacks import CALLBACKS
from wasmtime_capi.records import RECORDS

from wasmtime_gen import Func, Global, Memory, Table, Tag, _epoch, _numbers, _raw
from wasmtime_gen import _extern as items
from wasmtime_gen._types import externreading, making
from wasmtime_gen._types import reading as typereading
from wasmtime_gen._types.valtype import ABSTRACT

c: Any = wasmtime_capi


def fields(record: Any, at: int = 0) -> Iterator[tuple[str, int, int]]:
    """Name, offset and size of each field, those of anonymous members as if they were the record's own."""
    for name, type_ in record._fields_:
        field = getattr(record, name)
        if name in getattr(record, "_anonymous_", ()):
            yield from fields(type_, at + field.offset)
        else:
            yield name, at + field.offset, field.size


def test_kinds_of_externs_are_those_of_the_c_api() -> None:
    stated = {name: getattr(_raw, name) for name in ("FUNC", "GLOBAL", "TABLE", "MEMORY", "SHARED_MEMORY", "TAG")}
    kinds = {kind.name: kind.value for kind in c.wasmtime_extern_kind_enum}
    assert {f"WASMTIME_EXTERN_{name.replace('_', '')}": kind for name, kind in stated.items()} == kinds


def test_kinds_of_extern_types_are_those_of_the_c_api() -> None:
    stated = {name: getattr(externreading, name) for name in ("FUNC", "GLOBAL", "TABLE", "MEMORY", "TAG")}
    assert {f"WASM_EXTERN_{name}": kind for name, kind in stated.items()} == {
        kind.name: kind.value for kind in c.wasm_externkind_enum
    }


def test_mutability_is_that_of_the_c_api() -> None:
    assert (making.CONST, making.VAR) == (c.WASM_CONST, c.WASM_VAR)
    assert externreading.VAR == c.WASM_VAR


def test_no_maximum_is_that_of_the_c_api_and_limits_are_two_numbers_of_32_bits() -> None:
    assert c.wasm_limits_max_default == making._NO_MAXIMUM
    assert list(fields(c.wasm_limits_t)) == [("min", 0, 4), ("max", 4, 4)]


def test_the_kind_of_an_extern_is_its_first_byte_and_what_it_is_of_begins_with_its_second_word() -> None:
    extern = c.wasmtime_extern_t
    assert list(fields(extern)) == [("kind", 0, 1), ("of", 8, 24)]
    assert (sizeof(_raw.Extern), alignment(_raw.Extern)) == (sizeof(extern), alignment(extern))
    assert len(_raw.Extern()) == 4
    assert {offset for _, offset, _ in fields(c.wasmtime_extern_union_t)} == {0}


def test_a_new_extern_has_the_kind_that_it_was_made_for() -> None:
    for kind in c.wasmtime_extern_kind_enum:
        made = items.new_extern(kind.value)
        assert c.wasmtime_extern_t.from_buffer(made).kind == kind.value


def test_an_instance_is_as_large_as_in_c() -> None:
    made, in_c = _raw.InstanceRecord, c.wasmtime_instance_t
    assert (sizeof(made), alignment(made)) == (sizeof(in_c), alignment(in_c))


VECS = sorted(name for name in RECORDS if name.startswith("wasm_") and name.endswith("_vec_t"))


def test_every_vec_is_a_size_and_the_address_of_data() -> None:
    assert len(VECS) > 10
    assert {name: list(fields(getattr(c, name))) for name in VECS} == {
        name: [("size", 0, 8), ("data", 8, 8)] for name in VECS
    }
    assert {(sizeof(getattr(c, name)), alignment(getattr(c, name))) for name in VECS} == {
        (sizeof(_raw.Vec), alignment(_raw.Vec))
    }
    assert len(_raw.Vec()) == 2


ITEMS: dict[str, type[items.Item]] = {"func": Func, "global": Global, "table": Table, "memory": Memory, "tag": Tag}


@pytest.mark.parametrize("name", ITEMS)
def test_items_have_the_kind_of_the_c_api(name: str) -> None:
    assert ITEMS[name]._kind == getattr(c, f"WASMTIME_EXTERN_{name.upper()}")


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_is_told_by_all_fields_of_its_record_and_not_by_the_padding_between(name: str) -> None:
    """The library leaves in the padding whatever was in its registers."""
    filled = {8 + offset + byte for _, offset, size in fields(getattr(c, f"wasmtime_{name}_t")) for byte in range(size)}

    def identity(changed: int = -1) -> object:
        item = ITEMS[name].__new__(ITEMS[name])
        item._extern = _raw.Extern.from_buffer(bytearray(255 * (at == changed) for at in range(32)))
        return item._identity()

    told = {at for at in range(8, 32) if identity(at) != identity()}
    assert told == filled


def test_raw_values_are_as_large_as_in_c() -> None:
    assert sizeof(c.wasmtime_val_raw_t) == _numbers.SIZE


def test_an_epoch_callback_goes_on_as_in_c() -> None:
    assert c.WASMTIME_UPDATE_DEADLINE_CONTINUE == _epoch.CONTINUE


def test_an_epoch_callback_takes_and_returns_what_c_says() -> None:
    result, *params = CALLBACKS["wasmtime_epoch_deadline_callback_t"]
    assert result.endswith("*")
    assert params[2:] == ["uint64_t*", "wasmtime_update_deadline_kind_t*"]
    assert sizeof(c.wasmtime_update_deadline_kind_t) == 1
    assert [param[-1] for param in params] == ["*"] * 4
    made: Any = _epoch.Callback
    assert made._restype_._type_ == "P"
    assert [each._type_ for each in made._argtypes_] == ["P"] * len(params)
    assert not made._flags_ & 4, "it would be called without taking the GIL"
    assert made._flags_ == c.wasmtime_epoch_deadline_callback_t._flags_


def test_value_types_have_the_codes_of_the_c_api() -> None:
    assert typereading.REF == c.WASMTIME_VALTYPE_KIND_REF
    for code, type_ in typereading.KINDS.items():
        assert code == getattr(c, f"WASMTIME_VALTYPE_KIND_{type_.kind.upper()}")
    assert {*typereading.KINDS, typereading.REF} == {kind.value for kind in c.wasmtime_valtype_kind_enum}
    heaps = {kind.name: kind.value for kind in c.wasmtime_heaptype_kind_enum}
    abstract = {f"WASMTIME_HEAPTYPE_KIND_{heap.upper()}": code for code, heap in typereading.HEAPS.items()}
    assert {name: code for name, code in heaps.items() if "CONCRETE" not in name} == abstract
    assert {heap for heap, _ in ABSTRACT} == set(typereading.HEAPS.values())


def test_value_types_have_the_layout_of_the_c_api() -> None:
    valtype, reference, heap = c.wasmtime_valtype_t, c.wasmtime_reftype_t, c.wasmtime_heaptype_t
    assert valtype.kind.offset == 0
    assert [field.size for field in (valtype.kind, reference.nullable, heap.kind)] == [1, 1, 1]
    assert sizeof(valtype) == typereading.SIZE
    base, inner = valtype.reftype.offset, reference.heaptype.offset
    assert base + reference.nullable.offset == typereading.NULLABLE
    assert base + inner + heap.kind.offset == typereading.HEAP
    assert base + inner + heap.of.offset == typereading.CONCRETE
    assert sizeof(c.wasmtime_heaptype_union_t) == sizeof(ctypes.c_void_p)


def test_the_buffer_for_eight_types_holds_eight() -> None:
    assert sizeof(typereading._Eight) == 8 * typereading.SIZE
