"""No type ends the process, and none leaves anything behind: each case in a process of its own."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own, which it may end."""
    head = "from tests.api.test_types_native import *\nfrom wasmtime_gen._types import reading as typereading\n"
    head += "library = Library()\n"
    path = os.pathsep.join([str(ROOT), str(ROOT / "generated")])
    environment = os.environ | {"PYTHONPATH": path, "RUST_BACKTRACE": "0"}
    command = [sys.executable, "-c", head + script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


STACK_SWITCHING = """
config = c.wasm_config_new()
c.wasmtime_config_wasm_stack_switching_set(config, True)
c.wasmtime_config_wasm_function_references_set(config, True)
c.wasmtime_config_wasm_gc_set(config, True)
library.engine = c.wasm_engine_new_with_config(config)
typereading.beware_of_continuations()
"""


where_continuations_exist = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="stack switching exists on x86-64 Linux only"
)


@where_continuations_exist
@pytest.mark.parametrize(
    "text",
    [
        '(import "" "f" (func (param i32 (ref null cont))))',
        '(import "" "f" (func (result (ref nocont))))',
        '(type $f (func)) (type $c (cont $f)) (import "" "g" (global (ref null $c)))',
        '(type $f (func)) (type $c (cont $f)) (table (export "t") 1 (ref null $c))',
        '(type $f (func)) (type $c (cont $f)) (type $s (struct (field (ref $c)))) (import "" "g" (global (ref $s)))',
    ],
)
def test_a_continuation_is_an_error_and_not_the_end(text: str) -> None:
    done = run(f"""{STACK_SWITCHING}
for read in (library.imports, library.exports):
    try:
        print(read({text!r}))
    except WasmtimeError as error:
        print(error)
""")
    assert done.returncode == 0, done.stderr
    message = (
        "a type refers to a continuation or to a concrete type: the C API cannot tell the one, nor both apart, "
        "so neither can be read once there was an engine with wasm_stack_switching"
    )
    assert sorted(done.stdout.splitlines()) == ["[]", message]


@where_continuations_exist
def test_other_types_are_told_as_ever_where_continuations_may_be() -> None:
    done = run(f"""{STACK_SWITCHING}
typereading.beware_of_continuations()
for type_ in ALL_SIMPLE:
    assert library.imports(str(ImportType("", "", GlobalType(type_)))) == [ImportType("", "", GlobalType(type_))]
func = ImportType("", "", FuncType(ALL_SIMPLE[:20], ALL_SIMPLE[20:]))
assert library.imports(str(func)) == [func]
""")
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize(
    "round_",
    [
        "read(module, wasm)",
        "c.wasm_functype_delete(functype_to_native(FuncType('i32, externref, v128 -> i64')))",
        "c.wasm_valtype_delete(valtype_to_native(concrete, library.engine))",
        "c.wasm_valtype_delete(valtype_to_native(exception, library.engine))",
        "c.wasm_globaltype_delete(globaltype_to_native(GlobalType('anyref')))",
        "c.wasm_tabletype_delete(tabletype_to_native(TableType('funcref', 1)))",
        "c.wasm_memorytype_delete(memorytype_to_native(MemoryType(1)))",
        "c.wasm_tagtype_delete(tagtype_to_native(TagType('i32')))",
        "refused(memorytype_to_native, MemoryType(2**48, is_64=True))",
        "refused(functype_to_native, FuncType([concrete, 'i32'], [concrete, '(ref (func ...))']), library.engine)",
        "refused(valtype_to_native, half, library.engine)",
    ],
)
def test_twenty_thousand_rounds_leave_nothing_behind(round_: str) -> None:
    done = run(f"""
from resource import getpagesize
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * getpagesize()
def refused(make, *args):
    try:
        make(*args)
    except WasmtimeError:
        return
    raise AssertionError(args)
def read(module, wasm):
    imports_from_native(module, wasm)
    exports_from_native(module, wasm)
module, wasm = library.module('''(module
    (rec (type $s (struct (field (mut i8)) (field (ref null $s)) (field (ref $a)))) (type $a (array (ref null $f)))
         (type $f (func (param i32 (ref $s)) (result externref))))
    (import "m" "f" (func (type $f)))
    (tag (export "t") (param i32))
    (table (export "u") 1 (ref null $a)))''')
concrete = ValType("(ref (struct (field i8) (field (ref (func (param (ref (array (mut externref)))))))))")
half = ValType("(ref (struct (field (ref (array i8))) (field (ref (func ...)))))")
exception = ValType("(ref (tag (param i32 (ref (func)))))")
for _ in range(3000):
    {round_}
before = resident()
for _ in range(20000):
    {round_}
print(resident() - before)
""")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 20 * 20000
