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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wasmtime_gen._cache import CompileCache as CompileCache
    from wasmtime_gen._caller import Caller as Caller
    from wasmtime_gen._config.config import Config as Config
    from wasmtime_gen._engine import Engine as Engine
    from wasmtime_gen._errors import ClosedError as ClosedError
    from wasmtime_gen._errors import CompileError as CompileError
    from wasmtime_gen._errors import ConcurrentUseError as ConcurrentUseError
    from wasmtime_gen._errors import Exit as Exit
    from wasmtime_gen._errors import ImageError as ImageError
    from wasmtime_gen._errors import LinkError as LinkError
    from wasmtime_gen._errors import MemoryMovesError as MemoryMovesError
    from wasmtime_gen._errors import OutputLimitError as OutputLimitError
    from wasmtime_gen._errors import StoreMismatchError as StoreMismatchError
    from wasmtime_gen._errors import ValidationError as ValidationError
    from wasmtime_gen._errors import WasmtimeError as WasmtimeError
    from wasmtime_gen._exception import WasmException as WasmException
    from wasmtime_gen._func import Func as Func
    from wasmtime_gen._gcrefs import AnyRef as AnyRef
    from wasmtime_gen._gcrefs import ExnRef as ExnRef
    from wasmtime_gen._gcrefs import ExternRef as ExternRef
    from wasmtime_gen._global import Global as Global
    from wasmtime_gen._instance import Exports as Exports
    from wasmtime_gen._instance import Instance as Instance
    from wasmtime_gen._instance_pre import InstancePre as InstancePre
    from wasmtime_gen._interruption import Timeout as Timeout
    from wasmtime_gen._linker import Linker as Linker
    from wasmtime_gen._memory.memory import Memory as Memory
    from wasmtime_gen._memory.shared import SharedMemory as SharedMemory
    from wasmtime_gen._module import Module as Module
    from wasmtime_gen._module import wat2wasm as wat2wasm
    from wasmtime_gen._problems import Explanation as Explanation
    from wasmtime_gen._problems import Problem as Problem
    from wasmtime_gen._run.completed import CalledProgramError as CalledProgramError
    from wasmtime_gen._run.completed import CompletedProgram as CompletedProgram
    from wasmtime_gen._run.run import run as run
    from wasmtime_gen._store import Store as Store
    from wasmtime_gen._table.table import Table as Table
    from wasmtime_gen._tag import Tag as Tag
    from wasmtime_gen._ticker import Ticker as Ticker
    from wasmtime_gen._trap import BadConversionTrap as BadConversionTrap
    from wasmtime_gen._trap import BadSignatureTrap as BadSignatureTrap
    from wasmtime_gen._trap import Frame as Frame
    from wasmtime_gen._trap import GuestTimeout as GuestTimeout
    from wasmtime_gen._trap import IndirectCallToNullTrap as IndirectCallToNullTrap
    from wasmtime_gen._trap import IntegerDivisionByZeroTrap as IntegerDivisionByZeroTrap
    from wasmtime_gen._trap import IntegerOverflowTrap as IntegerOverflowTrap
    from wasmtime_gen._trap import InterruptTrap as InterruptTrap
    from wasmtime_gen._trap import MemoryOutOfBoundsTrap as MemoryOutOfBoundsTrap
    from wasmtime_gen._trap import NullReferenceTrap as NullReferenceTrap
    from wasmtime_gen._trap import OutOfFuelTrap as OutOfFuelTrap
    from wasmtime_gen._trap import StackOverflowTrap as StackOverflowTrap
    from wasmtime_gen._trap import TableOutOfBoundsTrap as TableOutOfBoundsTrap
    from wasmtime_gen._trap import Trap as Trap
    from wasmtime_gen._trap import UncaughtExceptionTrap as UncaughtExceptionTrap
    from wasmtime_gen._trap import UnreachableTrap as UnreachableTrap
    from wasmtime_gen._types.extern import ExportType as ExportType
    from wasmtime_gen._types.extern import ImportType as ImportType
    from wasmtime_gen._types.functype import FuncType as FuncType
    from wasmtime_gen._types.functype import GlobalType as GlobalType
    from wasmtime_gen._types.functype import TagType as TagType
    from wasmtime_gen._types.heaptype import ArrayType as ArrayType
    from wasmtime_gen._types.heaptype import FieldType as FieldType
    from wasmtime_gen._types.heaptype import OpaqueType as OpaqueType
    from wasmtime_gen._types.heaptype import StructType as StructType
    from wasmtime_gen._types.sized import MemoryType as MemoryType
    from wasmtime_gen._types.sized import TableType as TableType
    from wasmtime_gen._types.valtype import ValType as ValType
    from wasmtime_gen._types.valtype import anyref as anyref
    from wasmtime_gen._types.valtype import arrayref as arrayref
    from wasmtime_gen._types.valtype import eqref as eqref
    from wasmtime_gen._types.valtype import exnref as exnref
    from wasmtime_gen._types.valtype import externref as externref
    from wasmtime_gen._types.valtype import f32 as f32
    from wasmtime_gen._types.valtype import f64 as f64
    from wasmtime_gen._types.valtype import funcref as funcref
    from wasmtime_gen._types.valtype import i31ref as i31ref
    from wasmtime_gen._types.valtype import i32 as i32
    from wasmtime_gen._types.valtype import i64 as i64
    from wasmtime_gen._types.valtype import nullexnref as nullexnref
    from wasmtime_gen._types.valtype import nullexternref as nullexternref
    from wasmtime_gen._types.valtype import nullfuncref as nullfuncref
    from wasmtime_gen._types.valtype import nullref as nullref
    from wasmtime_gen._types.valtype import structref as structref
    from wasmtime_gen._types.valtype import v128 as v128
    from wasmtime_gen._version import __version__ as __version__
    from wasmtime_gen._version import wasmtime_version as wasmtime_version
    from wasmtime_gen._wasi.config import INHERIT as INHERIT
    from wasmtime_gen._wasi.config import STDOUT as STDOUT
    from wasmtime_gen._wasi.config import Capture as Capture
    from wasmtime_gen._wasi.config import WasiConfig as WasiConfig
    from wasmtime_gen._wasi.config import WritableDir as WritableDir
    from wasmtime_gen._wasi.wasi import Wasi as Wasi

