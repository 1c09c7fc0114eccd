"""Every public declaration is bound or excused: what nobody decided stops regen, all of it in one list."""

from __future__ import annotations

import pytest

from codegen import pipeline
from codegen.errors import Undecided
from tests.codegen import micro
from tests.codegen.micro import decisions, every


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("void f(void);", "functions: f (micro.h): no rule includes or excludes it"),
        ("typedef struct s s_t;", "structs: s_t (micro.h): no rule includes or excludes it"),
        ("struct s { int a; };", "structs: s (micro.h): no rule includes or excludes it"),
        ("union u { int a; };", "unions: u (micro.h): no rule includes or excludes it"),
        ("enum e { A };", "enums: e (micro.h): no rule includes or excludes it"),
        ("#define A 1", "constants: A (micro.h): no rule includes or excludes it"),
        ('#define A "a"', "constants: A (micro.h): no rule includes or excludes it"),
        ("static const int A = 1;", "constants: A (micro.h): no rule includes or excludes it"),
        ("typedef int t;", "typedefs: t (micro.h): no rule includes or excludes it"),
        ("typedef void (*cb_t)(int);", "callbacks: cb_t (micro.h): no rule includes or excludes it"),
        ("#define A(x) x", "macros: A: no rule includes or excludes it"),
        ("#define A 1 + 1", "macros: A: no rule includes or excludes it"),
        ("#define A 010", "macros: A: no rule includes or excludes it"),  # octal in C, nothing in Python
        ('#define A "a" "b"', "macros: A: no rule includes or excludes it"),
    ],
)
def test_a_declaration_that_no_rule_mentions_is_listed_with_kind_name_and_header(header: str, line: str) -> None:
    assert decisions(header) == [line]


def test_an_alias_that_no_rule_mentions_is_listed_as_a_function() -> None:
    assert decisions("void f(void);\n#define g f", "functions: {include: [f]}") == [
        "functions: g (micro.h): no rule includes or excludes it"
    ]


def test_a_function_pointer_written_in_place_needs_a_name() -> None:
    assert decisions("void f(void (*g)(const char *));", every("functions")) == [
        "callbacks.names: 'void (*)(char*)' (micro.h) needs a name"
    ]


def test_an_inline_function_needs_a_port_and_its_digest_is_told() -> None:
    assert decisions("static inline int f(void) { return 1; }") == [
        "inline-functions.ported: f (micro.h): port it in templates/wasmtime_capi/inline.py and write its digest "
        "0b2bea2229e6f3fc, or exclude it with the reason"
    ]


def test_an_inline_function_whose_body_changed_is_told_with_both_digests() -> None:
    rules = "inline-functions: {ported: {f: 0b2bea2229e6f3fc}}"
    assert decisions("static inline int f(void) { return 1; }", rules) == []
    assert decisions("static inline int f(void) { return 2; }", rules) == [
        "inline-functions.ported.f: the body is now 81ca2919930df6b0, the port was made from 0b2bea2229e6f3fc: "
        "read the new body, mend the port in templates/wasmtime_capi/inline.py, and write the new digest"
    ]


def test_a_feature_that_is_new_in_conf_h_is_to_be_decided() -> None:
    conf = "#cmakedefine WASMTIME_FEATURE_OLD\n#cmakedefine WASMTIME_FEATURE_NEW\n"
    with pytest.raises(Undecided) as caught:
        pipeline.build(micro.source("", conf=conf), micro.allow(features="enabled: [OLD]"))
    assert caught.value.problems == ("features: NEW is new: is it in the released library?",)


def test_features_that_are_gone_from_conf_h_are_told() -> None:
    conf = "#cmakedefine WASMTIME_FEATURE_OLD\n"
    with pytest.raises(Undecided) as caught:
        pipeline.build(micro.source("", conf=conf), micro.allow(features="enabled: [OLD, GONE], disabled: [LOST]"))
    assert caught.value.problems == (
        "features: GONE is not in conf.h.in any more",
        "features: LOST is not in conf.h.in any more",
    )


def test_undecided_things_of_all_kinds_are_told_in_one_error() -> None:
    header = "void f(void);\nenum e { A };\n#define N 1\nstatic inline void i(void) {}\n#define M(x) x\n"
    rust = '#[no_mangle] pub extern "C" fn f(x: u8) {}'
    rules = "structs: {opaque: [s]}\nownership: [{reason: why, is: owned}]\n"
    with pytest.raises(Undecided) as caught:
        micro.build(header, rules, rust)
    assert str(caught.value).splitlines() == [
        "8 things to decide:",
        "  - functions: f (micro.h): no rule includes or excludes it",
        "  - enums: e (micro.h): no rule includes or excludes it",
        "  - constants: N (micro.h): no rule includes or excludes it",
        "  - macros: M: no rule includes or excludes it",
        "  - f, defined in lib.rs: declared with 0 parameters, defined with 1: exclude the function, with the reason",
        "  - inline-functions.ported: i (micro.h): port it in templates/wasmtime_capi/inline.py and write its digest "
        "257c1be96ae69f4b, or exclude it with the reason",
        "  - structs.opaque[0]: 's' matches nothing",
        "  - ownership[0]: decides nothing (why)",
    ]


def test_without_strict_the_undecided_are_bound_and_found() -> None:
    api, findings = micro.build("void f(void);", "functions: {include: [g]}", strict=False)
    assert [f.name for f in api.functions] == ["f"]
    assert findings.undecided == ["functions: f (micro.h): no rule includes or excludes it"]
    assert findings.unused == ["functions.include[0]: 'g' matches nothing"]


def test_a_function_pointer_without_a_name_is_called_the_same_in_every_version() -> None:
    old, _ = micro.build("void f(int (*)(int));", strict=False)
    new, _ = micro.build("void e(char (*)(char)); void f(int (*)(int));", strict=False)
    names = [{f.name: f for f in api.functions}["f"].params[0].type for api in (old, new)]
    assert names == [old.callbacks[0].name] * 2
    assert names[0].isidentifier()
    assert names[0] in {c.name for c in new.callbacks}


def test_patterns_match_whole_names() -> None:
    assert decisions("void wasm_f(void);", "functions: {include: [wasm_, f]}") == [
        "functions: wasm_f (micro.h): no rule includes or excludes it",
        "functions.include[0]: 'wasm_' matches nothing",
        "functions.include[1]: 'f' matches nothing",
    ]


def test_an_exclusion_wins_over_an_inclusion_and_is_kept_with_its_reason() -> None:
    rules = "functions: {include: [.*], exclude: [{names: [g], reason: why}]}"
    api, findings = micro.build("void f(void); void g(void);", rules)
    assert [f.name for f in api.functions] == ["f"]
    assert [(e.kind, e.name, e.reason) for e in api.excused] == [("functions", "g", "why")]
    assert findings.excused == list(api.excused)
