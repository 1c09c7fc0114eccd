"""Numbers that do not fit: a sentence of bounded length, wherever a number goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wasmtime_gen import Config, Engine, Func, Store

HUGE = 10**5000  # Python refuses to write it
BITS = "an int of 16610 bits"


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("i32 -> ()", f"is {BITS}, out of range for i32: from -2**31 to 2**32-1"),
        ("i64 -> ()", f"is {BITS}, out of range for i64: from -2**63 to 2**64-1"),
        ("f32 -> ()", f"is {BITS}, too large for f32"),
        ("f64 -> ()", f"is {BITS}, too large for f64"),
        ("v128 -> ()", f"is {BITS}, out of range for v128: from -2**127 to 2**128-1"),
        ("i32, i32, i32, externref -> ()", f"is {BITS}, out of range for i32"),
    ],
)
@pytest.mark.parametrize("number", [HUGE, -HUGE], ids=["positive", "negative"])
def test_a_huge_argument_is_refused_with_its_size(store: Store, type_: str, text: str, number: int) -> None:
    function = Func.wrap(store, lambda *_: None, type_)
    arguments = [number] * len(function.type.params)
    for _ in range(3):
        with pytest.raises(OverflowError) as caught:
            function(*arguments)
        assert text in str(caught.value)


@pytest.mark.parametrize("type_", ["-> i32", "i32 -> i64", "-> f64", "i32, i32, i32 -> f32", "-> i32, i32"])
def test_a_huge_result_is_refused_with_its_size(store: Store, type_: str) -> None:
    function = Func.wrap(store, lambda *_: (HUGE, HUGE) if type_.count("i32") == 2 else HUGE, type_)
    with pytest.raises(OverflowError, match=f"of host function <lambda>\\(\\) is {BITS}, "):
        function(*[1] * len(function.type.params))


def set_fuel(number: int) -> None:
    Store(Engine(consume_fuel=True)).fuel = number


HUGE_SETTINGS: dict[str, Callable[[int], object]] = {
    "fuel is {}, but must be from 0 to 2**64-1": set_fuel,
    "ticks is {}, but must be from 0 to 2**64-1": lambda n: Store(Engine()).set_epoch_deadline(n),
    "tables is {}, but must be from 0 to 2**63-1": lambda n: Store(Engine()).set_limits(tables=n),
    "max_wasm_stack takes 0 to 18446744073709551615, not {}": lambda n: Config(max_wasm_stack=n),
    "consume_fuel takes True or False, not {}": lambda n: Config(consume_fuel=n),  # type: ignore[arg-type]
    "strategy takes 'auto', 'cranelift' or 'winch', not {}": lambda n: Config(strategy=n),  # type: ignore[arg-type]
    "target takes text, not {}": lambda n: Config(target=n),  # type: ignore[arg-type]
    "cache takes True or the path of a TOML file, not {}": lambda n: Config(cache=n),  # type: ignore[arg-type]
    "the Cranelift flag 'log2_min_function_alignment' takes 0 to 12, not {}": lambda n: Config(
        cranelift_flags={"log2_min_function_alignment": n}
    ),
    "the Cranelift flag 'is_pic' takes True or False, not {}": lambda n: Config(cranelift_flags={"is_pic": n}),
}


@pytest.mark.parametrize("text", HUGE_SETTINGS)
def test_a_huge_setting_is_refused_with_its_size(text: str) -> None:
    with pytest.raises((OverflowError, TypeError, ValueError)) as caught:
        HUGE_SETTINGS[text](HUGE)
    assert str(caught.value) == text.format(BITS)


def test_numbers_of_a_readable_size_are_told_as_they_are(store: Store) -> None:
    function = Func.wrap(store, lambda x: None, "i32 -> ()")
    with pytest.raises(OverflowError, match=f"is {2**128 - 1}, out of range"):
        function(2**128 - 1)
    with pytest.raises(OverflowError, match="is an int of 129 bits, out of range"):
        function(2**128)


class Raises:
    def __index__(self) -> int:
        raise TypeError("mine")


class Lies:
    def __index__(self) -> int:
        return "x"  # type: ignore[return-value]


@pytest.mark.parametrize("type_", ["i32 -> ()", "i64 -> ()", "f64 -> ()", "v128 -> ()", "i32, i32, i32 -> ()"])
def test_what_a_class_raises_for_its_number_comes_out(store: Store, type_: str) -> None:
    function = Func.wrap(store, lambda *_: None, type_)
    count = len(function.type.params)
    for _ in range(3):
        with pytest.raises(TypeError, match=r"^mine$"):
            function(*[Raises()] * count)
        with pytest.raises(TypeError, match=r"__index__ returned non-int \(type str\)"):
            function(*[Lies()] * count)
        with pytest.raises(TypeError, match=r"must be .*, not object"):
            function(*[object()] * count)


def test_what_a_class_raises_for_a_setting_comes_out(store: Store) -> None:
    with pytest.raises(TypeError, match=r"^mine$"):
        store.set_epoch_deadline(Raises())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^mine$"):
        store.set_limits(tables=Raises())  # type: ignore[arg-type]
