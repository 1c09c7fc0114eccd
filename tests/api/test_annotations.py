"""What is said of host functions whose annotations are no type of WebAssembly."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import pytest

from wasmtime_gen import Caller, Func, Linker, Store, f64, i32, i64


def unresolved(a: nope) -> None: ...  # type: ignore[name-defined]  # noqa: F821


def no_annotation(a: i32, b) -> None: ...  # type: ignore[no-untyped-def]


def text_parameter(a: str) -> None: ...


def text_result() -> str:
    return ""


def text_among_results() -> tuple[i32, str]:
    return 1, ""


def by_keyword(a: i32, *, b: i32) -> None: ...


def no_expression(a: "i32 -> i32") -> None: ...  # type: ignore[valid-type]  # noqa: F722


def no_number() -> 1 / 0: ...  # type: ignore[valid-type]


def any_number(*a: i32) -> None: ...


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


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (
            unresolved,
            "unresolved(): parameter 'a' is annotated with 'nope', which cannot be resolved: name 'nope' is not "
            "defined. Import what it names where it runs, or give its type, such as 'i32, i32 -> i32'",
        ),
        (
            no_expression,
            "no_expression(): parameter 'a' is annotated with \"'i32 -> i32'\", which cannot be resolved: Forward "
            "reference must be an expression -- got 'i32 -> i32'. Import what it names where it runs, or give its "
            "type, such as 'i32, i32 -> i32'",
        ),
        (
            no_number,
            "no_number(): the result is annotated with '1 / 0', which cannot be resolved: division by zero. Import "
            "what it names where it runs, or give its type, such as 'i32, i32 -> i32'",
        ),
        (
            no_annotation,
            "no_annotation(): parameter 'b' has no annotation: annotate it with i32, i64, f32, f64 or another type of "
            "wasmtime_gen, or give its type, such as 'i32, i32 -> i32'",
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
            "by_keyword(): parameter 'b' cannot be passed by position, as guests pass all: give it a default",
        ),
        (
            any_number,
            "any_number() takes any number of arguments: give its type, such as 'i32, i32 -> i32'",
        ),
        (max, "max tells nothing of its parameters: give its type, such as 'i32, i32 -> i32'"),
        (
            Adds,
            "Adds is a class, which makes an object: give its type, such as 'i32, i32 -> externref'",
        ),
    ],
)
def test_what_is_wrong_with_annotations_is_told(store: Store, function: Callable[..., Any], text: str) -> None:
    with pytest.raises(TypeError) as caught:
        Func.wrap(store, function)
    assert str(caught.value) == text


def test_whatever_can_be_called_has_annotations(store: Store) -> None:
    adds = Func.wrap(store, Adds())
    assert str(adds.type) == "i32, i64 -> i64, f64"
    assert adds(1, 2) == (3, 0.5)
    methods = (Adds().method, Adds.static, Adds.of_class, Adds().of_class)
    assert [Func.wrap(store, method)(1) for method in methods] == [2, 3, 4, 4]


def test_a_partial_function_is_typed_by_what_it_leaves_over(store: Store) -> None:
    def add(a: i32, b: i64, *, c: f64 = 0.5) -> f64:
        return a + b + c

    assert str(Func.wrap(store, functools.partial(add, 1)).type) == "i64 -> f64"
    assert Func.wrap(store, functools.partial(functools.partial(add, 1), c=1.5))(2) == 4.5
    assert Func.wrap(store, functools.partial(Adds.static), "i32 -> i32")(1) == 3


def test_what_can_be_left_out_and_goes_by_name_is_left_out(store: Store) -> None:
    def keywords(a: i32, *, b: i32 = 2, **others: str) -> i32:
        return a + b + len(others)

    assert str(Func.wrap(store, keywords).type) == "i32 -> i32"
    assert Func.wrap(store, keywords)(1) == 3


def test_a_function_that_never_returns_has_no_results(store: Store) -> None:
    def fails() -> NoReturn:
        raise KeyError("mine")

    assert str(Func.wrap(store, fails).type) == "() -> ()"


def test_a_caller_is_known_where_only_type_checkers_import_it(store: Store) -> None:
    names: dict[str, Any] = {"i32": i32}
    source = "from __future__ import annotations\ndef f(caller: wasmtime_gen.Caller, a: i32) -> i32: return a\n"
    exec(source, names)
    assert str(Func.wrap(store, names["f"]).type) == "i32 -> i32"
    assert Func.wrap(store, names["f"], "i32 -> i32")(5) == 5


@dataclasses.dataclass
class Sink:
    seen: list[int]

    def __call__(self, caller: Caller, a: i32) -> None:
        assert isinstance(caller, Caller)
        self.seen.append(a)


def test_a_caller_is_passed_to_whatever_can_be_called(store: Store) -> None:
    def log(sink: list[int], caller: Annotated[Caller, "who calls"], a: i32) -> None:
        assert isinstance(caller, Caller)
        sink.append(a)

    def by_name(*, caller: Caller | None = None) -> None:
        assert caller is None

    seen: list[int] = []
    for function in (Sink(seen), functools.partial(log, seen), functools.partial(Sink(seen)), Sink(seen).__call__):
        func = Func.wrap(store, function)
        assert str(func.type) == "i32 -> ()"
        func(1)
        Func.wrap(store, function, "i32 -> ()")(2)
    assert seen == [1, 2] * 4
    Func.wrap(store, by_name)()
    Func.wrap(store, print, "-> ()")()


def test_with_a_type_other_annotations_may_say_anything(store: Store) -> None:
    def f(a: CallerInfo, b: nothing.Caller) -> "1 -> 2":  # type: ignore # noqa: F821, F722
        return a + b

    assert Func.wrap(store, f, "i32, i32 -> i32")(1, 2) == 3


def test_a_func_is_wrapped_again_by_its_type_alone(store: Store) -> None:
    func = Func.wrap(store, lambda: None)
    with pytest.raises(TypeError) as caught:
        Linker(store.engine).define_func("env", "f", func)
    assert str(caught.value) == (
        "function is a Func, which a linker's define() takes: to call it from here, give its type"
    )
    assert Func.wrap(Store(store.engine), func, "() -> ()")() is None
