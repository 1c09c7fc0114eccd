"""Scripts are read as the specification's reference interpreter reads them."""

from __future__ import annotations

import pytest

from tests.conformance.script import Form, ScriptError, read, unescaped


def shape(item: Form | str | bytes) -> object:
    return [shape(each) for each in item.items] if isinstance(item, Form) else item


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (b'(invoke "f" (i32.const 1))', [["invoke", b"f", ["i32.const", "1"]]]),
        (b"(a ;; ) comment\n b) (; ( (; nested ;) ;) (c)", [["a", "b"], ["c"]]),
        (b'(a "x;;y" "(" ";)")', [["a", b"x;;y", b"(", b";)"]]),
        (b"(a (@note ; [ } x) b)(@custom)", [["a", "b"]]),
        (b"(func) (memory 0)", [["module", ["func"], ["memory", "0"]]]),
        (b"", []),
    ],
)
def test_a_script_is_forms(source: bytes, wanted: object) -> None:
    assert [shape(command) for command in read(source).commands] == wanted


def test_strings_stand_for_bytes() -> None:
    assert unescaped(rb"a\00\ff\n\t\"\'\\\u{20ac}") == b"a\0\xff\n\t\"'\\\xe2\x82\xac"


def test_forms_know_their_lines_and_text() -> None:
    script = read(b'(a)\n(; \n ;)\n(module\n  "\xe2\x82\xac")')
    assert [command.line for command in script.commands] == [1, 4]
    assert script.text(script.commands[1]) == b'(module\n  "\\e2\\82\\ac")'


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"(a", "line 1: a parenthesis is never closed"),
        (b"(a))", "line 1: a parenthesis too many"),
        (b"\n(; (; ;)", "line 2: a comment is never closed"),
        (b'("a', "line 1: no token of a script: '\"a'"),
    ],
)
def test_what_is_no_script_is_refused(source: bytes, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        read(source)
    assert str(caught.value) == message
