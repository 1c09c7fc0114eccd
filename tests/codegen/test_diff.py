"""What the upgrade report promises: on small APIs written here, and on the released headers in cargo's cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from codegen.changes import GROUPS
from codegen.diff import compare
from codegen.model import (
    KINDS,
    Alias,
    Api,
    Callback,
    Constant,
    Enum,
    Excused,
    Field,
    Function,
    InlineFunction,
    Member,
    Record,
    Setting,
    Slot,
    Typedef,
)

VOID = Slot("void")
THING = Slot("thing_t*", "thing", "borrowed", False)
RUN = Function("thing_run", "thing.h", VOID, (THING,))
BODY = InlineFunction("thing_kind", "thing.h", Slot("int"), (THING,), "0123")
DONE = Callback("thing_done_t", "thing.h", VOID, (THING,))
PAIR = Record("pair_t", "struct", "thing.h", "", 16, 8, (Field("a", "int64_t", 0), Field("b", "int64_t", 8)))
OPAQUE = Record("thing_t", "struct", "thing.h", opaque=True)
COLOR = Enum("color_enum", "thing.h", (Member("COLOR_RED", 0),))
KIND = Typedef("kind_t", "thing.h", "uint8_t")
KINDS_RECORD = Record("kinds_t", "struct", "thing.h", "", 3, 1, (Field("all", "kind_t[3]", 0),))
LIMIT = Constant("LIMIT", "thing.h", 1)
NAME_NEW = Alias("name_new", "thing.h", "bytes_new")
DEPTH = Setting("depth", "thing_depth_set", "uint32_t")
SKIPPED = Excused("functions", "thing_debug", "for tests of the library")


def api(**facts: Any) -> Api:
    return Api(**{"version": "1.0.0", **facts})


def function(name: str, *params: Slot, result: Slot = VOID, leaf: bool = False) -> Function:
    return Function(name, "thing.h", result, params, leaf)


def grown(record: Record, by: int = 8) -> Record:
    extra = Field("extra", "void*", record.size)
    return replace(record, size=record.size + by, fields=(*record.fields, extra))


def found(old: Api, new: Api) -> list[tuple[str, str, str]]:
    return [(c.group, c.name, c.detail) for c in compare(old, new)]


def details(old: Api, new: Api) -> dict[str, str]:
    return {c.name: c.detail for c in compare(old, new)}


# What comes and goes: of what, with which facts, whose name, and what is said when it came and when it went.
DECLARED = ("declared in thing.h", "declared in thing.h until now")
OPTION = "option depth of config (uint32_t)"
COMINGS = [
    ("functions", api(functions=(RUN,)), "thing_run", *DECLARED),
    ("records", api(records=(PAIR,)), "pair_t", *DECLARED),
    ("typedefs", api(typedefs=(KIND,)), "kind_t", *DECLARED),
    ("callbacks", api(callbacks=(DONE,)), "thing_done_t", *DECLARED),
    ("constants and enum members", api(constants=(LIMIT,)), "LIMIT", "1", "was 1"),
    (
        "constants and enum members",
        api(enums=(COLOR,)),
        "COLOR_RED",
        "0 in enum color_enum",
        "was 0 in enum color_enum",
    ),
    ("enums", api(enums=(COLOR,)), "color_enum", *DECLARED),
    ("inline functions", api(inline_functions=(BODY,)), "thing_kind", *DECLARED),
    ("aliases", api(aliases=(NAME_NEW,)), "name_new", *DECLARED),
    ("settings", api(settings={"config": (DEPTH,)}), "thing_depth_set", OPTION, OPTION),
    (
        "excused declarations",
        api(excused=(SKIPPED,)),
        "thing_debug",
        "for tests of the library",
        "for tests of the library",
    ),
    ("macros", api(macros=("THING_LOOP",)), "THING_LOOP", "", ""),
]

# What changed under one name: in which group, what was, what is, whose change it is, and what is said.
START, END = Slot("size_t", "start"), Slot("size_t", "end")
GOT = Slot("thing_t*", "", "borrowed", True)
CHANGES: list[tuple[str, Api, Api, str, str]] = [
    (
        "functions re-typed under the same name",
        api(functions=(function("thing_run", THING, Slot("size_t", "nargs")),)),
        api(functions=(function("thing_run", THING, Slot("uint32_t", "nargs")),)),
        "thing_run",
        "param 1 nargs: size_t -> uint32_t",
    ),
    (
        "functions whose parameters changed places",
        api(functions=(function("thing_cut", START, END),)),
        api(functions=(function("thing_cut", END, START),)),
        "thing_cut",
        "param 0 start is now called end; param 1 end is now called start",
    ),
    (
        "functions whose ownership or nullability changed",
        api(functions=(function("thing_get", THING, result=GOT),)),
        api(functions=(function("thing_get", THING, result=replace(GOT, ownership="owned", nullable=False)),)),
        "thing_get",
        "result: borrowed -> owned; result: nullable -> never null",
    ),
    (
        "records whose layout changed",
        api(records=(PAIR,)),
        api(records=(grown(PAIR),)),
        "pair_t",
        "grew from 16 to 24 bytes; field extra (void* at byte 16) added",
    ),
    (
        "records changed by what they hold",
        api(records=(KINDS_RECORD,), typedefs=(KIND,)),
        api(records=(KINDS_RECORD,), typedefs=(replace(KIND, type="int8_t"),)),
        "kinds_t",
        "through kind_t",
    ),
    (
        "records that became opaque",
        api(records=(PAIR,)),
        api(records=(replace(OPAQUE, name="pair_t"),)),
        "pair_t",
        "was a struct of 16 bytes",
    ),
    (
        "typedefs whose type changed",
        api(typedefs=(KIND,)),
        api(typedefs=(replace(KIND, type="int32_t"),)),
        "kind_t",
        "uint8_t -> int32_t",
    ),
    (
        "callbacks whose signature changed",
        api(callbacks=(DONE,)),
        api(callbacks=(replace(DONE, result=Slot("bool")),)),
        "thing_done_t",
        "result: void -> bool",
    ),
    (
        "constants and enum members whose value changed",
        api(constants=(LIMIT,)),
        api(constants=(replace(LIMIT, value=2),)),
        "LIMIT",
        "1 -> 2",
    ),
    (
        "inline functions that changed",
        api(inline_functions=(BODY,)),
        api(inline_functions=(replace(BODY, body="4567"),)),
        "thing_kind",
        "the body differs",
    ),
    (
        "aliases that name another function",
        api(aliases=(NAME_NEW,)),
        api(aliases=(replace(NAME_NEW, target="text_new"),)),
        "name_new",
        "bytes_new -> text_new",
    ),
    (
        "settings that changed",
        api(settings={"config": (DEPTH,)}),
        api(settings={"config": (replace(DEPTH, type="depth_t", enum="depth_enum"),)}),
        "thing_depth_set",
        "option depth of config; type uint32_t -> depth_t; enum none -> depth_enum",
    ),
    (
        "records that became concrete",
        api(records=(replace(OPAQUE, name="pair_t"),)),
        api(records=(PAIR,)),
        "pair_t",
        "a struct of 16 bytes",
    ),
    (
        "constants and enum members that moved",
        api(constants=(Constant("COLOR_RED", "thing.h", 0),)),
        api(enums=(COLOR,)),
        "COLOR_RED",
        "no enum -> enum color_enum",
    ),
    ("features changed", api(features=("GC",)), api(), "WASMTIME_FEATURE_GC", "off now"),
    (
        "ownership or nullability stated for the first time",
        api(functions=(function("thing_run", Slot("thing_t*", "thing")),)),
        api(functions=(RUN,)),
        "thing_run",
        "param 0 thing: ownership unsaid -> borrowed; param 0 thing: nullability unsaid -> never null",
    ),
    (
        "functions whose leaf changed",
        api(functions=(RUN,)),
        api(functions=(replace(RUN, leaf=True),)),
        "thing_run",
        "leaf now: it keeps the GIL",
    ),
    (
        "parameters renamed",
        api(functions=(function("thing_run", Slot("thing_t*", "arg0")),)),
        api(functions=(function("thing_run", Slot("thing_t*", "thing")),)),
        "thing_run",
        "param 0 is now called thing",
    ),
]


# Every change is noticed


@pytest.mark.parametrize(("kind", "facts", "name", "came", "went"), COMINGS)
def test_what_comes_and_what_goes_is_told(kind: str, facts: Api, name: str, came: str, went: str) -> None:
    assert (f"{kind} added", name, came) in found(api(), facts)
    assert (f"{kind} removed", name, went) in found(facts, api())


@pytest.mark.parametrize(("group", "old", "new", "name", "detail"), CHANGES, ids=[case[0] for case in CHANGES])
def test_each_kind_of_change_is_told_in_its_group(group: str, old: Api, new: Api, name: str, detail: str) -> None:
    assert (group, name, detail) in found(old, new)


def test_every_group_has_a_case_here() -> None:
    tried = {f"{kind} {how}" for kind, *_ in COMINGS for how in ("added", "removed")}
    assert tried.union(group for group, *_ in CHANGES) == GROUPS.keys()


EVERYTHING = api(
    features=("GC",),
    aliases=(NAME_NEW,),
    callbacks=(DONE,),
    constants=(LIMIT,),
    enums=(COLOR,),
    functions=(RUN,),
    inline_functions=(BODY,),
    records=(PAIR,),
    settings={"config": (DEPTH,)},
    typedefs=(KIND,),
    macros=("THING_LOOP",),
    excused=(SKIPPED,),
)
# Where a declaration stands, who said so, and why it is not bound: nothing of it reaches a binding.
NOT_COMPARED = {"version", "header", "tag", "witness", "macros of Enum", "kind of Excused", "reason of Excused"}


def mutants(fact: Any, place: str) -> Iterator[tuple[str, Any]]:
    """The fact with one thing changed, for each thing in it."""
    if isinstance(fact, msgspec.Struct):
        for name in fact.__struct_fields__:
            if name not in NOT_COMPARED and f"{name} of {type(fact).__name__}" not in NOT_COMPARED:
                for where, value in mutants(getattr(fact, name), f"{place}.{name}"):
                    yield where, replace(fact, **{name: value})
    elif isinstance(fact, tuple):
        for i, item in enumerate(fact):
            yield from ((where, (*fact[:i], value, *fact[i + 1 :])) for where, value in mutants(item, f"{place}[{i}]"))
    elif isinstance(fact, dict):
        for key, item in fact.items():
            yield from ((where, {**fact, key: value}) for where, value in mutants(item, f"{place}[{key}]"))
    elif isinstance(fact, bool):
        yield place, not fact
    elif fact is None:
        yield place, True
    else:
        yield place, fact + ("x" if isinstance(fact, str) else 1)


@pytest.mark.parametrize(("place", "changed"), [pytest.param(*m, id=m[0]) for m in mutants(EVERYTHING, "api")])
def test_no_fact_that_reaches_a_binding_changes_unnoticed(place: str, changed: Api) -> None:
    assert compare(EVERYTHING, changed), f"{place} changed unnoticed"


def test_a_declaration_that_moves_to_another_header_did_not_change() -> None:
    moved = {kind: tuple(replace(i, header="other.h") for i in getattr(EVERYTHING, kind)) for kind in KINDS}
    assert compare(EVERYTHING, replace(EVERYTHING, **moved)) == ()


def test_an_excused_macro_is_told_once() -> None:
    new = api(macros=("THING_LOOP",), excused=(Excused("macros", "THING_LOOP", "spells C"),))
    assert found(api(), new) == [("macros added", "THING_LOOP", "")]


def test_breaking_groups_come_first() -> None:
    order = [group.breaking for group in GROUPS.values()]
    assert order == sorted(order, reverse=True)
    old, new = api(functions=(RUN,), macros=("A",)), api(functions=(function("a_run"),), typedefs=(KIND,))
    assert [(c.group, c.breaking) for c in compare(old, new)] == [
        ("functions removed", True),
        ("functions added", False),
        ("typedefs added", False),
        ("macros removed", False),
    ]


# Functions


def retyped(old: Function, new: Function) -> str:
    return details(api(functions=(old,)), api(functions=(new,)))[old.name]


def test_a_parameter_in_the_middle_is_told_without_its_neighbours() -> None:
    last = Slot("size_t", "len")
    assert retyped(function("f", THING, last), function("f", THING, Slot("bool", "strict"), last)) == (
        "2 -> 3 params; param 1 strict (bool) added"
    )
    assert retyped(function("f", THING, Slot("bool", "strict"), last), function("f", THING, last)) == (
        "3 -> 2 params; param 1 strict (bool) removed"
    )


def test_parameters_without_a_name_are_told_by_their_place() -> None:
    one, two = Slot("char*", "arg0"), Slot("size_t", "arg1")
    assert (
        retyped(function("f", replace(two, name="arg0")), function("f", one, two))
        == "1 -> 2 params; param 0 (char*) added"
    )
    assert retyped(function("f", replace(one, name="text")), function("f", one)) == "param 0 text has no name now"
    assert retyped(function("f", one), function("f", replace(one, type="void*"))) == "param 0: char* -> void*"


def test_a_retyped_slot_tells_its_new_name_and_ownership() -> None:
    old, new = Slot("item_t*", "ret", "out"), Slot("extern_t**", "into", "out-owned")
    assert retyped(function("f", old), function("f", new)) == (
        "param 0 ret: item_t* (out) -> extern_t** (out-owned), is now called into"
    )


def test_an_ownership_that_nobody_states_any_more_is_breaking() -> None:
    old, new = function("f", THING), function("f", Slot("thing_t*", "thing"))
    (change,) = compare(api(functions=(old,)), api(functions=(new,)))
    assert change.breaking
    assert (
        change.detail == "param 0 thing: borrowed -> ownership unsaid; param 0 thing: never null -> nullability unsaid"
    )


def test_another_symbol_under_the_same_name_is_breaking() -> None:
    assert retyped(RUN, replace(RUN, symbol="thing_run_v2")) == "symbol thing_run -> thing_run_v2"


def test_a_function_pointer_written_in_place_is_told_once_by_what_holds_it() -> None:
    old, new = "void (*)(thing_t*)", "void (*)(const thing_t*)"
    old_api, new_api = (
        api(
            functions=(function("each", Slot(spelling, "visit")),),
            callbacks=(Callback(spelling, "thing.h", VOID, (THING,)),),
        )
        for spelling in (old, new)
    )
    assert found(old_api, new_api) == [
        ("functions re-typed under the same name", "each", f"param 0 visit: {old} -> {new}")
    ]


def test_a_changed_callback_names_who_takes_it() -> None:
    holder = Record("hooks_t", "struct", "thing.h", "", 8, 8, (Field("done", "thing_done_t", 0),))
    user = function("thing_spawn", Slot("thing_done_t", "done"))
    old = api(callbacks=(DONE,), functions=(user,), records=(holder,))
    assert details(old, replace(old, callbacks=(replace(DONE, params=()),))) == {
        "thing_done_t": "1 -> 0 params; param 0 thing (thing_t*) removed; "
        "used by 1 function: thing_spawn, 1 record: hooks_t"
    }


# Renames


def test_a_removed_and_an_added_name_that_are_alike_look_like_a_rename() -> None:
    new = function("wasmtime_config_permissions_set", THING)
    old = api(functions=(function("wasmtime_config_perms_set", THING),))
    hint = "declared in thing.h until now; perhaps renamed to wasmtime_config_permissions_set"
    assert details(old, api(functions=(new,)))["wasmtime_config_perms_set"] == hint
    retyped = replace(new, params=(Slot("int", "thing"),))
    assert "renamed" not in details(old, api(functions=(retyped,)))["wasmtime_config_perms_set"]


def test_names_that_share_only_their_family_do_not_look_like_a_rename() -> None:
    old = api(functions=(function("wasmtime_config_wasm_threads_set", THING),))
    new = api(functions=(function("wasmtime_config_wasm_gc_set", THING),))
    assert "renamed" not in details(old, new)["wasmtime_config_wasm_threads_set"]


def test_a_name_that_became_another_kind_of_thing_says_so() -> None:
    old, new = api(inline_functions=(BODY,)), api(functions=(function("thing_kind", THING, result=Slot("int")),))
    assert details(old, new)["thing_kind"] == "declared in thing.h"
    assert ("inline functions removed", "thing_kind", "declared in thing.h until now; is now a function") in found(
        old, new
    )
    excused = api(excused=(replace(SKIPPED, name="thing_kind"),))
    assert details(old, excused)["thing_kind"] == "for tests of the library"
    assert compare(old, excused)[0].detail == "declared in thing.h until now; is now excused: for tests of the library"


# Values


def test_the_version_that_the_headers_state_is_no_change() -> None:
    def stating(version: str, major: int) -> Api:
        constants = (Constant("WASMTIME_VERSION", "w.h", version), Constant("WASMTIME_VERSION_MAJOR", "w.h", major))
        return api(version=version, constants=constants)

    assert compare(stating("49.0.0", 49), stating("50.0.0", 50)) == ()
    assert details(stating("49.0.0", 49), stating("50.0.0", 51)) == {"WASMTIME_VERSION_MAJOR": "49 -> 51"}


def test_a_text_constant_is_quoted() -> None:
    old, new = (api(constants=(replace(LIMIT, value=text),)) for text in ("a", "b"))
    assert details(old, new) == {"LIMIT": '"a" -> "b"'}


# The users of a changed type


def test_many_users_are_counted_and_the_first_are_named() -> None:
    facts = {"functions": tuple(function(f"use_{i:02}", Slot("kind_t", "x")) for i in range(20))}
    old, new = api(typedefs=(KIND,), **facts), api(typedefs=(replace(KIND, type="int"),), **facts)
    assert details(old, new) == {
        "kind_t": "uint8_t -> int; used by 20 functions: " + ", ".join(f"use_{i:02}" for i in range(12)) + " and 8 more"
    }
