"""`codegen report`: its numbers add up to what the headers declare."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from codegen import report
from codegen.model import KINDS, Api, Findings

USED = {"wasm_engine_new", "wasm_config_t", "wasmtime_val_t", "WASM_I32", "wasm_name_new", "wasm_func_callback_t"}
NOT_DECLARED = {"wasmtime_undeclared", "wasi_undeclared"}


@pytest.fixture(scope="module")
def text(built: tuple[Api, Findings], tmp_path_factory: pytest.TempPathFactory) -> str:
    package = tmp_path_factory.mktemp("package")
    (package / "deep").mkdir()
    (package / "deep" / "one.py").write_text("\n".join(f"c.{name}()" for name in USED) + "\nnot_wasm_store_new\n")
    api, findings = built
    declared = {f.name for f in api.functions} | {e.name for e in api.excused if e.kind == "functions"}
    exported = (declared - {"wasm_engine_new"}) | NOT_DECLARED | {"malloc"}
    return report.report(api, findings, package, exported)


def table(text: str) -> dict[str, list[int]]:
    """kind -> bound, excused, used, not yet"""
    rows = re.findall(r"^([a-z-]+) +(\d+) +(\d+) +(\d+) +(\d+)$", text, re.M)
    return {kind: [int(number) for number in numbers] for kind, *numbers in rows}


def section(text: str, title: str) -> list[str]:
    """The items below a title, whose number is the one that the title states."""
    part = re.search(rf"^{re.escape(title)}: (\S+).*\n((?:  .+\n)*)", text, re.M)
    assert part, title
    items = [line.strip() for line in part[2].splitlines()]
    assert str(len(items) or part[1]) == part[1]
    return items


def test_bound_and_excused_add_up_to_what_the_headers_declare(
    text: str, declared: Api, built: tuple[Api, Findings]
) -> None:
    for kind, (bound, excused, _, _) in table(text).items():
        of_kind = getattr(declared, kind.replace("-", "_"))
        groups = sum(e.macros for e in built[0].enums) if kind == "enums" else 0  # the allowlist's own
        assert bound + excused == len(of_kind) + groups, kind


def test_used_and_not_yet_add_up_to_what_is_bound(text: str) -> None:
    rows = table(text)
    assert list(rows) == [kind.replace("_", "-") for kind in KINDS]
    assert all(used + not_yet == bound for bound, _, used, not_yet in rows.values())
    assert {kind: used for kind, (_, _, used, _) in rows.items() if used} == {
        "functions": 1,
        "records": 2,
        "callbacks": 1,
        "aliases": 1,
    }


def test_every_excuse_is_counted_with_its_reason(text: str, built: tuple[Api, Findings]) -> None:
    lines = re.findall(r"^ +(\d+) ([a-z-]+): (.+)$", text.partition("\nexcused\n")[2].partition("\n\n")[0], re.M)
    assert Counter({(kind, reason): int(count) for count, kind, reason in lines}) == Counter(
        (e.kind, e.reason) for e in built[0].excused
    )


def test_witnesses_add_up_to_the_pointers_of_all_functions(text: str, built: tuple[Api, Findings]) -> None:
    counts = re.findall(r"^ +(\d+) ", text.partition("pointers by witness\n")[2].partition("\n\n")[0], re.M)
    slots = [slot for f in built[0].functions for slot in (f.result, *f.params)]
    assert sum(map(int, counts)) == sum("*" in slot.type for slot in slots)


def test_functions_not_yet_used_are_listed(text: str, built: tuple[Api, Findings]) -> None:
    expected = sorted(f.name for f in built[0].functions if f.name not in USED)
    assert section(text, "functions that wasmtime_gen does not use yet") == expected


def test_exports_are_compared_both_ways(text: str) -> None:
    assert section(text, "exported by the library, not declared by the headers") == sorted(NOT_DECLARED)
    assert section(text, "declared by the headers, not exported by the library") == ["wasm_engine_new"]


def test_a_renamed_function_is_looked_up_by_its_symbol(built: tuple[Api, Findings], tmp_path: Path) -> None:
    first = replace(built[0].functions[0], name="renamed", symbol=built[0].functions[0].name)
    api = replace(built[0], functions=(first, *built[0].functions[1:]))
    text = report.report(api, built[1], tmp_path, {first.symbol})
    assert section(text, "exported by the library, not declared by the headers") == []


def test_without_a_library_exports_are_not_compared(built: tuple[Api, Findings], tmp_path: Path) -> None:
    assert "exported" not in report.report(*built, tmp_path, None)


def test_nothing_open_and_nothing_to_decide_is_said_so(text: str) -> None:
    assert "\nownership open: no slot: every pointer has an owner\n" in text
    assert "\nto decide: nothing\n" in text


def test_what_is_open_and_what_is_to_decide_is_listed(built: tuple[Api, Findings], tmp_path: Path) -> None:
    findings = Findings()
    findings.open, findings.undecided, findings.unused = ["f.x: int*"], ["functions: g"], ["leaf[0]"]
    text = report.report(built[0], findings, tmp_path, None)
    assert section(text, "ownership open") == ["f.x: int*"]
    assert section(text, "to decide") == ["functions: g", "leaf[0]"]


def test_an_excused_alias_is_no_function(built: tuple[Api, Findings], tmp_path: Path) -> None:
    api, findings = built
    excuse = replace(api.excused[0], kind="aliases", name=api.aliases[0].name)
    fewer = replace(api, aliases=api.aliases[1:], excused=(*api.excused, excuse))
    text = report.report(fewer, findings, tmp_path, set())
    assert table(text)["aliases"][:2] == [4, 1]
    assert api.aliases[0].name not in section(text, "declared by the headers, not exported by the library")