# Every public name, by the module that holds it: a module loads when one of its names is first used.
_HOMES = {
    "INHERIT": "_wasi.config",
    "STDOUT": "_wasi.config",
    "AnyRef": "_gcrefs",
    "ArrayType": "_types.heaptype",
    "BadConversionTrap": "_trap",
    "BadSignatureTrap": "_trap",
    "CalledProgramError": "_run.completed",
    "Caller": "_caller",
    "Capture": "_wasi.config",
    "ClosedError": "_errors",
    "CompileCache": "_cache",
    "CompileError": "_errors",
    "CompletedProgram": "_run.completed",
    "ConcurrentUseError": "_errors",
    "Config": "_config.config",
    "Engine": "_engine",
    "ExnRef": "_gcrefs",
    "Exit": "_errors",
    "Explanation": "_problems",
    "ExportType": "_types.extern",
    "Exports": "_instance",
    "ExternRef": "_gcrefs",
    "FieldType": "_types.heaptype",
    "Frame": "_trap",
    "Func": "_func",
    "FuncType": "_types.functype",
    "Global": "_global",
    "GlobalType": "_types.functype",
    "GuestTimeout": "_trap",
    "ImageError": "_errors",
    "ImportType": "_types.extern",
    "IndirectCallToNullTrap": "_trap",
    "Instance": "_instance",
    "InstancePre": "_instance_pre",
    "IntegerDivisionByZeroTrap": "_trap",
    "IntegerOverflowTrap": "_trap",
    "InterruptTrap": "_trap",
    "LinkError": "_errors",
    "Linker": "_linker",
    "Memory": "_memory.memory",
    "MemoryMovesError": "_errors",
    "MemoryOutOfBoundsTrap": "_trap",
    "MemoryType": "_types.sized",
    "Module": "_module",
    "NullReferenceTrap": "_trap",
    "OpaqueType": "_types.heaptype",
    "OutOfFuelTrap": "_trap",
    "OutputLimitError": "_errors",
    "Problem": "_problems",
    "SharedMemory": "_memory.shared",
    "StackOverflowTrap": "_trap",
    "Store": "_store",
    "StoreMismatchError": "_errors",
    "StructType": "_types.heaptype",
    "Table": "_table.table",
    "TableOutOfBoundsTrap": "_trap",
    "TableType": "_types.sized",
    "Tag": "_tag",
    "TagType": "_types.functype",
    "Ticker": "_ticker",
    "Timeout": "_interruption",
    "Trap": "_trap",
    "UncaughtExceptionTrap": "_trap",
    "UnreachableTrap": "_trap",
    "ValType": "_types.valtype",
    "ValidationError": "_errors",
    "Wasi": "_wasi.wasi",
    "WasiConfig": "_wasi.config",
    "WasmException": "_exception",
    "WasmtimeError": "_errors",
    "WritableDir": "_wasi.config",
    "__version__": "_version",
    "anyref": "_types.valtype",
    "arrayref": "_types.valtype",
    "eqref": "_types.valtype",
    "exnref": "_types.valtype",
    "externref": "_types.valtype",
    "f32": "_types.valtype",
    "f64": "_types.valtype",
    "funcref": "_types.valtype",
    "i31ref": "_types.valtype",
    "i32": "_types.valtype",
    "i64": "_types.valtype",
    "nullexnref": "_types.valtype",
    "nullexternref": "_types.valtype",
    "nullfuncref": "_types.valtype",
    "nullref": "_types.valtype",
    "run": "_run.run",
    "structref": "_types.valtype",
    "v128": "_types.valtype",
    "wasmtime_version": "_version",
    "wat2wasm": "_module",
}

__all__ = [
    "INHERIT",
    "STDOUT",
    "AnyRef",
    "ArrayType",
    "BadConversionTrap",
    "BadSignatureTrap",
    "CalledProgramError",
    "Caller",
    "Capture",
    "ClosedError",
    "CompileCache",
    "CompileError",
    "CompletedProgram",
    "ConcurrentUseError",
    "Config",
    "Engine",
    "Exit",
    "ExnRef",
    "Explanation",
    "ExportType",
    "Exports",
    "ExternRef",
    "FieldType",
    "Frame",
    "Func",
    "FuncType",
    "Global",
    "GlobalType",
    "GuestTimeout",
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
    "OutputLimitError",
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
    "Timeout",
    "Trap",
    "UncaughtExceptionTrap",
    "UnreachableTrap",
    "ValType",
    "ValidationError",
    "Wasi",
    "WasiConfig",
    "WasmException",
    "WasmtimeError",
    "WritableDir",
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
    "run",
    "structref",
    "v128",
    "wat2wasm",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'wasmtime_gen' has no attribute {name!r}")
    home = f"wasmtime_gen.{_HOMES[name]}"
    value = getattr(__import__(home, fromlist=[name]), name)  # importlib would load warnings
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
