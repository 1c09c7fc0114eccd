"""What is selected can be bound together: each would otherwise fail when a user first touches the name."""

from __future__ import annotations

import pytest

from tests.codegen.micro import decisions, every

GONE = "exclude: [{names: [gone.*], reason: why}]"


@pytest.mark.parametrize(
    ("header", "rules", "line"),
    [
        (
            "typedef struct gone gone_t; void f(int, gone_t *);",
            every("functions") + f"structs: {{{GONE}}}",
            "gone_t is not bound, but used by f.arg1: include it, or exclude those",
        ),
        (
            "typedef struct gone gone_t; gone_t *a(void); gone_t *b(void); gone_t *c(void); gone_t *d(const gone_t *);",
            every("functions") + f"structs: {{{GONE}}}",
            "gone_t is not bound, but used by a.result, b.result, c.result and 2 more: include it, or exclude those",
        ),
        (
            "typedef unsigned char gone_t; struct s { gone_t a[3]; };",
            every("structs") + f"typedefs: {{{GONE}}}",
            "gone_t is not bound, but used by s.a: include it, or exclude those",
        ),
        (
            "typedef void (*gone_t)(int); void f(gone_t);",
            every("functions") + f"callbacks: {{{GONE}}}",
            "gone_t is not bound, but used by f.arg0: include it, or exclude those",
        ),
        (
            "typedef struct gone gone_t; typedef void (*cb_t)(gone_t **);",
            every("callbacks") + f"structs: {{{GONE}}}",
            "gone_t is not bound, but used by cb_t.arg0: include it, or exclude those",
        ),
        (
            "typedef int gone_t; typedef gone_t kept_t;",
            f"typedefs: {{include: [kept_t], {GONE}}}",
            "gone_t is not bound, but used by kept_t: include it, or exclude those",
        ),
        (
            "void gone(void);\n#define g gone\n",
            f"functions: {{include: [g], {GONE}}}",
            "gone is not bound, but used by g: include it, or exclude those",
        ),
    ],
)
def test_what_a_bound_declaration_needs_is_bound(header: str, rules: str, line: str) -> None:
    assert decisions(header, rules) == [line]


def test_an_enum_as_a_type_is_refused_until_it_is_corrected() -> None:
    header, rules = "enum e { A }; void f(enum e x);", every("functions", "enums")
    assert decisions(header, rules) == [
        "enums: e is the type of f.x: ctypes has no such type, correct it to an integer",
    ]
    assert decisions(header, rules + "corrections: [{function: f, slot: x, type: int, reason: gcc says so}]") == []


def test_a_record_that_is_held_by_value_needs_its_fields() -> None:
    header = "typedef struct in { int a; } in_t; typedef struct out { int b; in_t held; in_t *shown; } out_t;"
    assert decisions(header, "structs: {include: [.*], opaque: [in_t]}") == [
        "out_t.held holds in_t by value: that cannot be opaque, it needs fields"
    ]


@pytest.mark.parametrize(
    ("header", "rules", "line"),
    [
        ("#define class 1", every("constants"), "constants.rename: class is a keyword of Python: rename it"),
        ("void import(void);", every("functions"), "functions.rename: import is a keyword of Python: rename it"),
        ("enum e { None };", every("enums"), "enums.member-rename: e.None is a keyword of Python: rename it"),
        (
            "struct s { int lambda; };",
            every("structs"),
            "structs.member-rename: s.lambda is a keyword of Python: rename it",
        ),
        (
            "union u { int global; };",
            every("unions"),
            "unions.member-rename: u.global is a keyword of Python: rename it",
        ),
        (
            "struct s { void *__private; };",
            every("structs"),
            "structs.member-rename: s.__private: Python mangles a leading __ inside classes: rename it",
        ),
    ],
)
def test_a_name_that_python_cannot_say_is_refused(header: str, rules: str, line: str) -> None:
    assert decisions(header, rules) == [line]


def test_a_parameter_may_be_a_keyword_for_it_is_never_said() -> None:
    assert decisions("void f(int global);", every("functions")) == []


@pytest.mark.parametrize(
    ("header", "rules", "line"),
    [
        (
            "void fa(void); void fb(void);",
            "functions: {include: [.*], rename: {f.: g}}",
            "g has 2 meanings, in functions: rename all but one",
        ),
        (
            "struct both { int a; }; void both(void);",
            every("structs", "functions"),
            "both has 2 meanings, in functions and records: rename all but one",
        ),
        (
            "enum e { A = 1 };\n#define A 1\n",
            every("enums", "constants"),
            "A has 2 meanings, in constants and enums: rename all but one",
        ),
    ],
)
def test_a_name_with_two_meanings_is_refused(header: str, rules: str, line: str) -> None:
    assert decisions(header, rules) == [line]


@pytest.mark.parametrize(
    ("record", "facts"),
    [
        ("struct s { unsigned char a; unsigned b; } __attribute__((packed));", "5 bytes at an alignment of 1"),
        ("struct s { _Alignas(64) unsigned a; };", "64 bytes at an alignment of 64"),
        ("union s { unsigned char a[5]; unsigned b; } __attribute__((packed));", "5 bytes at an alignment of 1"),
    ],
)
def test_a_record_that_ctypes_cannot_lay_out_is_refused(record: str, facts: str) -> None:
    kind = record.partition(" ")[0]
    found = decisions(record, f"{kind}s: {{include: [.*]}}")
    assert found == [
        f"{kind}s: s has {facts} in C, which its fields alone do not make: "
        "ctypes knows no packed or aligned records. Exclude it, or make it opaque"
    ]
