"""The .pyi declares what the package has, as the package has it, and a type checker makes use of it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from ctypes import POINTER, c_char, c_char_p, c_uint8, c_void_p
from types import ModuleType
from typing import Any

import pytest
import wasmtime_capi

from codegen.model import Function, InlineFunction
from tests.capi.subject import API, CALLBACKS, PACKAGE, VALUES, attributes

STUB = PACKAGE / "__init__.pyi"
# What the stub needs for itself.
OWN = {"_T", "_In", "_Text", "_Bytes", "_Void"}


def name_of(node: ast.stmt) -> str:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return node.name
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return targets[0].id if targets and isinstance(targets[0], ast.Name) else ""


@pytest.fixture(scope="module")
def declared() -> dict[str, ast.stmt]:
    """Each declaration of the stub by its name; imports are nobody's to use."""
    statements = ast.parse(STUB.read_text()).body
    found = [(name_of(s), s) for s in statements if not isinstance(s, (ast.Import, ast.ImportFrom))]
    assert len(found) == len(dict(found)), "a name is declared twice"
    return {name: statement for name, statement in found if name not in OWN}


def fields(node: ast.stmt) -> list[str]:
    assert isinstance(node, ast.ClassDef)
    return [statement.target.id for statement in node.body if isinstance(statement, ast.AnnAssign)]  # type: ignore[union-attr]


def test_the_stub_declares_every_name_and_nothing_else(declared: dict[str, ast.stmt]) -> None:
    names = {n for n in dir(wasmtime_capi) if not n.startswith("_")}
    assert declared.keys() == {n for n in names if not isinstance(getattr(wasmtime_capi, n), ModuleType)}


def test_functions_have_their_parameters(declared: dict[str, ast.stmt]) -> None:
    functions: list[Function | InlineFunction] = [*API.functions, *API.inline_functions]
    for function in functions:
        node = declared[function.name]
        assert isinstance(node, ast.FunctionDef)
        names = [argument.arg.removesuffix("_") for argument in node.args.args]
        assert names == [param.name.removesuffix("_") for param in function.params]
        result = ast.unparse(node.returns) if node.returns else ""
        assert (result == "None") == (function.result.type == "void"), function.name


def test_a_pointer_that_must_not_be_null_refuses_none(declared: dict[str, ast.stmt]) -> None:
    for function in API.functions:
        node = declared[function.name]
        assert isinstance(node, ast.FunctionDef)
        for argument, param in zip(node.args.args, function.params, strict=True):
            text = ast.unparse(argument.annotation) if argument.annotation else ""
            if text.startswith("_In["):
                assert text.endswith(" | None") == (param.nullable is not False), f"{function.name}.{param.name}"


def test_records_have_their_fields(declared: dict[str, ast.stmt]) -> None:
    for record in API.records:
        node = declared[record.name]
        assert fields(node) == [name for name, _, _ in attributes(record)], record.name
        assert isinstance(node, ast.ClassDef)
        assert [ast.unparse(b) for b in node.bases] == ["Structure" if record.kind == "struct" else "Union"]
        if record.tag:
            assert ast.unparse(declared[record.tag]) == f"{record.tag} = {record.name}"


def test_values_are_literally_those_of_c(declared: dict[str, ast.stmt]) -> None:
    members = {
        name_of(member): member.value
        for enum in API.enums
        for member in declared[enum.name].body  # type: ignore[attr-defined]
    }
    assert {name: ast.literal_eval(value) for name, value in members.items()} == {
        m.name: m.value for e in API.enums for m in e.members
    }
    constants = {name: declared[name] for name in VALUES}
    assert {name: ast.literal_eval(node.value) for name, node in constants.items()} == VALUES  # type: ignore[attr-defined]


def test_a_callback_is_made_from_a_function_of_as_many_arguments(declared: dict[str, ast.stmt]) -> None:
    for name, callback in CALLBACKS.items():
        (init,) = declared[name].body  # type: ignore[attr-defined]
        (arguments, _) = init.args.posonlyargs[1].annotation.slice.elts
        assert len(arguments.elts) == len(callback.params), name


GOOD = """
from ctypes import POINTER, byref, c_uint8, pointer
from typing import TYPE_CHECKING

import wasmtime_capi as c
from wasmtime_capi import LibraryError, library, wasm_engine_new

if TYPE_CHECKING:
    from ctypes import _Pointer

engine: "_Pointer[c.wasm_engine_t]" = wasm_engine_new()
no_finalizer = c.wasmtime_finalizer_t()
store = c.wasmtime_store_new(engine, None, no_finalizer)
context = c.wasmtime_store_context(store)
module = POINTER(c.wasmtime_module_t)()
error = c.wasmtime_module_new(engine, b"", 0, byref(module))
if error:
    c.wasmtime_error_delete(error)
vals = (c.wasmtime_val_t * 2)()
vals[0].kind = c.WASMTIME_I32
vals[0].of.i32 = 1
number: int = vals[0].of.i32
name: str = c.wasmtime_valkind_enum(vals[0].kind).name
memory = c.wasmtime_memory_t()
identity: int = memory.store_id
given: c.wasmtime_memory = memory
trap = POINTER(c.wasm_trap_t)()
c.wasmtime_func_call(context, byref(c.wasmtime_func_t()), vals, 2, None, 0, byref(trap))

def host(env: "int | None", caller: "_Pointer[c.wasmtime_caller_t]", args: "_Pointer[c.wasmtime_val_t]", nargs: int,
         results: "_Pointer[c.wasmtime_val_t]", nresults: int) -> "int | None":
    results[0].of.i64 = args[0].of.i64
    return None

callback = c.wasmtime_func_callback_t(host)
c.wasmtime_func_new(context, c.wasm_functype_new_0_0(), callback, None, no_finalizer, byref(c.wasmtime_func_t()))
c.wasm_name_new(byref(c.wasm_name_t()), 3, b"env")
c.wasmtime_anyref_set_null(pointer(c.wasmtime_anyref_t()))
limits = c.wasm_limits_t(min=1, max=c.wasm_limits_max_default)
path: str = library()._name
"""

