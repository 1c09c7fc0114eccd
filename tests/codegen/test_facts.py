"""Facts about the pinned release, 50.0.0, as the generator sees it: after an upgrade, look at each that moved."""

from __future__ import annotations

import keyword
import re
from collections import Counter

from codegen import rust
from codegen.ctype import base
from codegen.model import Api, Findings, Function, Record, Slot
from codegen.sources import Source


def prefix(function: Function) -> str:
    """ "wasmtime_component" or the first word."""
    return re.match("wasmtime_component|[a-z]+", function.name)[0]  # type: ignore[index]


def slots(api: Api) -> list[Slot]:
    return [slot for f in api.functions for slot in (f.result, *f.params)]


def own(slot: Slot) -> bool:
    return "own" in slot.witness


def unnamed(record: Record) -> bool:
    return re.search(r"_anonymous\d+$|_t_of$", record.name) is not None


def in_cycles(api: Api) -> set[str]:
    """Records that reach themselves through their fields."""
    names = {r.name for r in api.records}
    points_at = {r.name: {base(f.type) for f in r.fields} & names for r in api.records}
    reaches = {name: set(direct) for name, direct in points_at.items()}
    for _ in points_at:
        reaches = {name: met.union(*(points_at[other] for other in met)) for name, met in reaches.items()}
    return {name for name, met in reaches.items() if name in met}


def test_the_headers_declare(declared: Api, pinned: Source) -> None:
    records = [r for r in declared.records if not unnamed(r)]
    structs = [r for r in records if r.kind == "struct"]
    params = [p for f in declared.functions for p in f.params]
    fields = [f for r in declared.records for f in r.fields]
    callbacks = {c.name for c in declared.callbacks}
    names = {r.name for r in declared.records}
    held = {(r.name, f.type) for r in declared.records for f in r.fields if f.type in names}
    definitions = rust.definitions(pinned.rust)
    assert {
        "functions": Counter(map(prefix, declared.functions)),
        "functions in all": len(declared.functions),
        "functions that Rust defines": sum(f.name in definitions for f in declared.functions),
        "aliases": len(declared.aliases),
        "inline functions": len(declared.inline_functions),
        "structs": (len(structs), sum(r.opaque for r in structs)),
        "unions": len(records) - len(structs),
        "records without a name": sorted(r.name for r in declared.records if unnamed(r)),
        "records in pointer cycles": len(in_cycles(declared)),
        "records held by value": (len({holder for holder, _ in held}), len(held)),
        "enums": (len(declared.enums), sum(len(e.members) for e in declared.enums)),
        "constants": Counter(type(c.value).__name__ for c in declared.constants),
        "typedefs": len(declared.typedefs),
        "function pointers": Counter("in place" if "(*)" in name else "typedef" for name in callbacks),
        "function pointers in": (sum(p.type in callbacks for p in params), sum(f.type in callbacks for f in fields)),
        "code macros": len(declared.macros),
        "parameters": len(params),
        "parameters without a name": sum(p.name.startswith("arg") and p.name[3:].isdigit() for p in params),
        "keywords": set(filter(keyword.iskeyword, [*(p.name for p in params), *(f.name for f in fields)])),
        "fields that Python mangles": sum(f.name.startswith("__") for f in fields),
        "own results": sum(own(f.result) for f in declared.functions),
        "own parameters": sum(own(p) for p in params),
    } == {
        "functions": {"wasm": 293, "wasmtime": 297, "wasmtime_component": 160, "wasi": 18},
        "functions in all": 768,
        "functions that Rust defines": 505,
        "aliases": 5,
        "inline functions": 42,  # 40 to call, and two of static assertions
        "structs": (118, 64),  # so 54 are defined
        "unions": 7,
        "records without a name": [
            "wasm_val_t_of",
            "wasmtime_component_func_t_anonymous0",
            "wasmtime_memory_t_anonymous0",
            "wasmtime_table_t_anonymous0",
            "wasmtime_tag_t_anonymous0",
        ],
        "records in pointer cycles": 10,
        "records held by value": (21, 36),
        "enums": (8, 79),
        "constants": {"int": 104, "str": 1},  # 102 macros and two static const variables
        "typedefs": 27,
        "function pointers": {"typedef": 14, "in place": 3},
        "function pointers in": (37, 11),
        "code macros": 21,
        "parameters": 1498,
        "parameters without a name": 504,
        "keywords": {"global"},
        "fields that Python mangles": 33,
        "own results": 53,
        "own parameters": 124,
    }


def test_who_witnesses_the_pointers_of_the_bound_functions(built: tuple[Api, Findings]) -> None:
    pointers = [slot for slot in slots(built[0]) if "*" in slot.type]
    assert Counter("+".join(slot.witness) for slot in pointers) == {
        "rust": 688,
        "yaml": 255,
        "own+rust": 216,
        "own": 166,
        "rust+yaml": 88,
    }


def test_no_slot_is_open(built: tuple[Api, Findings]) -> None:
    api, findings = built
    assert findings.open == []
    assert [slot for slot in slots(api) if "*" in slot.type and not slot.ownership] == []


def test_nothing_is_left_to_decide_and_all_is_bound_or_excused(built: tuple[Api, Findings], declared: Api) -> None:
    api, findings = built
    assert findings.undecided + findings.unused == []
    excused = Counter(e.kind for e in api.excused)
    assert excused == {"functions": 68, "inline-functions": 2, "macros": 21}
    assert len(api.functions) == len(declared.functions) - excused["functions"]
    assert len(api.inline_functions) == len(declared.inline_functions) - excused["inline-functions"]
    for kind in ("records", "enums", "constants", "typedefs", "callbacks", "aliases"):
        groups = sum(e.macros for e in api.enums) if kind == "enums" else 0
        assert len(getattr(api, kind)) - groups == len(getattr(declared, kind)), kind


def test_each_owned_result_has_a_function_that_deletes_it(built: tuple[Api, Findings]) -> None:
    api, _ = built
    deletes = {
        f.params[0].type for f in api.functions if f.name.endswith("_delete") and f.params[0].ownership == "owned"
    }
    owned = {f.result.type.removeprefix("const ") for f in api.functions if f.result.ownership == "owned"}
    assert owned - deletes == set()


def test_the_one_lie_of_the_headers_is_corrected(built: tuple[Api, Findings], declared: Api) -> None:
    name = "wasmtime_context_epoch_deadline_async_yield_and_update"
    before, after = ({f.name: f for f in api.functions}[name].result.type for api in (declared, built[0]))
    assert (before, after) == ("wasmtime_error_t*", "void")


def test_the_layout_of_a_value_is_that_of_a_library_with_gc(declared: Api) -> None:
    value = {r.name: r for r in declared.records}["wasmtime_val_t"]
    assert (value.size, [(f.name, f.offset) for f in value.fields]) == (32, [("kind", 0), ("of", 8)])
