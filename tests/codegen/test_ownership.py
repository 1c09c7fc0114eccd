"""Who owns what: `own` and Rust are merged, rules decide the rest, corrections win, contradictions stop regen."""

from __future__ import annotations

import pytest

from codegen import pipeline
from codegen.errors import Undecided
from codegen.model import Api, Findings, Slot
from tests.codegen import micro

HEAD = """
#define own
typedef struct s_t s_t;
typedef struct v_t { int size; s_t **data; } v_t;
typedef s_t *handle_t;
"""
MACRO = "macros: {exclude: [{names: [own], reason: C}]}\n"


def merge(declaration: str, rust: str = "", rules: str = "", header: str = "wasm.h") -> tuple[Api, Findings]:
    """What becomes of one declaration; in wasm.h a pointer without `own` is borrowed, elsewhere nothing is said."""
    rust = f'#[no_mangle] pub extern "C" fn {rust} {{}}' if rust else ""
    callback = "callbacks: {include: [.*]}\n" if "(*" in declaration else ""
    kinds = micro.every("structs", "typedefs") + ("" if callback else micro.every("functions"))
    config = micro.allow(MACRO + kinds + callback + rules, entry=header)
    return pipeline.build(micro.source({header: HEAD + declaration}, rust), config)


def decided(declaration: str, rust: str = "", rules: str = "", header: str = "wasm.h") -> Slot:
    """The slot of the one parameter, or of the result where there is none."""
    api, _ = merge(declaration, rust, rules, header)
    function = api.functions[0]
    return function.params[0] if function.params else function.result


def contradiction(declaration: str, rust: str, rules: str = "") -> list[str]:
    with pytest.raises(Undecided) as caught:
        merge(declaration, rust, rules)
    return list(caught.value.problems)


def said(slot: Slot) -> tuple[str, bool | None, str]:
    return slot.ownership, slot.nullable, "+".join(slot.witness)


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("own s_t *f(void);", ("owned", None, "own")),
        ("s_t *f(void);", ("borrowed", None, "own")),
        ("const s_t *f(void);", ("borrowed", None, "own")),
        ("void f(own s_t *x);", ("owned", None, "own")),
        ("void f(s_t *x);", ("borrowed", None, "own")),
        ("void f(own v_t *out);", ("out-owned", None, "own")),
        ("void f(own v_t *filled);", ("owned", None, "own")),
        ("void f(own s_t **x);", ("out-owned", None, "own")),
        ("void f(own s_t *const x[]);", ("owned", None, "own")),
        ("void f(own handle_t x);", ("owned", None, "own")),
        ("void f(int x);", ("", None, "")),
    ],
)
def test_own_alone_decides(declaration: str, expected: tuple[str, bool | None, str]) -> None:
    assert said(decided(declaration)) == expected


def test_without_own_nothing_is_said_outside_of_wasm_h() -> None:
    assert said(decided("own s_t *f(void);", header="other.h")) == ("owned", None, "own")
    api, findings = merge("s_t *f(s_t *x, handle_t y, int z);", header="other.h")
    assert {said(s) for s in (api.functions[0].result, *api.functions[0].params)} == {("", None, "")}
    assert findings.open == ["f.x: s_t*", "f.y: handle_t", "f.result: s_t*"]


@pytest.mark.parametrize("spelling", ["#define own\n", "#define own /* nothing */\n", "#  define own\n"])
def test_own_is_seen_however_it_is_defined(spelling: str) -> None:
    config = micro.allow(MACRO + micro.every("functions"), entry="wasm.h")
    source = micro.source({"wasm.h": f"{spelling}own int *f(void);\n"})
    assert pipeline.build(source, config)[0].functions[0].result.ownership == "owned"


@pytest.mark.parametrize(
    ("declaration", "rust", "expected"),
    [
        ("s_t *f(void);", "f() -> Box<s_t>", ("owned", False, "rust")),
        ("s_t *f(void);", "f() -> Option<Box<s_t>>", ("owned", True, "rust")),
        ("const s_t *f(void);", "f() -> &s_t", ("borrowed", False, "rust")),
        ("void f(s_t *x);", "f(x: Box<s_t>)", ("owned", False, "rust")),
        ("void f(s_t *x);", "f(x: Option<&s_t>)", ("borrowed", True, "rust")),
        ("void f(handle_t x);", "f(x: Box<s_t>)", ("owned", False, "rust")),
        ("void f(v_t *x);", "f(x: &mut MaybeUninit<v_t>)", ("out", False, "rust")),
        ("void f(s_t **x);", "f(x: &mut *mut s_t)", ("out-owned", False, "rust")),
        ("void f(s_t **x);", "f(x: &mut MaybeUninit<Box<s_t>>)", ("out-owned", False, "rust")),
        ("void f(int *x);", "f(x: Option<&mut MaybeUninit<i32>>)", ("out", True, "rust")),
        ("void f(const s_t *x);", "f(x: *const s_t)", ("", None, "")),
        ("void f(int x);", "f(x: i32)", ("", None, "")),
    ],
)
def test_rust_alone_decides(declaration: str, rust: str, expected: tuple[str, bool | None, str]) -> None:
    assert said(decided(declaration, rust, header="other.h")) == expected


