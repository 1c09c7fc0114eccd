"""Being called by guests: types from annotations or text, checked results, exceptions that come out as they are."""

from __future__ import annotations

import cProfile
from collections.abc import Callable

import pytest

from wasmtime_gen import Engine, Func, FuncType, Instance, Linker, Module, Store, Trap, ValType, f32, f64, i32, i64

Instantiate = Callable[..., Instance]


def forward(instantiate: Instantiate, function: Func) -> Func:
    """An export that passes its arguments on to the host function, so that all goes through a guest."""
    type_ = function.type
    params, results = " ".join(map(str, type_.params)), " ".join(map(str, type_.results))
    gets = " ".join(f"(local.get {i})" for i in range(len(type_.params)))
    instance = instantiate(
        f"""(module (import "host" "f" (func $f (param {params}) (result {results})))
              (func (export "go") (param {params}) (result {results}) (call $f {gets})))""",
        f=function,
    )
    return instance.get_function(instance.store, "go")


@pytest.mark.parametrize(
    ("type_", "arguments", "result"),
    [
        ("-> ()", (), None),
        ("-> i32", (), 1),
        ("i32 -> ()", (1,), None),
        ("i32 -> i32", (-1,), -1),
        ("i64 -> f64", (2**62,), 0.5),
        ("f32 -> f32", (1.5,), 1.5),
        ("i32, f64 -> i64", (1, 2.5), 2**62),
        ("f64, i32 -> ()", (1.0, 2), None),
        ("i32, i32, i32 -> i32", (1, 2, 3), 6),
        ("v128 -> v128", (bytes(16),), b"\1" * 16),
        ("i32 -> i32, i64", (1,), (1, 2)),
        ("externref, i32 -> externref", ("x", 1), "y"),
    ],
)
def test_arguments_and_results_arrive(
    store: Store, instantiate: Instantiate, type_: str, arguments: tuple[object, ...], result: object
) -> None:
    seen: list[tuple[object, ...]] = []

    def function(*given: object) -> object:
        seen.append(given)
        return result

    assert forward(instantiate, Func.wrap(store, function, type_))(*arguments) == result
    assert seen == [arguments]


def test_the_type_comes_from_the_annotations(store: Store) -> None:
    def every(a: i32, b: i64, c: f32, d: f64, e: int, f: float) -> i64:
        return 0

    def pair(a: i32) -> tuple[i32, f64]:
        return 0, 0.0

    def nothing() -> None: ...

    assert Func.wrap(store, every).type == FuncType("i32, i64, f32, f64, i32, f64 -> i64")
    assert Func.wrap(store, pair).type == FuncType("i32 -> i32, f64")
    assert Func.wrap(store, nothing).type == FuncType("() -> ()")
    assert Func.wrap(store, lambda: None).type == FuncType([], [])
    assert Func(store, FuncType([ValType.i32]), print).type == FuncType("i32 -> ()")


def test_a_parameter_without_an_annotation_is_refused(store: Store) -> None:
    with pytest.raises(TypeError, match=r"parameter 'x' has no annotation: annotate it with i32, i64, f32, f64"):
        Func.wrap(store, lambda x: x)


def test_an_annotation_that_is_no_type_is_refused(store: Store) -> None:
    def function(a: str) -> None: ...

    with pytest.raises(TypeError, match=r"function\(\): parameter 'a' is annotated with <class 'str'>"):
        Func.wrap(store, function)


