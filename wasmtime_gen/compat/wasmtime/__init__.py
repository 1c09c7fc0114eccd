"""The names and signatures of the package `wasmtime` for core modules and WASI, over wasmtime_gen.

A program changes its import line, and nothing else:

    from wasmtime_gen.compat.wasmtime import Engine, Func, FuncType, Instance, Module, Store

>>> from wasmtime_gen.compat.wasmtime import Func, FuncType, Instance, Module, Store
>>> store = Store()
>>> module = Module(store.engine, '(module (import "" "hello" (func $h)) (func (export "run") (call $h)))')
>>> hello = Func(store, FuncType([], []), lambda: print("Hello!"))
>>> Instance(store, module, [hello]).exports(store)["run"](store)
Hello!

Objects here wrap those of wasmtime_gen, and ask each time whether an item belongs to the store that is given with it.
What the original does otherwise is told in docs/compat_wasmtime.md, a table that the tests make. Components are not
part of this.
"""

from wasmtime_gen.compat.wasmtime._config import Config
from wasmtime_gen.compat.wasmtime._errors import ExitTrap, Frame, Trap, TrapCode, WasmtimeError
from wasmtime_gen.compat.wasmtime._func import Caller, Func
from wasmtime_gen.compat.wasmtime._instance import Instance, InstancePre
from wasmtime_gen.compat.wasmtime._items import Global, Table, Tag
from wasmtime_gen.compat.wasmtime._linker import Linker
from wasmtime_gen.compat.wasmtime._managed import Managed as Managed
from wasmtime_gen.compat.wasmtime._memory import Memory, SharedMemory
from wasmtime_gen.compat.wasmtime._module import Module, wat2wasm
from wasmtime_gen.compat.wasmtime._store import Engine, Store, StoreContext
from wasmtime_gen.compat.wasmtime._store import Storelike as Storelike
from wasmtime_gen.compat.wasmtime._types import (
    ExportType,
    FuncType,
    GlobalType,
    ImportType,
    Limits,
    MemoryType,
    TableType,
    TagType,
    ValType,
)
from wasmtime_gen.compat.wasmtime._val import Val
from wasmtime_gen.compat.wasmtime._wasi import WasiConfig

__all__ = [
    "Caller",
    "Config",
    "Engine",
    "ExitTrap",
    "ExportType",
    "Frame",
    "Func",
    "FuncType",
    "Global",
    "GlobalType",
    "ImportType",
    "Instance",
    "InstancePre",
    "Limits",
    "Linker",
    "Memory",
    "MemoryType",
    "Module",
    "SharedMemory",
    "Store",
    "StoreContext",
    "Table",
    "TableType",
    "Tag",
    "TagType",
    "Trap",
    "TrapCode",
    "Val",
    "ValType",
    "WasiConfig",
    "WasmtimeError",
    "wat2wasm",
]