@pytest.mark.parametrize(
    ("declaration", "rust", "expected"),
    [
        ("own s_t *f(void);", "f() -> Box<s_t>", ("owned", False, "own+rust")),
        ("own s_t *f(void);", "f() -> Option<Box<s_t>>", ("owned", True, "own+rust")),
        ("void f(own s_t *x);", "f(x: Box<s_t>)", ("owned", False, "own+rust")),
        ("void f(s_t *x);", "f(x: &mut s_t)", ("borrowed", False, "own+rust")),
        ("void f(own s_t **x);", "f(x: &mut *mut s_t)", ("out-owned", False, "own+rust")),
        ("void f(own v_t *out);", "f(out: &mut MaybeUninit<v_t>)", ("out-owned", False, "own+rust")),
        ("void f(own v_t *out);", "f(out: &mut v_t)", ("out-owned", False, "own+rust")),
        ("void f(own v_t *x);", "f(x: &mut v_t)", ("owned", False, "own+rust")),
        ("void f(own s_t *x);", "f(x: *mut s_t)", ("owned", None, "own")),
    ],
)
def test_both_witnesses_agree(declaration: str, rust: str, expected: tuple[str, bool | None, str]) -> None:
    assert said(decided(declaration, rust)) == expected


@pytest.mark.parametrize(
    ("declaration", "rust", "line"),
    [
        ("s_t *f(void);", "f() -> Box<s_t>", "f.result: s_t* is borrowed in wasm.h, but owned in Rust (Box<s_t>)"),
        ("own s_t *f(void);", "f() -> &s_t", "f.result: s_t* is owned in wasm.h, but borrowed in Rust (&s_t)"),
        ("void f(s_t *x);", "f(x: Box<s_t>)", "f.x: s_t* is borrowed in wasm.h, but owned in Rust (Box<s_t>)"),
        ("void f(own s_t *x);", "f(x: &s_t)", "f.x: s_t* is owned in wasm.h, but borrowed in Rust (&s_t)"),
        (
            "void f(own const v_t *x);",
            "f(x: &v_t)",
            "f.x: const v_t* is owned in wasm.h, but borrowed in Rust (&v_t)",
        ),
        (
            "void f(own s_t **x);",
            "f(x: &*mut s_t)",
            "f.x: s_t** is out-owned in wasm.h, but borrowed in Rust (&*mut s_t)",
        ),
    ],
)
def test_a_contradiction_is_refused_until_a_correction_says_who_is_right(
    declaration: str, rust: str, line: str
) -> None:
    assert contradiction(declaration, rust) == [f"corrections: {line}: say which is right, and why"]
    slot = line.partition(":")[0].partition(".")[2]
    rules = f"corrections: [{{function: f, slot: {slot}, is: owned, nullable: true, reason: seen in the code}}]"
    assert said(decided(declaration, rust, rules)) == ("owned", True, "yaml")


def owned(**parts: str) -> str:
    patterns = "".join(f", {key}: '{value}'" for key, value in parts.items())
    return f"ownership: [{{reason: why, is: owned{patterns}}}]"


@pytest.mark.parametrize("parts", [{}, {"functions": "f"}, {"slots": "x"}, {"types": r"s_t\*"}, {"types": r"s_.*"}])
def test_a_rule_decides_by_function_slot_and_type_what_no_witness_does(parts: dict[str, str]) -> None:
    assert said(decided("void f(s_t *x);", "f(x: *mut s_t)", owned(**parts), "other.h")) == ("owned", None, "yaml")


def test_a_rule_gives_nullability_where_rust_does_not() -> None:
    rules = "ownership: [{reason: why, is: owned, nullable: false}]"
    assert said(decided("void f(s_t *x);", "", rules, "other.h")) == ("owned", False, "yaml")


def test_a_rule_does_not_overrule_a_witness() -> None:
    for declaration, rust, header in [("own s_t *f(void);", "", "wasm.h"), ("s_t *f(void);", "f() -> &s_t", "o.h")]:
        with pytest.raises(Undecided, match=r"ownership\[0\]: decides nothing \(why\)"):
            merge(declaration, rust, owned(), header)


