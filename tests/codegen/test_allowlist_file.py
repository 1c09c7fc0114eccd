"""The allowlist is validated before anything is read: each complaint names the place as a dotted path."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen import config
from codegen.errors import CodegenError
from tests.codegen import micro

BASE = "entry-points: [micro.h]\nfeatures: {enabled: []}\n"


def complaint(text: str) -> list[str]:
    with pytest.raises(CodegenError) as caught:
        config.parse(text.encode(), "wasmtime.yaml")
    return [line.removeprefix("wasmtime.yaml: ") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        ("functions: {exclude: [{names: [a]}]}", "functions.exclude[0].reason: missing"),
        (
            "functions:\n  exclude:\n" + "    - {names: [a], reason: b}\n" * 3 + "    - names: [c]\n",
            "functions.exclude[3].reason: missing",
        ),
        ("structs: {exclude: [{reason: a}]}", "structs.exclude[0].names: missing"),
        ("ownership: [{is: owned}]", "ownership[0].reason: missing"),
        ("ownership: [{reason: a}]", "ownership[0].is: missing"),
        ("corrections: [{slot: result, reason: a, type: void}]", "corrections[0].function: missing"),
        ("corrections: [{function: f, reason: a, type: void}]", "corrections[0].slot: missing"),
        ("corrections: [{function: f, slot: x, type: void}]", "corrections[0].reason: missing"),
    ],
)
def test_what_is_missing_is_named(rules: str, line: str) -> None:
    assert complaint(BASE + rules) == [line]


@pytest.mark.parametrize(
    ("text", "name"), [("features: {enabled: []}", "entry-points"), ("entry-points: [a]", "features")]
)
def test_entry_points_and_features_have_to_be_stated(text: str, name: str) -> None:
    assert complaint(text) == [f"{name}: missing"]


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ("functons: {}", "functons"),
        ("functions: {includes: []}", "functions.includes"),
        ("functions: {opaque: [a]}", "functions.opaque"),
        ("structs: {leaf: [a]}", "structs.leaf"),
        ("functions: {exclude: [{names: [a], reason: b, why: c}]}", "functions.exclude[0].why"),
        ("inline-functions: {include: [a]}", "inline-functions.include"),  # they are bound by a port, or not at all
        ("inline-functions: {rename: {a: b}}", "inline-functions.rename"),
        ("macros: {include: [a]}", "macros.include"),  # code is never bound
        ("ownership: [{is: owned, reason: a, function: b}]", "ownership[0].function"),
    ],
)
def test_a_key_that_is_unknown_at_its_place_is_named(rules: str, path: str) -> None:
    assert complaint(BASE + rules) == [f"{path}: unknown, it is not among the settings of this place"]


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        ("functions: {include: a}", "functions.include: expected `array`, got `str`"),
        ("functions: {include: [a, 1]}", "functions.include[1]: expected `str`, got `int`"),
        ("functions: [a]", "functions: expected `object`, got `array`"),
        ("functions:", "functions: expected `object`, got `null`"),
        ("structs: {rename: {1: a}}", "structs.rename: expected `str`, got `int`"),
        ("structs: {rename: {a: 1}}", "structs.rename[...]: expected `str`, got `int`"),
        ("ownership: [{is: eaten, reason: a}]", "ownership[0].is: invalid enum value 'eaten'"),
        (
            "ownership: [{is: owned, reason: a, nullable: 3}]",
            "ownership[0].nullable: expected `bool | null`, got `int`",
        ),
        (
            "functions: {exclude: [{names: [], reason: a}]}",
            "functions.exclude[0].names: expected `array` of length >= 1",
        ),
        (
            "functions: {exclude: [{names: [a], reason: ''}]}",
            "functions.exclude[0].reason: expected `str` of length >= 1",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_named(rules: str, line: str) -> None:
    assert complaint(BASE + rules) == [line]


@pytest.mark.parametrize(
    ("rules", "where", "pattern"),
    [
        ("functions: {include: [a, '(']}", "functions.include[1]", "("),
        ("functions: {leaf: ['[a']}", "functions.leaf[0]", "[a"),
        ("functions: {exclude: [{names: [a, '*'], reason: b}]}", "functions.exclude[0].names[1]", "*"),
        ("unions: {opaque: ['(']}", "unions.opaque[0]", "("),
        ("structs: {rename: {'(': a}}", "structs.rename.(", "("),
        ("unions: {member-rename: {'(': a}}", "unions.member-rename.(", "("),
        ("constants: {groups: {g: '('}}", "constants.groups.g", "("),
        ("settings: {s: '('}", "settings.s", "("),
        ("ownership: [{is: owned, reason: a, functions: '('}]", "ownership[0].functions", "("),
        ("ownership: [{is: owned, reason: a, slots: '('}]", "ownership[0].slots", "("),
        ("ownership: [{is: owned, reason: a, types: '('}]", "ownership[0].types", "("),
    ],
)
def test_a_pattern_that_is_no_regular_expression_is_named(rules: str, where: str, pattern: str) -> None:
    (line,) = complaint(BASE + rules)
    assert line.startswith(f"{where}: {pattern!r} is not a regular expression: ")


def test_all_bad_patterns_are_told_at_once() -> None:
    rules = "functions: {include: ['(', '*']}\nsettings: {s: '['}"
    assert [line.partition(":")[0] for line in complaint(BASE + rules)] == [
        "functions.include[0]",
        "functions.include[1]",
        "settings.s",
    ]


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        (
            r"functions: {rename: {'a_(.*)': '\2'}}",
            r"functions.rename.a_(.*): '\\2' does not fit the pattern: invalid group reference 2 at position 1",
        ),
        (
            "settings: {config: config_.*_set}",
            "settings.config: 'config_.*_set' has no group: the option's name has to stand in parentheses",
        ),
        (
            "corrections: [{function: f, slot: x, reason: a}]",
            "corrections[0]: corrects nothing: say `type` or `is`",
        ),
    ],
)
def test_a_rule_that_cannot_work_is_named(rules: str, line: str) -> None:
    assert complaint(BASE + rules) == [line]


def test_broken_yaml_is_told_with_its_line() -> None:
    told = "\n".join(complaint(BASE + "functions: {include: [a}"))
    assert told.startswith("while parsing a flow sequence")
    assert "line 3, column 22" in told


@pytest.mark.parametrize(("text", "got"), [("", "null"), ("- a", "array"), ("a", "str")])
def test_a_file_of_another_shape_is_refused(text: str, got: str) -> None:
    assert complaint(text) == [f"the file: expected `object`, got `{got}`"]


def test_the_name_of_the_file_stands_before_each_complaint(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(BASE + "functions: {include: ['(', '*']}")
    with pytest.raises(CodegenError) as caught:
        config.load(path)
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["other.yaml", "other.yaml"]


def test_what_is_left_out_has_defaults() -> None:
    bare = config.parse(BASE.encode(), "a.yaml")
    assert (bare.functions, bare.ownership, bare.settings) == (config.Functions(), [], {})
    assert bare == micro.allow()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("entry-points: [a.h]\nfeatures: {enabled: []}\nenums: {}\nenums: {include: [x]}\n", "enums"),
        ("entry-points: [a.h]\nfeatures: {enabled: []}\ninline-functions: {ported: {f: a, f: b}}\n", "f"),
    ],
)
def test_a_key_that_stands_twice_is_refused(text: str, key: str) -> None:
    with pytest.raises(CodegenError, match=f"the key '{key}' stands here twice: merge the two"):
        config.parse(text.encode(), "allowlist.yaml")
