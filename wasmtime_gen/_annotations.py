"""The type of a host function from its annotations. Loaded when a function without an explicit type is wrapped."""

from __future__ import annotations

import inspect
from typing import Any, get_args, get_origin, get_type_hints

from wasmtime_gen._caller import Caller
from wasmtime_gen._types.functype import FuncType
from wasmtime_gen._types.valtype import ValType


def signature(function: Any) -> FuncType:
    """The FuncType that the annotations of `function` state. A first parameter annotated with Caller is not part of it.

    Raises TypeError for a parameter without an annotation, for one that cannot be passed by position, and for an
    annotation that is no type of WebAssembly.
    """
    name = _name(function)
    hints = _hints(function, name)
    parameters = _parameters(function, name)
    if parameters and hints.get(parameters[0].name) is Caller:
        del parameters[0]
    return FuncType([_parameter(p, hints, name) for p in parameters], _results(hints.get("return"), name))


def first_is_caller(function: Any) -> bool:
    """Whether the first parameter is annotated with Caller."""
    name = _name(function)
    parameters = _parameters(function, name)
    return bool(parameters) and _hints(function, name).get(parameters[0].name) is Caller


def _name(function: Any) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _parameters(function: Any, name: str) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise TypeError(f"{name} tells nothing of its parameters: give its type, such as 'i32, i32 -> i32'") from None


def _hints(function: Any, name: str) -> dict[str, Any]:
    target = function if inspect.isroutine(function) else getattr(function, "__call__", function)  # noqa: B004
    try:
        return get_type_hints(target)
    except NameError as error:
        raise TypeError(f"an annotation of {name}() cannot be resolved: {error}") from None


def _parameter(parameter: inspect.Parameter, hints: dict[str, Any], name: str) -> ValType:
    if parameter.kind is parameter.VAR_POSITIONAL:
        raise TypeError(f"{name}() takes any number of arguments: give its type, such as 'i32, i32 -> i32'")
    if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
        raise TypeError(
            f"{name}(): parameter {parameter.name!r} cannot be passed by position: give the type of what a guest passes"
        )
    if parameter.name not in hints:
        raise TypeError(
            f"{name}(): parameter {parameter.name!r} has no annotation: annotate it with i32, i64, f32, f64 or another "
            f"type of wasmtime_gen, or give the type of the function, such as 'i32 -> i32'"
        )
    return _type(hints[parameter.name], f"{name}(): parameter {parameter.name!r}")


def _results(annotation: Any, name: str) -> list[ValType]:
    if annotation is None or annotation is type(None):
        return []
    if get_origin(annotation) is tuple:
        return [_type(each, f"{name}(): a result") for each in get_args(annotation)]
    return [_type(annotation, f"{name}(): the result")]


def _type(annotation: Any, role: str) -> ValType:
    try:
        return ValType(annotation)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{role} is annotated with {annotation!r}, which is no type of WebAssembly: {error}") from None