@pytest.mark.parametrize(
    ("declaration", "rust", "decision", "expected"),
    [
        ("void f(v_t *x);", "f(x: &mut v_t)", "out-owned", ("out-owned", False, "rust+yaml")),
        ("void f(v_t *x);", "f(x: &mut v_t)", "out", ("out", False, "rust+yaml")),
        ("void f(v_t *x);", "f(x: &mut MaybeUninit<v_t>)", "out-owned", ("out-owned", False, "rust+yaml")),
        ("void f(v_t *x);", "f(x: Option<&mut v_t>)", "out", ("out", True, "rust+yaml")),
    ],
)
def test_a_rule_may_make_an_out_slot_of_a_mutable_reference(
    declaration: str, rust: str, decision: str, expected: tuple[str, bool | None, str]
) -> None:
    rules = f"ownership: [{{reason: why, is: {decision}}}]"
    assert said(decided(declaration, rust, rules, "other.h")) == expected


@pytest.mark.parametrize(
    ("declaration", "rust", "header"),
    [
        ("void f(const v_t *x);", "f(x: &v_t)", "other.h"),  # what is const is not written
        ("void f(v_t *x);", "f(x: &mut v_t)", "wasm.h"),  # own, or its absence, has spoken
        ("void f(v_t *x);", "f(x: Box<v_t>)", "other.h"),
    ],
)
def test_a_rule_makes_no_out_slot_of_anything_else(declaration: str, rust: str, header: str) -> None:
    with pytest.raises(Undecided, match="decides nothing"):
        merge(declaration, rust, "ownership: [{reason: why, is: out-owned}]", header)


def test_the_first_rule_that_fits_decides() -> None:
    first, second = "{reason: one, slots: x, is: owned}", "{reason: two, is: borrowed}"
    api, _ = merge("void f(s_t *x, s_t *y);", "", f"ownership: [{first}, {second}]", "other.h")
    assert [p.ownership for p in api.functions[0].params] == ["owned", "borrowed"]
    with pytest.raises(Undecided, match=r"ownership\[1\]: decides nothing \(one\)"):
        merge("void f(s_t *x, s_t *y);", "", f"ownership: [{second}, {first}]", "other.h")


def test_a_later_rule_does_not_refine_what_a_rule_decided() -> None:
    rules = "ownership: [{reason: one, slots: x, is: borrowed}, {reason: two, is: out-owned}]"
    api, _ = merge("void f(s_t *x, s_t *y);", "", rules, "other.h")
    assert [said(p) for p in api.functions[0].params] == [("borrowed", None, "yaml"), ("out-owned", None, "yaml")]


def test_a_correction_wins_over_both_witnesses_and_every_rule() -> None:
    rules = "ownership: [{reason: why, slots: y, is: owned}]\n"
    rules += "corrections: [{function: f, slot: x, is: borrowed, nullable: false, reason: so it is}]"
    api, _ = merge("void f(own s_t *x, void *y);", "f(x: Option<Box<s_t>>, y: *mut c_void)", rules)
    assert [said(p) for p in api.functions[0].params] == [("borrowed", False, "yaml"), ("owned", None, "yaml")]


def test_user_data_is_open_also_in_wasm_h_until_a_rule_says_what_it_is() -> None:
    assert merge("void f(void *data);")[1].open == ["f.data: void*"]
    rules = r"ownership: [{reason: carried, types: 'void\*', is: opaque, nullable: true}]"
    assert said(decided("void f(void *data);", "", rules)) == ("opaque", True, "yaml")


def test_callbacks_are_decided_like_functions_but_have_no_rust() -> None:
    api, _ = merge("typedef own s_t *(*cb_t)(const s_t *, own s_t **trap);")
    callback = api.callbacks[0]
    assert [said(s) for s in (callback.result, *callback.params)] == [
        ("owned", None, "own"),
        ("borrowed", None, "own"),
        ("out-owned", None, "own"),
    ]
    rules = "ownership: [{reason: eaten, functions: cb_t, slots: result, is: owned, nullable: true}]"
    api, _ = merge("typedef s_t *(*cb_t)(int);", "", rules, "other.h")
    assert said(api.callbacks[0].result) == ("owned", True, "yaml")


def test_rust_tells_whether_a_callback_may_be_null() -> None:
    header = "typedef void (*cb_t)(int); void f(cb_t a, cb_t b);"
    rust = '#[no_mangle] pub extern "C" fn f(a: extern "C" fn(i32), b: Option<extern "C" fn(i32)>) {}'
    api, _ = micro.build(header, micro.every("functions", "callbacks"), rust)
    assert [said(p) for p in api.functions[0].params] == [("", False, "rust"), ("", True, "rust")]


def test_slots_that_nobody_decides_are_listed_and_stop_nothing() -> None:
    _, findings = merge("s_t *f(s_t *, v_t *named);", header="other.h")
    assert findings.open == ["f.arg0: s_t*", "f.named: v_t*", "f.result: s_t*"]