@pytest.mark.parametrize(
    ("type_", "result", "error", "text"),
    [
        ("-> ()", 1, TypeError, "host function f() must return None: its type has no results"),
        ("i32 -> ()", 1, TypeError, "host function f() must return None: its type has no results"),
        ("i32, i32, i32 -> ()", 1, TypeError, "host function f() must return None: its type has no results"),
        ("-> i32", None, TypeError, "the result of host function f() must be an int for i32, not NoneType"),
        ("i32 -> i32", 2**32, OverflowError, "the result of host function f() is 4294967296, out of range for i32"),
        ("-> f32", 1e300, OverflowError, "too large for f32"),
        ("-> i32, i32", 1, TypeError, "host function f() must return a sequence of 2 values, not int"),
        ("-> i32, i32", (1,), TypeError, "host function f() must return 2 values, not 1"),
        ("-> i32, i32", (1, "x"), TypeError, "result 2 of host function f() must be an int for i32, not str"),
    ],
)
def test_a_result_that_does_not_fit_raises(
    store: Store, instantiate: Instantiate, type_: str, result: object, error: type[Exception], text: str
) -> None:
    def f(*arguments: object) -> object:
        return result

    function = Func.wrap(store, f, type_)
    with pytest.raises(error) as caught:
        forward(instantiate, function)(*range(len(function.type.params)))
    assert text in str(caught.value)


def test_unsigned_results_are_taken(store: Store, instantiate: Instantiate) -> None:
    assert forward(instantiate, Func.wrap(store, lambda: 2**32 - 1, "-> i32"))() == -1
    assert forward(instantiate, Func.wrap(store, lambda a, b: 2**64 - 1, "i32, i32 -> i64"))(0, 0) == -1


class Special(BaseException):
    pass


@pytest.mark.parametrize("type_", ["-> ()", "i32 -> i32", "i32, i32, i32 -> ()", "externref -> ()"])
@pytest.mark.parametrize("error", [ValueError("bad"), Special("special"), KeyboardInterrupt(), SystemExit(3)])
def test_an_exception_comes_out_as_the_same_object(
    store: Store, instantiate: Instantiate, type_: str, error: BaseException
) -> None:
    def function(*arguments: object) -> None:
        raise error

    go = forward(instantiate, Func.wrap(store, function, type_))
    with pytest.raises(type(error)) as caught:
        go(*[0] * len(go.type.params))
    assert caught.value is error
    assert any("in a host function called by the guest" in note for note in getattr(error, "__notes__", []))


def test_a_trap_raised_by_a_host_function_gets_the_guests_frames(store: Store, instantiate: Instantiate) -> None:
    trap = Trap("enough")

    def function() -> None:
        raise trap

    with pytest.raises(Trap, match="enough") as caught:
        forward(instantiate, Func.wrap(store, function))()
    assert caught.value is trap
    assert trap.frames
    assert trap.code is None


def test_nested_exceptions_stay_apart(store: Store, instantiate: Instantiate) -> None:
    def fails() -> None:
        raise KeyError("inner")

    inner = forward(instantiate, Func.wrap(store, fails))

    def function() -> None:
        with pytest.raises(KeyError):
            inner()
        raise ValueError("outer")

    with pytest.raises(ValueError, match="outer"):
        forward(instantiate, Func.wrap(store, function))()


def test_what_is_no_function_or_type_is_refused(store: Store) -> None:
    with pytest.raises(TypeError, match="function must be callable, not int"):
        Func(store, "-> ()", 5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="type must be a FuncType or its text, not int"):
        Func(store, 5, print)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="store must be a Store, not None"):
        Func(None, "-> ()", print)  # type: ignore[arg-type]


def test_a_profiler_in_c_sees_calls_and_callbacks_and_goes_on(engine: Engine, store: Store) -> None:
    text = '(module (import "host" "f" (func $f)) (func (export "run") call $f))'
    calls: list[int] = []
    linker = Linker(engine)
    linker.define_func("host", "f", lambda: calls.append(1), "() -> ()")
    profile = cProfile.Profile()
    profile.enable()
    try:
        instance = linker.instantiate(store, Module.from_text(engine, text))
        for _ in range(5):
            instance.exports.run()
    finally:
        profile.disable()
    assert len(calls) == 5
    assert any("<lambda>" in str(entry.code) and entry.callcount == 5 for entry in profile.getstats())
