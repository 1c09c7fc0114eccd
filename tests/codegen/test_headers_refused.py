"""What the generator refuses to read, and the words in which it says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codegen import clang, pipeline
from codegen.errors import CodegenError, Undecided
from tests.codegen import micro

RECORD = "typedef struct pair { int a, b; } pair_t;\n"


def refusal(header: str) -> str:
    with pytest.raises(CodegenError) as caught:
        micro.build(header)
    return str(caught.value)


def problems(header: str) -> list[str]:
    with pytest.raises(Undecided) as caught:
        micro.build(header)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("header", "place", "text"),
    [
        ("\n  int f\nint g;\n", "2:8", "expected ';' after top level declarator"),
        ("void f(unknown_t *x);\n", "1:8", "unknown type name 'unknown_t'"),
        ("#include <math.h>\n", "1:10", "'math.h' file not found"),
        ("static inline int f(void) {}\n", "1:28", "non-void function does not return a value"),
        ("#define A 1\n#define A 2\n", "2:9", "'A' macro redefined"),
        ("struct s { size_t size; };\n", "1:12", "unknown type name 'size_t'"),
        ("void f(struct s *x);\n", "1:15", "declaration of 'struct s' will not be visible outside of this function"),
    ],
)
def test_any_diagnostic_of_clang_stops_with_its_place(header: str, place: str, text: str) -> None:
    assert refusal(header).startswith(f"clang is not content with the headers:\n  micro.h:{place}: {text}")


def test_all_diagnostics_are_listed() -> None:
    lines = refusal("void f(a_t *);\nvoid g(b_t *);\n").splitlines()
    assert lines[1:] == ["  micro.h:1:8: unknown type name 'a_t'", "  micro.h:2:8: unknown type name 'b_t'"]


@pytest.mark.parametrize("name", ["stddef.h", "stdint.h", "stdbool.h"])
def test_a_shim_that_is_missing_is_not_papered_over(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for shim in clang.SHIMS.glob("*.h"):
        if shim.name != name:
            (tmp_path / shim.name).write_text(shim.read_text())
    monkeypatch.setattr(clang, "SHIMS", tmp_path)
    assert f"micro.h:1:10: '{name}' file not found" in refusal(f"#include <{name}>\nvoid f(void);\n")


def test_no_header_of_this_machine_is_found() -> None:
    assert "'stdio.h' file not found" in refusal("#include <stdio.h>\n")


def test_an_entry_point_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(CodegenError) as caught:
        pipeline.build(micro.source({"a.h": "", "b.h": ""}), micro.allow(entry="c.h"))
    assert str(caught.value) == "entry point c.h is not among the headers: a.h, b.h, wasmtime/conf.h"


def test_what_no_entry_point_reaches_is_not_read() -> None:
    headers = {"micro.h": '#include "reached.h"\n', "reached.h": "void f(void);\n", "other.h": "void g(void);\n"}
    api, _ = pipeline.build(micro.source(headers), micro.allow(micro.every("functions")))
    assert [(f.name, f.header) for f in api.functions] == [("f", "reached.h")]


VARIADIC = "is variadic: ctypes cannot bind it safely"
BY_VALUE = "by value: the binding expects pointers only"


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("int print(const char *, ...);", f"print {VARIADIC}"),
        ("typedef int (*print_t)(const char *, ...);", f"print_t {VARIADIC}"),
        ("void f(int (*print)(const char *, ...));", f"int (*)(char*) {VARIADIC}"),
        (RECORD + "void f(pair_t p);", f"f passes pair_t {BY_VALUE}"),
        (RECORD + "void f(const pair_t p);", f"f passes const pair_t {BY_VALUE}"),
        (RECORD + "void f(struct pair p);", f"f passes pair_t {BY_VALUE}"),
        (RECORD + "pair_t f(void);", f"f passes pair_t {BY_VALUE}"),
        (RECORD + "static inline int f(pair_t p) { return p.a; }", f"f passes pair_t {BY_VALUE}"),
        (RECORD + "typedef void (*f_t)(pair_t);", f"f_t passes pair_t {BY_VALUE}"),
        (RECORD + "void f(pair_t (*g)(void));", f"pair_t (*)(void) passes pair_t {BY_VALUE}"),
        ("union u; void f(union u x); union u { int a; };", f"f passes u {BY_VALUE}"),
        ("struct s { unsigned a : 3; };", "s.a is a bit field: its layout is the compiler's"),
        ("typedef struct { int b : 1; } t;", "t.b is a bit field: its layout is the compiler's"),
        ("enum { A, B };", "micro.h:1:1: an enum without a name, with A"),
        ("extern int x;", "micro.h:1:12: variable x has no plain integer value"),
        ("static const double x = 1.5;", "micro.h:1:21: variable x has no plain integer value"),
        ("void f(long x);", "micro.h:1:6: f: type long: a LONG is not understood"),
        ("struct s { long double d; };", "micro.h:1:8: s: type long double: a LONGDOUBLE is not understood"),
        ("void (*f(int))(char);", "micro.h:1:8: f: type void (char): a function pointer as a result is not understood"),
        ("struct s { int a[2][3]; };", "micro.h:1:8: s: type int[2][3]: an array of arrays is not understood"),
        (";", "micro.h:1:1: UNEXPOSED_DECL: a UNEXPOSED_DECL is not understood"),
    ],
)
def test_a_declaration_that_ctypes_cannot_bind_is_refused(header: str, problem: str) -> None:
    assert problem in problems(header)


def test_all_such_declarations_are_told_at_once_and_counted() -> None:
    text = refusal("enum { A };\nint print(const char *, ...);\nstruct s { int a : 1; };\n")
    assert re.match(r"3 things to decide:\n(  - .+\n?){3}$", text), text


def test_one_such_declaration_is_one_thing() -> None:
    assert refusal("enum { A };").startswith("1 thing to decide:\n  - ")
