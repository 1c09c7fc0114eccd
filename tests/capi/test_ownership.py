"""Whatever a function hands over has a function that takes it back."""

from __future__ import annotations

import wasmtime_capi

from codegen.ctype import base
from codegen.model import Function
from tests.capi.subject import API, FUNCTIONS, RECORDS, TYPES

# Results and out-slots that the caller has to delete: the function, its slot, and the record.
HANDED_OVER = [
    (function.name, slot.name or "result", TYPES.resolve(base(slot.type)))
    for function in API.functions
    for slot in (function.result, *function.params)
    if slot.ownership == "out-owned" or (slot is function.result and slot.ownership == "owned")
]
# References belong to a store: they are not deleted but unrooted.
UNROOTED = {f"wasmtime_{kind}_t" for kind in ["anyref", "arrayref", "eqref", "exnref", "externref", "structref", "val"]}
# Handles that are only ever lent.
LENT = {"wasmtime_caller_t": "lives during a host call", "wasmtime_context_t": "is a part of its store"}


def end_of(record: str) -> str:
    return record.removesuffix("_t") + ("_unroot" if record in UNROOTED else "_delete")


def test_there_is_something_to_pair() -> None:
    assert len(HANDED_OVER) > len(FUNCTIONS) // 4


def test_what_is_handed_over_is_a_record() -> None:
    assert [owned for owned in HANDED_OVER if owned[2] not in RECORDS] == []


def test_every_owned_result_has_a_function_that_ends_it() -> None:
    assert [owned for owned in HANDED_OVER if end_of(owned[2]) not in FUNCTIONS] == []


def test_a_function_that_ends_something_takes_its_own_type_and_returns_nothing() -> None:
    for name in sorted({end_of(record) for _, _, record in HANDED_OVER}):
        bound = getattr(wasmtime_capi, name)
        record = name.removesuffix("_delete").removesuffix("_unroot") + "_t"
        assert [argtype._type_.__name__ for argtype in bound.argtypes] == [record]
        assert bound.restype is None


def test_a_function_that_ends_something_is_its_last_owner() -> None:
    ends = [f for f in API.functions if f.name.endswith(("_delete", "_unroot"))]
    assert [f.name for f in ends if [p.ownership for p in f.params] != ["owned"]] == []


def test_every_handle_has_a_delete_function_or_is_only_lent() -> None:
    opaque = {record.name for record in API.records if record.opaque}
    assert {name for name in opaque if end_of(name) not in FUNCTIONS} == set(LENT)
    assert [owned for owned in HANDED_OVER if owned[2] in LENT] == []


def test_every_pointer_has_an_owner() -> None:
    def undecided(function: Function) -> list[str]:
        slots = [s for s in (function.result, *function.params) if "*" in s.type and not TYPES.is_callback(s.type)]
        return [f"{function.name}.{s.name or 'result'}: {s.type}" for s in slots if not s.ownership]

    assert [line for function in API.functions for line in undecided(function)] == []
