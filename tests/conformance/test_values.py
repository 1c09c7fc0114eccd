"""Literals are rounded once, and results are compared bit by bit."""

from __future__ import annotations

import random
import struct

import pytest

from tests.conformance.script import Form, ScriptError, read
from tests.conformance.values import Either, Nan, Number, Pattern, Reference, Value, argument, literal, matches, pattern


def form(text: str) -> Form:
    return read(text.encode()).commands[0]


def value(text: str) -> Value:
    return argument(form(text))


def wanted(text: str) -> Pattern:
    return pattern(form(text))


@pytest.mark.parametrize(
    ("kind", "word", "bits"),
    [
        ("i32", "-1", 0xFFFFFFFF),
        ("i32", "0xffff_ffff", 0xFFFFFFFF),
        ("i64", "-0x8000000000000000", 1 << 63),
        ("f32", "-0", 0x80000000),
        ("f32", "0x1.fffffep+127", 0x7F7FFFFF),
        ("f32", "0x1p-149", 1),
        ("f32", "0x1p-150", 0),  # half of the least: to even
        ("f32", "0x1.8p-150", 1),
        ("f32", "0x0.fffffffp-126", 0x00800000),  # a carry out of the subnormals
        ("f32", "0x1.ffffffp0", 0x40000000),
        ("f32", "1.", 0x3F800000),
        ("f32", "1.e1", 0x41200000),
        # Rounded to 64 bits first, this would be the float below.
        ("f32", "0x1.00000100000000001p-50", 0x26800001),
        ("f32", "+0x1.00000300000000000000000000000000000000001p+0", 0x3F800002),
        ("f64", "0x1.921fb54442d18p+2", 0x401921FB54442D18),
        ("f64", "4.9406564584124654e-324", 1),
        ("f64", "1e308", 0x7FE1CCF385EBC8A0),
        ("f32", "-inf", 0xFF800000),
        ("f32", "nan", 0x7FC00000),
        ("f32", "-nan:0x200000", 0xFFA00000),
        ("f64", "nan:0x1", 0x7FF0000000000001),
    ],
)
def test_a_literal_stands_for_bits(kind: str, word: str, bits: int) -> None:
    assert literal(kind, word) == Number(kind, bits)


@pytest.mark.parametrize(("kind", "code"), [("f32", "f"), ("f64", "d")])
def test_decimal_digits_are_rounded_as_python_rounds(kind: str, code: str) -> None:
    chance = random.Random(7)
    for _ in range(2000):
        number = chance.uniform(-10, 10) * 10.0 ** chance.randint(-40, 37)
        packed = struct.pack("<" + code, number)
        digits = f"{struct.unpack('<' + code, packed)[0]:.25e}"
        assert literal(kind, digits) == Number(kind, int.from_bytes(packed, "little"))


def test_what_is_out_of_range_is_no_literal() -> None:
    with pytest.raises(ScriptError, match="4294967296 is out of range for i32"):
        literal("i32", "4294967296")


@pytest.mark.parametrize(
    ("text", "bits", "fits"),
    [
        ("(f32.const nan:canonical)", 0x7FC00000, True),
        ("(f32.const nan:canonical)", 0xFFC00000, True),
        ("(f32.const nan:canonical)", 0x7FC00001, False),
        ("(f32.const nan:canonical)", 0x7F800000, False),
        ("(f32.const nan:arithmetic)", 0x7FC00001, True),
        ("(f32.const nan:arithmetic)", 0x7FA00000, False),
        ("(f32.const nan:0x200000)", 0x7FA00000, True),
        ("(f32.const nan:0x200000)", 0x7FE00000, False),
        ("(f32.const 0)", 0x80000000, False),
        ("(f64.const nan:canonical)", 0x7FF8000000000000, True),
        ("(f64.const nan:canonical)", 0x7FF8000000000001, False),
        ("(f64.const nan:arithmetic)", 0xFFFFFFFFFFFFFFFF, True),
        ("(f64.const nan:arithmetic)", 0x7FF7FFFFFFFFFFFF, False),
    ],
)
def test_floats_are_compared_by_their_bits(text: str, bits: int, fits: bool) -> None:
    assert matches(Number(text[1:4], bits), wanted(text)) is fits


def test_numbers_of_another_type_do_not_match() -> None:
    assert not matches(Number("i64", 1), wanted("(i32.const 1)"))
    assert not matches(Reference("null"), wanted("(i32.const 0)"))
    assert not matches(Number("i32", 0), wanted("(ref.null)"))


def test_vectors_are_compared_lane_by_lane() -> None:
    vector = value("(v128.const i16x8 1 2 3 4 5 6 7 -1)")
    assert vector == Number("v128", int.from_bytes(struct.pack("<7Hh", *range(1, 8), -1), "little"))
    assert matches(vector, wanted("(v128.const i32x4 0x20001 0x40003 0x60005 0xffff0007)"))
    assert not matches(vector, wanted("(v128.const i16x8 1 2 3 4 5 6 7 0)"))
    nans = value("(v128.const f32x4 nan 1 nan:0x400001 -nan)")
    assert matches(nans, wanted("(v128.const f32x4 nan:canonical 1 nan:arithmetic nan:canonical)"))
    assert not matches(nans, wanted("(v128.const f32x4 nan:canonical 1 nan:canonical nan:canonical)"))
    assert not matches(Number("i64", 0), wanted("(v128.const i64x2 0 0)"))


def test_one_of_several_is_enough() -> None:
    either = wanted("(either (i32.const 1) (v128.const i64x2 0 1) (i32.const 2))")
    assert isinstance(either, Either)
    assert matches(Number("i32", 2), either)
    assert not matches(Number("i32", 3), either)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("(ref.extern 1)", ["extern 1"]),
        ("(ref.extern)", ["extern 1", "extern 2"]),
        ("(ref.host 1)", ["extern 1", "host 1"]),
        ("(ref.func)", ["func"]),
        ("(ref.i31)", ["i31 1"]),
        ("(ref.eq)", ["i31 1", "struct", "array"]),
        ("(ref.any)", ["i31 1", "struct", "array", "host 1"]),
        ("(ref.struct)", ["struct"]),
        ("(ref.exn)", ["exn"]),
        ("(ref.null func)", ["null func"]),
        ("(ref.null none)", ["null any"]),
        ("(ref.null $t)", ["null func", "null any"]),
        ("(ref.null)", ["null func", "null any"]),
    ],
)
def test_references_are_compared_by_identity_and_heap_type(text: str, fits: list[str]) -> None:
    found = {
        "null func": Reference("null", "func"),
        "null any": Reference("null", "any"),
        "func": Reference("func"),
        "extern 1": Reference("extern", number=1),
        "extern 2": Reference("extern", number=2),
        "host 1": Reference("host", number=1),
        "i31 1": Reference("i31", number=1),
        "struct": Reference("struct"),
        "array": Reference("array"),
        "exn": Reference("exn"),
    }
    assert [name for name, reference in found.items() if matches(reference, wanted(text))] == sorted(
        fits, key=list(found).index
    )


@pytest.mark.parametrize("text", ["(i32.const)", "(v128.const i8x16 1)", "(unknown 1)", "(i32.const (i32.const 1))"])
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(ScriptError, match="no value that is known"):
        wanted(text)


def test_a_kind_of_nan_is_no_argument() -> None:
    assert isinstance(literal("f32", "nan:canonical"), Nan)
    with pytest.raises(ScriptError, match="is not one value"):
        value("(f32.const nan:canonical)")
