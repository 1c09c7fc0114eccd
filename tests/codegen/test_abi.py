"""The second witness against the first: a declaration that lies about arity, void or width is refused."""

from __future__ import annotations

import pytest

from tests.codegen.micro import build, decisions, every

TYPES = """
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
typedef struct s s_t;
typedef uint8_t kind_t;
typedef void (*cb_t)(void *);
typedef s_t *handle_t;
"""
RULES = every("functions", "structs", "typedefs", "callbacks")


def lies(declaration: str, definition: str, corrections: str = "") -> list[str]:
    rust = f'#[no_mangle] pub extern "C" fn {definition} {{}}'
    return decisions(TYPES + declaration, RULES + corrections, rust)


@pytest.mark.parametrize(
    ("declared", "defined"),
    [
        ("bool", "bool"),
        ("char", "c_char"),
        ("uint8_t", "u8"),
        ("kind_t", "u8"),
        ("signed char", "i8"),
        ("unsigned char", "u8"),
        ("int8_t", "i8"),
        ("int16_t", "u16"),
        ("uint16_t", "u16"),
        ("int", "c_int"),
        ("int32_t", "i32"),
        ("uint32_t", "u32"),
        ("unsigned int", "u32"),
        ("int64_t", "i64"),
        ("uint64_t", "i64"),
        ("uint64_t", "Option<NonZeroU64>"),
        ("size_t", "usize"),
        ("ptrdiff_t", "isize"),
        ("intptr_t", "isize"),
        ("uintptr_t", "usize"),
        ("float", "f32"),
        ("double", "f64"),
        ("s_t *", "&s_t"),
        ("const s_t *", "*const s_t"),
        ("handle_t", "Box<s_t>"),
        ("cb_t", 'extern "C" fn(*mut c_void)'),
        ("const cb_t", 'extern "C" fn(*mut c_void)'),
        ("uint8_t", "some_type_that_nobody_knows"),
    ],
)
def test_what_agrees_is_accepted(declared: str, defined: str) -> None:
    assert lies(f"void f({declared} x);", f"f(x: {defined})") == []


@pytest.mark.parametrize(
    ("declared", "defined", "lie"),
    [
        ("int x", "x: u64", "x is declared as int (32), defined as u64 (64)"),
        ("uint64_t x", "x: u32", "x is declared as uint64_t (64), defined as u32 (32)"),
        ("uint32_t x", "x: usize", "x is declared as uint32_t (32), defined as usize (size)"),
        ("uint64_t x", "x: usize", "x is declared as uint64_t (64), defined as usize (size)"),
        ("kind_t x", "x: u32", "x is declared as kind_t (8), defined as u32 (32)"),
        ("bool x", "x: u8", "x is declared as bool (bool), defined as u8 (8)"),
        ("float x", "x: u32", "x is declared as float (f32), defined as u32 (32)"),
        ("double x", "x: f32", "x is declared as double (f64), defined as f32 (f32)"),
        ("s_t *x", "x: usize", "x is declared as s_t* (pointer), defined as usize (size)"),
        ("size_t", "x: &u8", "arg0 is declared as size_t (size), defined as &u8 (pointer)"),
    ],
)
def test_a_parameter_of_another_width_is_refused(declared: str, defined: str, lie: str) -> None:
    assert lies(f"void f({declared});", f"f({defined})") == [
        f"f, defined in lib.rs: {lie}: correct its type under corrections, with the reason"
    ]


@pytest.mark.parametrize(
    ("declared", "defined", "lie"),
    [
        ("int", "", "result is declared as int (32), defined as () (void)"),
        ("s_t *", "", "result is declared as s_t* (pointer), defined as () (void)"),
        ("void", "-> u8", "result is declared as void (void), defined as u8 (8)"),
        ("int", "-> i64", "result is declared as int (32), defined as i64 (64)"),
    ],
)
def test_a_result_that_lies_is_refused(declared: str, defined: str, lie: str) -> None:
    assert lies(f"{declared} f(void);", f"f() {defined}") == [
        f"f, defined in lib.rs: {lie}: correct its type under corrections, with the reason"
    ]


@pytest.mark.parametrize(("declared", "defined"), [("void", "x: u8"), ("int x", ""), ("int x, int y", "x: i32")])
def test_another_number_of_parameters_is_refused_until_the_function_is_excluded(declared: str, defined: str) -> None:
    counts = [len([p for p in text.split(",") if p and p != "void"]) for text in (declared, defined)]
    assert lies(f"void f({declared});", f"f({defined})") == [
        f"f, defined in lib.rs: declared with {counts[0]} parameters, defined with {counts[1]}: "
        "exclude the function, with the reason"
    ]
    rules = RULES.replace("functions: {include: [.*]}", "functions: {exclude: [{names: [f], reason: a lie}]}")
    rust = f'#[no_mangle] pub extern "C" fn f({defined}) {{}}'
    assert decisions(TYPES + f"void f({declared});", rules, rust) == []


def test_every_lie_of_a_function_is_told() -> None:
    told = lies("int f(int x, bool y);", "f(x: u8, y: u8)")
    assert [line.split(" is ")[0] for line in told] == [f"f, defined in lib.rs: {p}" for p in ("result", "x", "y")]


@pytest.mark.parametrize(
    ("declaration", "definition", "slot", "type_"),
    [
        ("s_t *f(void);", "f()", "result", "void"),
        ("void f(void);", "f() -> u8", "result", "uint8_t"),
        ("void f(uint32_t x);", "f(x: u64)", "x", "uint64_t"),
        ("void f(size_t);", "f(x: &s_t)", "arg0", "s_t*"),
    ],
)
def test_a_lie_is_accepted_once_the_allowlist_corrects_it(
    declaration: str, definition: str, slot: str, type_: str
) -> None:
    corrections = f"corrections: [{{function: f, slot: {slot}, type: {type_}, reason: it lies}}]"
    assert lies(declaration, definition, corrections) == []
    rust = f'#[no_mangle] pub extern "C" fn {definition} {{}}'
    api, _ = build(TYPES + declaration, RULES + corrections, rust)
    function = api.functions[0]
    corrected = function.result if slot == "result" else function.params[0]
    assert corrected.type == type_


def test_a_correction_that_lies_as_well_is_refused() -> None:
    corrections = "corrections: [{function: f, slot: result, type: uint16_t, reason: a guess}]"
    assert lies("s_t *f(void);", "f() -> u8", corrections) == [
        "f, defined in lib.rs: result is declared as uint16_t (16), defined as u8 (8): "
        "correct its type under corrections, with the reason"
    ]


def test_a_function_that_is_born_in_a_rust_macro_has_one_witness_only() -> None:
    rust = 'macro_rules! m { () => { #[no_mangle] pub extern "C" fn f(x: u64) {} } }'
    assert decisions("void f(int x);", every("functions"), rust) == []


def test_what_is_excluded_may_lie() -> None:
    rules = "functions: {exclude: [{names: [f], reason: aborts}]}"
    assert decisions("int f(void);", rules, '#[no_mangle] pub extern "C" fn f() {}') == []


def test_a_renamed_function_is_compared_by_its_symbol() -> None:
    rules = "functions: {include: [.*], rename: {'f_(.*)': '\\1'}}"
    told = decisions("int f_a(void);", rules, '#[no_mangle] pub extern "C" fn f_a() {}')
    assert [line.split(":")[0] for line in told] == ["f_a, defined in lib.rs"]
