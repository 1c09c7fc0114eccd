"""Every rule of the allowlist matches something: one that does not is a mistake or a leftover, and stops regen."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.codegen.micro import decisions

HEADER = """
#include <stdint.h>
typedef struct s { int a; } s_t;
typedef union u { int a; } u_t;
enum e { A };
#define N 1
typedef uint8_t t;
typedef void (*cb_t)(s_t *, u_t *);
#define CODE(x) x
static inline int i(void) { return 1; }
s_t *f(t a, cb_t b, void (*c)(void *));
"""
RULES: dict[str, Any] = {
    "functions": {"include": [".*"]},
    "structs": {"include": [".*"]},
    "unions": {"include": [".*"]},
    "enums": {"include": [".*"]},
    "constants": {"include": [".*"]},
    "typedefs": {"include": [".*"]},
    "callbacks": {"include": [".*"], "names": {"void (*)(void*)": "finalizer_t"}},
    "macros": {"exclude": [{"names": ["CODE"], "reason": "code"}]},
    "inline-functions": {"ported": {"i": "0b2bea2229e6f3fc"}},
}
EXCLUDE = {"exclude": [{"names": ["x_.*", "y"], "reason": "why"}]}
OWNED = {"reason": "why", "is": "owned"}


def merged(rules: Any, more: Any) -> Any:
    if isinstance(rules, dict) and isinstance(more, dict):
        return rules | {key: merged(rules[key], value) if key in rules else value for key, value in more.items()}
    return rules + more


def told(more: dict[str, Any]) -> list[str]:
    return decisions(HEADER, msgspec.yaml.encode(merged(RULES, more)).decode())


def test_the_rules_without_more_decide_everything() -> None:
    assert told({}) == []


@pytest.mark.parametrize("kind", ["functions", "structs", "unions", "enums", "constants", "typedefs", "callbacks"])
def test_an_inclusion_that_matches_nothing_is_told(kind: str) -> None:
    assert told({kind: {"include": ["x_.*", "y"]}}) == [
        f"{kind}.include[1]: 'x_.*' matches nothing",
        f"{kind}.include[2]: 'y' matches nothing",
    ]


@pytest.mark.parametrize("kind", RULES)
def test_an_exclusion_that_matches_nothing_is_told(kind: str) -> None:
    index = 1 if kind == "macros" else 0
    assert told({kind: EXCLUDE}) == [
        f"{kind}.exclude[{index}].names[0]: 'x_.*' matches nothing",
        f"{kind}.exclude[{index}].names[1]: 'y' matches nothing",
    ]


@pytest.mark.parametrize("kind", ["functions", "structs", "unions", "enums", "constants", "typedefs", "callbacks"])
def test_a_renaming_that_matches_nothing_is_told(kind: str) -> None:
    assert told({kind: {"rename": {"x_(.*)": r"\1"}}}) == [f"{kind}.rename.x_(.*): 'x_(.*)' matches nothing"]


@pytest.mark.parametrize("kind", ["structs", "unions", "enums"])
def test_a_renaming_of_members_that_matches_nothing_is_told(kind: str) -> None:
    assert told({kind: {"member-rename": {"x_(.*)": r"\1"}}}) == [
        f"{kind}.member-rename.x_(.*): 'x_(.*)' matches nothing"
    ]


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"functions": {"leaf": ["x_.*"]}}, "functions.leaf[0]: 'x_.*' matches nothing"),
        ({"structs": {"opaque": ["u_t"]}}, "structs.opaque[0]: 'u_t' matches nothing"),
        ({"unions": {"opaque": ["s_t"]}}, "unions.opaque[0]: 's_t' matches nothing"),
        ({"constants": {"groups": {"g_enum": "G_.*"}}}, "constants.groups.g_enum: 'G_.*' matches nothing"),
        ({"settings": {"config": "c_(.*)_set"}}, "settings.config: 'c_(.*)_set' matches no setter"),
        (
            {"callbacks": {"names": {"int (*)(int)": "x_t"}}},
            "callbacks.names: no function pointer is 'int (*)(int)'",
        ),
        (
            {"inline-functions": {"ported": {"j": "0b2bea2229e6f3fc"}}},
            "inline-functions.ported.j: no inline function has this name",
        ),
        ({"ownership": [OWNED | {"functions": "x_.*"}]}, "ownership[0]: decides nothing (why)"),
        ({"ownership": [OWNED | {"slots": "x"}]}, "ownership[0]: decides nothing (why)"),
        ({"ownership": [OWNED | {"types": "x_t"}]}, "ownership[0]: decides nothing (why)"),
        ({"ownership": [OWNED, OWNED]}, "ownership[1]: decides nothing (why)"),
        (
            {"corrections": [OWNED | {"function": "x", "slot": "result"}]},
            "corrections: x.result: no such slot",
        ),
        (
            {"corrections": [{"function": "f", "slot": "d", "type": "int", "reason": "why"}]},
            "corrections: f.d: no such slot",
        ),
    ],
)
def test_a_rule_that_matches_nothing_is_told_with_its_place(more: dict[str, Any], line: str) -> None:
    assert told(more) == [line]


def test_all_idle_rules_are_told_at_once() -> None:
    more = {"functions": {"leaf": ["x"]} | EXCLUDE, "structs": {"opaque": ["y"]}, "settings": {"config": "(z)"}}
    assert len(told(more)) == 5


def test_a_rule_that_matches_only_what_is_excluded_is_told() -> None:
    more = {"functions": {"exclude": [{"names": ["f"], "reason": "why"}]}}
    assert told(more) == ["functions.include[0]: '.*' matches nothing"]


def test_constants_of_two_groups_are_to_be_decided() -> None:
    more = {"constants": {"groups": {"a_enum": "N", "b_enum": "[NM]"}}}
    assert "constants.groups: N fits a_enum and b_enum" in told(more)
