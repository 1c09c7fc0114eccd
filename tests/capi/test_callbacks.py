"""Every type of function pointer can be made from a Python function, and what C passes arrives as it was."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wasmtime_capi

from codegen.model import Api
from tests.capi import c_facts
from tests.capi.meaning import of_c, of_ctypes
from tests.capi.subject import API, CALLBACKS, RECORDS, TYPES

# The widest value of each width: one that arrives whole only if nothing is cut and no sign is lost.
WIDEST = {"bool": True, "8": 2**8 - 2, "32": 2**32 - 2, "64": 2**64 - 2, "size": 2**64 - 2}


def sample(type_: str, place: int) -> Any:
    """A value of this C type that no other place has: an address in the upper half for a pointer."""
    width = TYPES.width(type_)
    if width == "pointer":
        return 0xFFFF_8000_0000_0000 + 0x1000 * (place + 1)
    if type_ == "ptrdiff_t":
        return -2 - place
    return WIDEST[width] if width == "bool" else WIDEST[width] - place


def address(pointer: Any) -> int | None:
    return ctypes.cast(pointer, ctypes.c_void_p).value


def plain(value: Any) -> Any:
    """An argument as a number: the address where it is a pointer."""
    return address(value) if hasattr(value, "contents") else value


def made(name: str, result: Any) -> tuple[Any, list[Any]]:
    """A callback of this type, and the list into which it puts what it gets."""
    arrived: list[Any] = []

    def function(*args: Any) -> Any:
        arrived.extend(map(plain, args))
        return result

    return getattr(wasmtime_capi, name)(function), arrived


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_called_through_ctypes_gets_and_returns_the_values(name: str) -> None:
    callback = CALLBACKS[name]
    result = None if callback.result.type == "void" else sample(callback.result.type, 99)
    values = [sample(p.type, place) for place, p in enumerate(callback.params)]
    function, arrived = made(name, result)
    given = [
        ctypes.cast(value, type_) if hasattr(type_, "contents") else value
        for value, type_ in zip(values, type(function)._argtypes_, strict=True)
    ]
    assert function(*given) == result
    assert arrived == values


@pytest.fixture(scope="module")
def callers(compile_c: Callable[..., Path], in_c: Api) -> ctypes.CDLL:
    """For each callback type a C function that calls one with the samples, as the headers' own type."""
    lines = [c_facts.HEAD, c_facts.in_place_callbacks(API, in_c)]
    for callback in API.callbacks:
        arguments = [f"({p.type}){sample(p.type, place):d}ull" for place, p in enumerate(callback.params)]
        call = f"callback({', '.join(arguments)})"
        lines.append(f"{callback.result.type} call_{callback.name}({callback.name} callback) {{ return {call}; }}")
    return ctypes.CDLL(str(compile_c("\n".join(lines), "-shared", "-fPIC")))


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_called_from_c_gets_and_returns_the_values(name: str, callers: ctypes.CDLL) -> None:
    callback = CALLBACKS[name]
    result = None if callback.result.type == "void" else sample(callback.result.type, 99)
    function, arrived = made(name, result)
    caller = callers[f"call_{name}"]
    caller.restype = type(function)._restype_
    assert caller(function) == result
    assert arrived == [sample(p.type, place) for place, p in enumerate(callback.params)]


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_is_what_c_means_by_its_type(name: str) -> None:
    assert of_ctypes(getattr(wasmtime_capi, name)) == of_c(name)


def test_a_callback_that_returns_a_pointer_returns_its_address() -> None:
    """ctypes cannot make one that returns a typed pointer: it would refuse the function."""
    pointers = [c.name for c in API.callbacks if c.result.type.endswith("*")]
    assert pointers
    assert {getattr(wasmtime_capi, name)._restype_ for name in pointers} == {ctypes.c_void_p}


def test_a_callback_type_without_a_function_is_null() -> None:
    assert not any(getattr(wasmtime_capi, name)() for name in CALLBACKS)


def test_every_function_pointer_in_a_record_holds_a_callback() -> None:
    fields = [(r.name, f.name, f.type) for r in API.records for f in r.fields if f.type in CALLBACKS]
    assert fields
    for record, field, type_ in fields:
        holder, (function, _) = getattr(wasmtime_capi, record)(), made(type_, None)
        assert not getattr(holder, field)
        setattr(holder, field, function)
        assert address(getattr(holder, field)) == address(function), f"{record}.{field}"


def test_every_function_pointer_parameter_takes_its_callback_type() -> None:
    taken = [(f, i, p) for f in API.functions for i, p in enumerate(f.params) if p.type in CALLBACKS]
    assert taken
    for function, index, param in taken:
        argtype = getattr(wasmtime_capi, function.name).argtypes[index]
        assert argtype is getattr(wasmtime_capi, param.type), f"{function.name}.{param.name}"


def test_no_function_pointer_is_passed_as_a_plain_address() -> None:
    """Each one in the headers is a callback type of its own: nothing is left as `void (*)(...)`."""
    spelled = [p.type for f in API.functions for p in f.params]
    spelled += [f.type for r in RECORDS.values() for f in r.fields]
    assert [type_ for type_ in spelled if "(*)" in type_] == []
