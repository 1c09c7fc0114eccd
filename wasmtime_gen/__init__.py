"""WebAssembly in Python, with Wasmtime: fast calls, plain values, and no way to crash the process.

>>> from wasmtime_gen import Engine, Func, Linker, Module, Store
>>> with Engine() as engine, Store(engine) as store:
...     module = Module.from_text(engine, '(module (import "" "hello" (func $h)) (func (export "run") (call $h)))')
...     linker = Linker(engine)
...     linker.define(store, "", "hello", Func.wrap(store, lambda: print("Hello, world!")))
...     run = linker.instantiate(store, module).get_function(store, "run")
...     run()
Hello, world!
"""

from __future__ import annotations

from wasmtime_gen._caller import Caller
from wasmtime_gen._config import Config
from wasmtime_gen._engine import Engine
from wasmtime_gen._errors import (
    ClosedError,
    CompileError,
    ConcurrentUseError,
    Exit,
    ImageError,
    LinkError,
    MemoryMovesError,
    StoreMismatchError,
    ValidationError,
    WasmtimeError,
)
from wasmtime_gen._exports import Exports
from wasmtime_gen._func import Func
from wasmtime_gen._instance import Instance
from wasmtime_gen._linker import Linker
from wasmtime_gen._module import Module, wat2wasm
from wasmtime_gen._store import Store
from wasmtime_gen._trap import (
    BadConversionTrap,
    BadSignatureTrap,
    Frame,
    IndirectCallToNullTrap,
    IntegerDivisionByZeroTrap,
    IntegerOverflowTrap,
    InterruptTrap,
    MemoryOutOfBoundsTrap,
    NullReferenceTrap,
    OutOfFuelTrap,
    StackOverflowTrap,
    TableOutOfBoundsTrap,
    Trap,
    UncaughtExceptionTrap,
    UnreachableTrap,
)
from wasmtime_gen._types import FuncType, GlobalType, TagType
from wasmtime_gen._valtype import (
    ValType,
    anyref,
    arrayref,
    eqref,
    exnref,
    externref,
    f32,
    f64,
    funcref,
    i31ref,
    i32,
    i64,
    nullexnref,
    nullexternref,
    nullfuncref,
    nullref,
    structref,
    v128,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wasmtime_gen._cache import CompileCache
    from wasmtime_gen._externtypes import ExportType, ImportType
    from wasmtime_gen._global import Global
    from wasmtime_gen._heaptype import ArrayType, FieldType, OpaqueType, StructType
    from wasmtime_gen._instance_pre import InstancePre
    from wasmtime_gen._memory import Memory
    from wasmtime_gen._problems import Explanation, Problem
    from wasmtime_gen._sharedmemory import SharedMemory
    from wasmtime_gen._sizedtypes import MemoryType, TableType
    from wasmtime_gen._table import Table
    from wasmtime_gen._tag import Tag
    from wasmtime_gen._ticker import Ticker

# Names that few programs need, by the module that holds them: they load when they are first used.
_LAZY = {
    "ArrayType": "_heaptype",
    "CompileCache": "_cache",
    "Explanation": "_problems",
    "ExportType": "_externtypes",
    "FieldType": "_heaptype",
    "Global": "_global",
    "ImportType": "_externtypes",
    "InstancePre": "_instance_pre",
    "Memory": "_memory",
    "MemoryType": "_sizedtypes",
    "OpaqueType": "_heaptype",
    "Problem": "_problems",
    "SharedMemory": "_sharedmemory",
    "StructType": "_heaptype",
    "Table": "_table",
    "TableType": "_sizedtypes",
    "Tag": "_tag",
    "Ticker": "_ticker",
}

__all__ = [
    "ArrayType",
    "BadConversionTrap",
    "BadSignatureTrap",
    "Caller",
    "ClosedError",
    "CompileCache",
    "CompileError",
    "ConcurrentUseError",
    "Config",
    "Engine",
    "Exit",
    "Explanation",
    "ExportType",
    "Exports",
    "FieldType",
    "Frame",
    "Func",
    "FuncType",
    "Global",
    "GlobalType",
    "ImageError",
    "ImportType",
    "IndirectCallToNullTrap",
    "Instance",
    "InstancePre",
    "IntegerDivisionByZeroTrap",
    "IntegerOverflowTrap",
    "InterruptTrap",
    "LinkError",
    "Linker",
    "Memory",
    "MemoryMovesError",
    "MemoryOutOfBoundsTrap",
    "MemoryType",
    "Module",
    "NullReferenceTrap",
    "OpaqueType",
    "OutOfFuelTrap",
    "Problem",
    "SharedMemory",
    "StackOverflowTrap",
    "Store",
    "StoreMismatchError",
    "StructType",
    "Table",
    "TableOutOfBoundsTrap",
    "TableType",
    "Tag",
    "TagType",
    "Ticker",
    "Trap",
    "UncaughtExceptionTrap",
    "UnreachableTrap",
    "ValType",
    "ValidationError",
    "WasmtimeError",
    "anyref",
    "arrayref",
    "eqref",
    "exnref",
    "externref",
    "f32",
    "f64",
    "funcref",
    "i31ref",
    "i32",
    "i64",
    "nullexnref",
    "nullexternref",
    "nullfuncref",
    "nullref",
    "structref",
    "v128",
    "wat2wasm",
]


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module 'wasmtime_gen' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"wasmtime_gen.{_LAZY[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
