"""What the upgrade report promises about memory: which records changed, which hold them, and who uses them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from codegen.diff import compare
from codegen.model import Api, Callback, Field, Function, InlineFunction, Record, Slot, Typedef

PAIR = Record("pair_t", "struct", "thing.h", "", 16, 8, (Field("a", "int64_t", 0), Field("b", "int64_t", 8)))


def api(*records: Record, **facts: Any) -> Api:
    return Api("1.0.0", records=records, **facts)


def grown(record: Record) -> Record:
    return replace(record, size=record.size + 8, fields=(*record.fields, Field("extra", "void*", record.size)))


def function(name: str, *params: Slot) -> Function:
    return Function(name, "thing.h", Slot("void"), params)


def found(old: Api, new: Api) -> list[tuple[str, str, str]]:
    return [(c.group, c.name, c.detail) for c in compare(old, new)]


def details(old: Api, new: Api) -> dict[str, str]:
    return {c.name: c.detail for c in compare(old, new)}


def holder(name: str, type_: str, size: int) -> Record:
    return Record(name, "struct", "thing.h", "", size, 8, (Field("held", type_, 0), Field("last", "int64_t", size - 8)))


def test_a_change_of_layout_says_which_fields() -> None:
    old = replace(PAIR, fields=(*PAIR.fields, Field("c", "bool", 16), Field("d", "bool", 17)), size=24)
    new = replace(
        PAIR,
        kind="union",
        align=16,
        fields=(Field("a", "int32_t", 0), Field("b", "int64_t", 4), Field("e", "bool", 17)),
    )
    assert details(api(old), api(new)) == {
        "pair_t": "a struct became a union; shrank from 24 to 16 bytes; align 8 -> 16 bytes; "
        "field c (bool at byte 16) removed; field d is now called e; field a: int64_t -> int32_t; "
        "field b moved from byte 8 to 4"
    }


def test_a_change_reaches_the_records_that_hold_it_by_value_however_deep() -> None:
    def records(inner: Record, extra: int) -> tuple[Record, ...]:
        return inner, holder("middle_t", "pair_t", 24 + extra), holder("outer_t", "const middle_t[1]", 40 + extra)

    old, new = api(*records(PAIR, 0)), api(*records(grown(PAIR), 8))
    users = "used by 1 record: "
    assert found(old, new) == [
        (
            "records whose layout changed",
            "pair_t",
            f"grew from 16 to 24 bytes; field extra (void* at byte 16) added; {users}middle_t",
        ),
        (
            "records changed by what they hold",
            "middle_t",
            f"grew from 24 to 32 bytes; field last moved from byte 16 to 24; through pair_t; {users}outer_t",
        ),
        (
            "records changed by what they hold",
            "outer_t",
            "grew from 40 to 48 bytes; field last moved from byte 32 to 40; through pair_t",
        ),
    ]


def test_a_change_stops_at_a_pointer() -> None:
    pointer = Record("vec_t", "struct", "thing.h", "", 8, 8, (Field("data", "pair_t*", 0),))
    old, new = api(PAIR, pointer), api(grown(PAIR), pointer)
    assert list(details(old, new)) == ["pair_t"]


def test_a_changed_record_names_its_users_also_by_a_typedef() -> None:
    facts: dict[str, Any] = {
        "functions": (function("by_typedef", Slot("twin_t**", "x")), function("by_name", Slot("const pair_t*", "x"))),
        "inline_functions": (InlineFunction("twin", "thing.h", Slot("pair_t*"), (), "0123"),),
        "typedefs": (Typedef("twin_t", "thing.h", "pair_t"),),
        "callbacks": (Callback("thing_done_t", "thing.h", Slot("void"), (Slot("pair_t*", "x"),)),),
    }
    assert details(api(PAIR, **facts), api(grown(PAIR), **facts))["pair_t"].endswith(
        "; used by 3 functions: by_name, by_typedef, twin, 1 callback: thing_done_t"
    )
