"""Values by their bits: literals, rounded once and exactly, and what a result has to be."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from tests.conformance.script import Form, ScriptError

WIDTHS = {"i8": 8, "i16": 16, "i32": 32, "i64": 64, "f32": 32, "f64": 64, "v128": 128}
# Of floats: the bits of the significand with its hidden one, and the least exponent of a normal number.
_FLOATS = {"f32": (24, -126), "f64": (53, -1022)}
_SHAPES = {f"{kind}x{128 // WIDTHS[kind]}": kind for kind in ("i8", "i16", "i32", "i64", "f32", "f64")}


@dataclass(frozen=True)
class Number:
    """A number or a vector."""

    kind: str
    bits: int

    def __str__(self) -> str:
        return f"({self.kind} {self.bits:#0{WIDTHS[self.kind] // 4 + 2}x})"


@dataclass(frozen=True)
class Reference:
    """A reference, by what it is: "null", "func", "extern", "host", "i31", "struct", "array", "any" or "exn".

    `top` is the hierarchy of its type; `number` tells which of the script's host values it is, and an i31's value.
    """

    kind: str
    top: str = ""
    number: int | None = None

    def __str__(self) -> str:
        return f"(ref.{self.kind}{'' if self.number is None else f' {self.number}'})"


@dataclass(frozen=True)
class Nan:
    """Any NaN of this kind, "canonical" or "arithmetic"."""

    kind: str
    which: str

    def __str__(self) -> str:
        return f"({self.kind} nan:{self.which})"


@dataclass(frozen=True)
class Lanes:
    """A vector, lane by lane."""

    lanes: tuple[Number | Nan, ...]

    def __str__(self) -> str:
        return f"(v128 {' '.join(map(str, self.lanes))})"


@dataclass(frozen=True)
class Either:
    """One of these."""

    choices: tuple[Pattern, ...]

    def __str__(self) -> str:
        return f"(either {' '.join(map(str, self.choices))})"


Value: TypeAlias = Number | Reference
Pattern: TypeAlias = Number | Reference | Nan | Lanes | Either


def argument(form: Form) -> Value:
    """A constant."""
    found = pattern(form)
    if isinstance(found, Lanes):
        return vector(found)
    if isinstance(found, (Number, Reference)):
        return found
    raise ScriptError(f"line {form.line}: {found} is not one value")


def vector(lanes: Lanes) -> Number:
    """The vector with these lanes, the first in the lowest bits."""
    bits = at = 0
    for lane in lanes.lanes:
        if not isinstance(lane, Number):
            raise ScriptError(f"{lanes} is not one value")
        bits |= lane.bits << at
        at += WIDTHS[lane.kind]
    return Number("v128", bits)


def pattern(form: Form) -> Pattern:
    """What a result has to be."""
    kind, _, operation = form.head.partition(".")
    rest = form.items[1:]
    if form.head == "either":
        return Either(tuple(pattern(each) for each in rest if isinstance(each, Form)))
    words = [each for each in rest if isinstance(each, str)]
    if len(words) == len(rest):
        if form.head == "v128.const" and words and words[0] in _SHAPES:
            lane = _SHAPES[words[0]]
            if len(words) == 1 + 128 // WIDTHS[lane]:
                return Lanes(tuple(literal(lane, word) for word in words[1:]))
        elif operation == "const" and kind in WIDTHS and len(words) == 1:
            return literal(kind, words[0])
        elif kind == "ref" and len(words) <= 1:
            return _reference(operation, *words)
    raise ScriptError(f"line {form.line}: no value that is known: {form.head}")


def _reference(operation: str, word: str = "") -> Reference:
    if operation == "null":
        return Reference("null", _TOPS.get(word, ""))
    number = int(word, 0) if word and operation in ("extern", "host") else None
    return Reference(operation, number=number)


_TOPS = {
    **dict.fromkeys(("func", "nofunc"), "func"),
    **dict.fromkeys(("extern", "noextern"), "extern"),
    **dict.fromkeys(("any", "eq", "i31", "struct", "array", "none"), "any"),
    **dict.fromkeys(("exn", "noexn"), "exn"),
}


@lru_cache(maxsize=100_000)
def literal(kind: str, word: str) -> Number | Nan:
    """The number that a word stands for; or the kind of NaN."""
    if kind in _FLOATS:
        return _float(kind, word)
    width, value = WIDTHS[kind], int(word.replace("_", ""), 0 if "x" in word else 10)
    if not -(1 << width - 1) <= value < 1 << width:
        raise ScriptError(f"{word} is out of range for {kind}")
    return Number(kind, value % (1 << width))


def _float(kind: str, word: str) -> Number | Nan:
    precision, least = _FLOATS[kind]
    width, body = WIDTHS[kind], word.lstrip("+-").replace("_", "")
    sign = (1 << width - 1) if word.startswith("-") else 0
    infinity = ((1 << width - precision) - 1) << precision - 1
    if body in ("nan:canonical", "nan:arithmetic"):
        return Nan(kind, body[4:])
    if body == "inf":
        return Number(kind, sign | infinity)
    if body == "nan":
        return Number(kind, sign | infinity | 1 << precision - 2)
    if body.startswith("nan:0x"):
        return Number(kind, sign | infinity | int(body[4:], 16))
    return Number(kind, sign | _rounded(_exact(body), precision, least))


def _exact(body: str) -> Fraction:
    """The number in decimal or hexadecimal digits."""
    if not body.startswith("0x"):
        return Fraction(body[:-1] if body.endswith(".") else body.replace(".e", "e").replace(".E", "e"))
    digits, _, exponent = body[2:].lower().partition("p")
    whole, _, fraction = digits.partition(".")
    return Fraction(int(whole + fraction, 16)) * Fraction(2) ** (int(exponent or "0") - 4 * len(fraction))


def _rounded(value: Fraction, precision: int, least: int) -> int:
    """The bits of the nearest float, of two the even one, by one rounding."""
    if not value:
        return 0
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    if value < Fraction(2) ** exponent:
        exponent -= 1
    exponent = max(exponent, least)
    significand = round(value / Fraction(2) ** (exponent - precision + 1))
    # A carry out of the significand, or into its hidden bit, counts up the exponent by itself.
    return ((exponent - least) << precision - 1) + significand


def matches(value: Value, wanted: Pattern) -> bool:
    """Whether a result is what it has to be, bit by bit."""
    if isinstance(wanted, Either):
        return any(matches(value, choice) for choice in wanted.choices)
    if isinstance(wanted, Reference):
        return isinstance(value, Reference) and _refers(value, wanted)
    if not isinstance(value, Number):
        return False
    if isinstance(wanted, Number):
        return value == wanted
    if isinstance(wanted, Nan):
        return value.kind == wanted.kind and is_nan(value.bits, wanted)
    at = 0
    for lane in wanted.lanes:
        width = WIDTHS[lane.kind]
        if not matches(Number(lane.kind, value.bits >> at & (1 << width) - 1), lane):
            return False
        at += width
    return value.kind == "v128"


def is_nan(bits: int, wanted: Nan) -> bool:
    """Whether these bits are such a NaN."""
    precision, width = _FLOATS[wanted.kind][0], WIDTHS[wanted.kind]
    quiet = ((1 << width - precision + 1) - 1) << precision - 2  # all of the exponent, and the highest bit behind it
    unsigned = bits & (1 << width - 1) - 1
    return unsigned == quiet if wanted.which == "canonical" else unsigned & quiet == quiet


# What each word covers besides itself.
_COVERS = {
    "any": ("i31", "struct", "array", "host"),
    "eq": ("i31", "struct", "array"),
    "host": ("extern",),  # on its way back out
}


def _refers(value: Reference, wanted: Reference) -> bool:
    if wanted.kind == "null":
        return value.kind == "null" and wanted.top in ("", value.top)
    if value.kind != wanted.kind and value.kind not in _COVERS.get(wanted.kind, ()):
        return False
    return wanted.number is None or value.number == wanted.number
