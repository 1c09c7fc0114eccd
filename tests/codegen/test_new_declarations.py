"""A new release: what fits the patterns is bound without hand-written facts, what fits none stops regen."""

from __future__ import annotations

import difflib

import pytest
from msgspec.structs import replace

from codegen import config, pipeline, render
from codegen.errors import Undecided
from codegen.model import Api, Findings
from codegen.sources import Source, Versions

FUNCTION = """
WASM_API_EXTERN wasmtime_error_t *
wasmtime_func_inspect(wasmtime_context_t *context, const wasmtime_func_t *func,
                      wasm_trap_t **trap, uint64_t *count, const uint8_t *name);
"""
DEFINITION = """
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmtime_func_inspect(
    context: WasmtimeStoreContextMut<'_>, func: &wasmtime_func_t, trap: &mut *mut wasm_trap_t, count: &mut u64,
    name: *const u8,
) -> Option<Box<wasmtime_error_t>> { None }
"""


def extended(source: Source, header: str, rust: str = "", file: str = "wasmtime/func.h") -> Source:
    """The source with this at the end of a header, and of func.rs."""
    header = f"{source.headers[file]}\n#ifndef MORE_H\n#define MORE_H\n{header}\n#endif\n"
    headers = source.headers | {file: header}
    return replace(source, headers=headers, rust=source.rust | {"func.rs": source.rust["func.rs"] + rust})


def build(source: Source) -> tuple[Api, Findings]:
    return pipeline.build(source, config.load())


def undecided(source: Source) -> list[str]:
    with pytest.raises(Undecided) as caught:
        build(source)
    return list(caught.value.problems)


def changed_lines(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    changed = []
    for name in sorted(after):
        old, new = before[name].decode().splitlines(), after[name].decode().splitlines()
        changed += [f"{name}:{line}" for line in difflib.unified_diff(old, new, n=0) if line[0] in "+-"][2:]
    return changed


def test_a_new_function_that_fits_the_patterns_needs_no_hand_written_facts(pinned: Source) -> None:
    api, findings = build(extended(pinned, FUNCTION, DEFINITION))
    function = {f.name: f for f in api.functions}["wasmtime_func_inspect"]
    assert findings.open == []
    assert [(s.name, s.ownership, s.nullable) for s in (function.result, *function.params)] == [
        ("", "owned", True),
        ("context", "borrowed", False),
        ("func", "borrowed", False),
        ("trap", "out-owned", False),
        ("count", "out", False),
        ("name", "borrowed", None),
    ]


def test_one_more_function_changes_fewer_than_15_lines(pinned: Source, rendered: dict[str, bytes]) -> None:
    versions = Versions.load()
    api, _ = build(extended(pinned, FUNCTION, DEFINITION))
    files = render.render(api, versions.known[versions.pinned].package)
    assert files.keys() == rendered.keys()
    changed = changed_lines(rendered, files)
    assert 0 < len(changed) < 15, "\n".join(changed)
    assert {line.partition(":")[0] for line in changed} == {
        "api.json",
        "wasmtime_capi/__init__.pyi",
        "wasmtime_capi/addresses.py",
        "wasmtime_capi/functions.py",
    }


def test_a_new_function_that_fits_no_pattern_stops_regen(pinned: Source) -> None:
    assert undecided(extended(pinned, "void wasmtime_quantum_leap(void);\n")) == [
        "functions: wasmtime_quantum_leap (wasmtime/func.h): no rule includes or excludes it"
    ]


def test_a_new_function_without_rust_is_decided_by_names_and_types(pinned: Source) -> None:
    header = "void wasmtime_func_extra_delete(wasmtime_error_t *);\n"
    function = {f.name: f for f in build(extended(pinned, header))[0].functions}["wasmtime_func_extra_delete"]
    assert [(p.ownership, p.nullable, p.witness) for p in function.params] == [("owned", False, ("yaml",))]


def test_what_nobody_knows_about_a_new_function_is_listed_as_open(pinned: Source) -> None:
    _, findings = build(extended(pinned, "wasmtime_error_t *wasmtime_func_puzzle(wasm_trap_t *);\n"))
    assert findings.open == [
        "wasmtime_func_puzzle.arg0: wasm_trap_t*",
        "wasmtime_func_puzzle.result: wasmtime_error_t*",
    ]


def test_a_new_setter_becomes_an_option(pinned: Source, built: tuple[Api, Findings]) -> None:
    header = "WASM_API_EXTERN void wasmtime_config_brand_new_set(wasm_config_t *, bool);\n"
    api, _ = build(extended(pinned, header, file="wasmtime/config.h"))
    assert [s for s in api.settings["config"] if s not in built[0].settings["config"]] == [
        type(api.settings["config"][0])("brand_new", "wasmtime_config_brand_new_set", "bool")
    ]


def test_a_new_kind_joins_its_enum_and_a_new_macro_of_no_group_stops_regen(pinned: Source) -> None:
    api, _ = build(extended(pinned, "#define WASMTIME_EXTERN_BRAND_NEW 99\n"))
    kinds = {e.name: e for e in api.enums}["wasmtime_extern_kind_enum"]
    assert (kinds.members[-1].name, kinds.members[-1].value) == ("WASMTIME_EXTERN_BRAND_NEW", 99)
    assert undecided(extended(pinned, "#define WASMTIME_BRAND_NEW 99\n")) == [
        "constants: WASMTIME_BRAND_NEW (wasmtime/func.h): no rule includes or excludes it"
    ]


def test_a_new_record_is_bound_by_its_prefix(pinned: Source) -> None:
    api, _ = build(extended(pinned, "typedef struct wasmtime_new { wasmtime_func_t func; } wasmtime_new_t;\n"))
    record = {r.name: r for r in api.records}["wasmtime_new_t"]
    assert (record.size, record.tag) == (16, "wasmtime_new")


def test_everything_else_that_is_new_stops_regen_in_one_list(pinned: Source) -> None:
    header = """
static inline int wasmtime_func_inlined(void) { return 1; }
void wasmtime_func_each(int (*visit)(int, wasmtime_func_t *));
typedef struct other other_t;
enum other_enum { OTHER };
typedef int other_int_t;
typedef void (*other_cb_t)(void);
#define OTHER_CODE(x) x
"""
    listed = undecided(extended(pinned, header))
    assert [line.partition(": ")[0] + ": " + line.partition(": ")[2].split(" (")[0] for line in listed] == [
        "structs: other_t",
        "enums: other_enum",
        "typedefs: other_int_t",
        "callbacks: other_cb_t",
        "macros: OTHER_CODE: no rule includes or excludes it",
        "callbacks.names: 'int",
        "inline-functions.ported: wasmtime_func_inlined",
    ]


def test_a_function_that_is_gone_is_told_where_a_rule_names_it(pinned: Source) -> None:
    header = pinned.headers["wasmtime/wat.h"].replace("wasmtime_wat2wasm", "wasmtime_wat_to_wasm")
    assert undecided(replace(pinned, headers=pinned.headers | {"wasmtime/wat.h": header}))[0] == (
        "functions: wasmtime_wat_to_wasm (wasmtime/wat.h): no rule includes or excludes it"
    )
