"""What is said of host functions whose annotations are no type of WebAssembly."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from wasmtime_gen import Caller, Func, Store, f64, i32, i64


def unresolved(a: nope) -> None: ...  # type: ignore[name-defined]  # noqa: F821


def no_annotation(a: i32, b) -> None: ...  # type: ignore[no-untyped-def]


def text_parameter(a: str) -> None: ...


def text_result() -> str:
    return ""


def text_among_results() -> tuple[i32, str]:
    return 1, ""


def by_keyword(a: i32, *, b: i32) -> None: ...


def any_keywords(**a: i32) -> None: ...


def any_number(*a: i32) -> None: ...


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (unresolved, "an annotation of unresolved() cannot be resolved: name 'nope' is not defined"),
        (
            no_annotation,
            "no_annotation(): parameter 'b' has no annotation: annotate it with i32, i64, f32, f64 or another type of "
            "wasmtime_gen, or give the type of the function, such as 'i32 -> i32'",
        ),
        (
            text_parameter,
            "text_parameter(): parameter 'a' is annotated with <class 'str'>, which is no type of WebAssembly: "
            "<class 'str'> is not a value type: give one such as i32, its text, int or float",
        ),
        (
            text_result,
            "text_result(): the result is annotated with <class 'str'>, which is no type of WebAssembly: "
            "<class 'str'> is not a value type: give one such as i32, its text, int or float",
        ),
        (
            text_among_results,
            "text_among_results(): a result is annotated with <class 'str'>, which is no type of WebAssembly: "
            "<class 'str'> is not a value type: give one such as i32, its text, int or float",
        ),
        (
            by_keyword,
            "by_keyword(): parameter 'b' cannot be passed by position: give the type of what a guest passes",
        ),
        (
            any_keywords,
            "any_keywords(): parameter 'a' cannot be passed by position: give the type of what a guest passes",
        ),
        (any_number, "any_number() takes any number of arguments: give its type, such as 'i32, i32 -> i32'"),
        (max, "max tells nothing of its parameters: give its type, such as 'i32, i32 -> i32'"),
    ],
)
def test_what_is_wrong_with_annotations_is_told(store: Store, function: Callable[..., Any], text: str) -> None:
    with pytest.raises(TypeError) as caught:
        Func.wrap(store, function)
    assert str(caught.value) == text


class Adds:
    def __call__(self, caller: Caller, a: i32, b: i64) -> tuple[i64, f64]:
        assert isinstance(caller, Caller)
        return a + b, 0.5

    def method(self, a: i32) -> i32:
        return a + 1

    @staticmethod
    def static(a: i32) -> i32:
        return a + 2

    @classmethod
    def of_class(cls, a: i32) -> i32:
        return a + 3


def test_whatever_can_be_called_has_annotations(store: Store) -> None:
    adds = Func.wrap(store, Adds())
    assert str(adds.type) == "i32, i64 -> i64, f64"
    assert adds(1, 2) == (3, 0.5)
    methods = (Adds().method, Adds.static, Adds.of_class, Adds().of_class)
    assert [Func.wrap(store, method)(1) for method in methods] == [2, 3, 4, 4]


def test_a_partial_function_is_given_its_type(store: Store) -> None:
    assert Func.wrap(store, functools.partial(Adds.static), "i32 -> i32")(1) == 3
