"""Types as users meet them: in annotations, in type checkers, in documentation, and in the time that imports take."""

from __future__ import annotations

import doctest
import importlib
import inspect
import os
import typing
from pathlib import Path
from typing import Any

import pytest

import wasmtime_gen
from tests.api.imports import check_cheap, loads
from tests.api.snippets import check_snippet
from wasmtime_gen._types.valtype import NAMED, ValType, externref, f64, i32, v128

ROOT = Path(__file__).parents[2]
PATH = os.pathsep.join([str(ROOT), str(ROOT / "generated")])
# Modules that hold types, and those of them that a program without references to GC types and without text loads.
TEXT = (
    *("_types.heaptype", "_types.text", "_types.tokens", "_types.heapreading", "_types.heapmaking"),
    "_table.limits",
)
MODULES = (
    *("_types.valtype", "_types.functype", "_types.sized", "_types.extern", "_types.reading"),
    *("_types.externreading", "_types.making"),
    *TEXT,
)


@pytest.fixture(autouse=True)
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples import from wasmtime_gen, as users do."""
    for module in MODULES:
        for name, value in vars(importlib.import_module(f"wasmtime_gen.{module}")).items():
            if name in NAMED or (isinstance(value, type) and name[0].isupper()):
                monkeypatch.setattr(wasmtime_gen, name, value, raising=False)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_are_true(name: str) -> None:
    module = importlib.import_module(f"wasmtime_gen.{name}")
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    "name", ["_types.valtype", "_types.functype", "_types.sized", "_types.extern", "_types.heaptype"]
)
def test_every_public_class_and_method_is_documented_with_an_example(name: str) -> None:
    module = importlib.import_module(f"wasmtime_gen.{name}")
    for kind in vars(module).values():
        if (
            not isinstance(kind, type)
            or issubclass(kind, type)
            or kind.__module__ != module.__name__
            or kind.__name__ in ("Value", "DefinedType")
            or kind.__name__.startswith("_")
        ):
            continue
        assert ">>> from wasmtime_gen import " in (kind.__doc__ or ""), kind
        for method in vars(kind).values():
            function = inspect.unwrap(getattr(method, "fget", None) or getattr(method, "__func__", None) or method)
            if inspect.isfunction(function) and not function.__name__.startswith("_"):
                assert function.__doc__, function
                assert ">>>" in function.__doc__ or function.__name__ in ("wat",), function


def compiled(source: str) -> Any:
    """Without this file's __future__, which would make strings of annotations."""
    return compile(source, "", "exec", dont_inherit=True)


def test_annotations_are_value_types_when_the_program_runs() -> None:
    scope: dict[str, Any] = dict(NAMED)
    exec(compiled("def f(a: i32, b: f64, c: externref) -> tuple[i64, v128]: ..."), scope)
    found = inspect.signature(scope["f"])
    assert [each.annotation for each in found.parameters.values()] == [i32, f64, externref]
    assert typing.get_args(found.return_annotation) == (ValType.i64, v128)


def test_annotations_in_strings_can_be_resolved() -> None:
    # Python 3.10 takes nothing but callables here.
    scope: dict[str, Any] = dict(NAMED)
    exec(compiled("def f(a: 'i32', b: 'f64') -> 'externref': ..."), scope)
    assert typing.get_type_hints(scope["f"]) == {"a": i32, "b": f64, "return": externref}


SNIPPET = """
from wasmtime_gen._types.extern import ExportType, ImportType
from wasmtime_gen._types.sized import MemoryType, TableType
from wasmtime_gen._types.functype import FuncType, GlobalType, TagType
from wasmtime_gen._types.valtype import ValType, anyref, externref, f32, f64, funcref, i32, i64, v128

def host(a: i32, b: i64, c: f32, d: f64, e: v128, f: externref) -> tuple[i32, f64]:
    reveal_type(a)  # int
    reveal_type(d)  # float
    reveal_type(e)  # bytes
    return a + 1, d * 2

host(1, 2, 3, 4.5, bytes(16), object())
host("1", 2, 3, 4.5, bytes(16), None)  # error: arg-type

made = FuncType([i32, i64, f32, f64, v128, externref, funcref, anyref], [int, float, "i32", ValType.i32])
FuncType("i32, i32 -> i64")
FuncType(["i32"], "i64")
FuncType([None])  # error: list-item
FuncType(5)  # error: arg-type
GlobalType(i32, mutable=True)
GlobalType(i32, "mut")  # error: arg-type
TableType(funcref, 1, None, is_64=False)
MemoryType(1, shared=True, maximum=2)
MemoryType("1")  # error: arg-type
TagType([i32])
found = ImportType("env", "log", made)
ImportType("env", "log", "(func (param i32))")
ExportType("run", 5)  # error: arg-type

reveal_type(made.params)  # tuple[ValType, ...]
reveal_type(ValType.i32)  # ValType
reveal_type(ValType.i32.nullable)  # bool
reveal_type(ValType("i32"))  # ValType
reveal_type(MemoryType(1).maximum)  # int | None
reveal_type(FuncType.parse("->"))  # FuncType

if isinstance(found.type, MemoryType):
    reveal_type(found.type.minimum)  # int
elif found.type.kind == "func":
    reveal_type(found.type)  # FuncType

match found.type:
    case FuncType(params, results):
        reveal_type(results)  # tuple[ValType, ...]
"""


def test_mypy_sees_python_types_in_annotations_and_value_types_elsewhere(tmp_path: Path) -> None:
    check_snippet(SNIPPET, tmp_path)


def test_types_import_nothing_slow() -> None:
    wanted = [name for name in MODULES if name not in TEXT]
    loaded = loads(f'for name in {wanted!r}: __import__(f"wasmtime_gen.{{name}}")')
    check_cheap(loaded, wanted)
    assert loaded & {f"wasmtime_gen.{name}" for name in TEXT} == set()