# Each is wrong in its last line, by the code that mypy gives it.
BAD = {
    "a store where an engine is wanted": ("c.wasmtime_linker_new(store)", "arg-type"),
    "an engine pointer where a context is wanted": ("c.wasmtime_context_gc(engine)", "arg-type"),
    "NULL where it is refused": ("c.wasm_engine_new_with_config(None)", "arg-type"),
    "a record of another kind in an array": ("c.wasm_valtype_vec_new_empty((c.wasm_val_vec_t * 1)())", "arg-type"),
    "text where bytes are wanted": ("c.wasmtime_wat2wasm('(module)', 8, wasm)", "arg-type"),
    "too few arguments": ("c.wasm_engine_delete()", "call-arg"),
    "a misspelt function": ("c.wasm_engine_nwe()", "attr-defined"),
    "a field taken for something else": ("text: str = c.wasm_limits_t().min", "assignment"),
    "a misspelt enumerator": ("c.wasmtime_valkind_enum.WASMTIME_I31", "attr-defined"),
    "a result that is no number": ("number: int = c.wasm_engine_new()", "assignment"),
    "another value for a constant": ("c.WASMTIME_I32 = 1", "misc"),
    "None for a function pointer": ("c.wasmtime_store_new(engine, None, None)", "arg-type"),
    "a callback of too few arguments": ("c.wasmtime_finalizer_t(lambda: None)", "arg-type"),
    "another callback type": ("c.wasmtime_store_new(engine, None, c.wasmtime_func_callback_t())", "arg-type"),
}
PRELUDE = """
from ctypes import pointer
import wasmtime_capi as c
engine = c.wasm_engine_new()
store = c.wasmtime_store_new(engine, None, c.wasmtime_finalizer_t())
wasm = pointer(c.wasm_byte_vec_t())
"""


@pytest.fixture(scope="module")
def mypy(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What mypy --strict says of the package itself and of all snippets, in one run: "file:line: error: ..."."""
    folder = tmp_path_factory.mktemp("mypy")
    snippets = {"good": GOOD} | {f"bad{i}": PRELUDE + line for i, (line, _) in enumerate(BAD.values())}
    for name, text in snippets.items():
        (folder / f"{name}.py").write_text(text)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={folder / 'cache'}"]
    command += ["--no-error-summary", "--no-pretty", "--hide-error-context"]
    files = [f"{name}.py" for name in snippets] + [str(STUB)]
    done = subprocess.run(
        [*command, *files],
        cwd=folder,
        env=os.environ | {"MYPYPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout.splitlines()


def test_mypy_accepts_a_right_program(mypy: list[str]) -> None:
    assert [line for line in mypy if line.startswith("good.py")] == []


def test_mypy_accepts_the_stub(mypy: list[str]) -> None:
    assert [line for line in mypy if not line.startswith(("good.py", "bad"))] == []


@pytest.mark.parametrize("wrong", BAD)
def test_mypy_refuses(wrong: str, mypy: list[str]) -> None:
    index = list(BAD).index(wrong)
    said = [line for line in mypy if line.startswith(f"bad{index}.py:") and ": error: " in line]
    last = len((PRELUDE + BAD[wrong][0]).splitlines())
    assert said, f"mypy accepts {BAD[wrong][0]}"
    assert all(line.startswith(f"bad{index}.py:{last}: ") for line in said), said
    assert any(line.endswith(f"[{BAD[wrong][1]}]") for line in said), said


# What the stub's names for parameters allow, by example.
AS_TEXT: list[Any] = [b"x", c_char_p(b"x"), None, POINTER(c_char)(), (c_char * 2)()]
GIVEN = {"_Text": AS_TEXT, "_Bytes": [*AS_TEXT, c_void_p(16), 16, POINTER(c_uint8)(), (c_uint8 * 2)()]}


def test_a_parameter_takes_what_the_stub_says_it_takes(declared: dict[str, ast.stmt]) -> None:
    refused = set()
    for function in API.functions:
        node = declared[function.name]
        assert isinstance(node, ast.FunctionDef)
        for argument, argtype in zip(node.args.args, getattr(wasmtime_capi, function.name).argtypes, strict=True):
            if argument.annotation:
                for given in GIVEN.get(ast.unparse(argument.annotation), []):
                    try:
                        argtype.from_param(given)
                    except TypeError:
                        refused.add((argtype.__name__, type(given).__name__))
    assert refused == set()
