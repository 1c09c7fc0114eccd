"""The type of a host function from its annotations. Loaded when a function without an explicit type is wrapped."""

from __future__ import annotations

import functools
import inspect
import typing
from types import SimpleNamespace
from typing import Any, get_args, get_origin, get_type_hints

from wasmtime_gen._caller import Caller
from wasmtime_gen._types.functype import FuncType
from wasmtime_gen._types.valtype import ValType

_INSTEAD = "give its type, such as 'i32, i32 -> i32'"

_NO_RESULTS = (None, type(None), typing.NoReturn, getattr(typing, "Never", None))  # which is new in Python 3.11


def signature(function: Any) -> FuncType:
    """The FuncType that the annotations of `function` state. A first parameter annotated with Caller is not part of it,
    nor is one that can be left out and is not passed by position.

    Raises TypeError for a parameter without an annotation, for one that can only be passed by name, and for an
    annotation that is no type of WebAssembly.
    """
    name, found = _name(function), _inspected(function)
    if inspect.isclass(function):
        raise TypeError(f"{name} is a class, which makes an object: {_INSTEAD.replace('-> i32', '-> externref')}")
    parameters = _parameters(found)
    if parameters and _is_caller(function, parameters[0].annotation):
        del parameters[0]
    return FuncType([_parameter(function, each) for each in parameters], _results(function, found.return_annotation))


def first_is_caller(function: Any) -> bool:
    """Whether the first parameter is annotated with Caller."""
    try:
        parameters = _parameters(_inspected(function))
    except TypeError:
        return False
    return bool(parameters) and _is_caller(function, parameters[0].annotation)


def _name(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__name__", type(function).__name__)


def _inspected(function: Any) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        raise TypeError(f"{_name(function)} tells nothing of its parameters: {_INSTEAD}") from None


def _parameters(found: inspect.Signature) -> list[inspect.Parameter]:
    return [each for each in found.parameters.values() if not _is_left_out(each)]


def _is_left_out(parameter: inspect.Parameter) -> bool:
    by_name = parameter.kind is parameter.KEYWORD_ONLY and parameter.default is not parameter.empty
    return by_name or parameter.kind is parameter.VAR_KEYWORD


def _is_caller(function: Any, annotation: Any) -> bool:
    """Whether an annotation means Caller, which may be imported for type checkers alone."""
    if annotation is inspect.Parameter.empty:
        return False
    try:
        return _resolved(function, annotation, "") is Caller
    except TypeError:
        return isinstance(annotation, str) and annotation.rpartition(".")[2] == "Caller"


def _resolved(function: Any, annotation: Any, role: str) -> Any:
    """An annotation without what is still text of it."""
    while isinstance(function, functools.partial):
        function = function.func
    target = function if inspect.isroutine(function) else getattr(function, "__call__", function)  # noqa: B004
    names = getattr(inspect.unwrap(target), "__globals__", {})
    try:
        return get_type_hints(SimpleNamespace(__annotations__={"it": annotation}), names)["it"]
    except Exception as error:
        raise TypeError(
            f"{role} is annotated with {annotation!r}, which cannot be resolved: {error}. Import what it names where "
            f"it runs, or {_INSTEAD}"
        ) from None


def _parameter(function: Any, parameter: inspect.Parameter) -> ValType:
    name = _name(function)
    role = f"{name}(): parameter {parameter.name!r}"
    if parameter.kind is parameter.VAR_POSITIONAL:
        raise TypeError(f"{name}() takes any number of arguments: {_INSTEAD}")
    if parameter.kind is parameter.KEYWORD_ONLY:
        raise TypeError(f"{role} cannot be passed by position, as guests pass all: give it a default")
    if parameter.annotation is parameter.empty:
        raise TypeError(
            f"{role} has no annotation: annotate it with i32, i64, f32, f64 or another type of wasmtime_gen, or "
            f"{_INSTEAD}"
        )
    return _type(_resolved(function, parameter.annotation, role), role)


def _results(function: Any, annotation: Any) -> list[ValType]:
    role = f"{_name(function)}(): the result"
    if annotation is inspect.Signature.empty:
        return []
    found = _resolved(function, annotation, role)
    if found in _NO_RESULTS:
        return []
    if get_origin(found) is tuple:
        return [_type(each, f"{_name(function)}(): a result") for each in get_args(found)]
    return [_type(found, role)]


def _type(annotation: Any, role: str) -> ValType:
    try:
        return ValType(annotation)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{role} is annotated with {annotation!r}, which is no type of WebAssembly: {error}") from None
