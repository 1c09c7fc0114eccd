"""What type checkers see of a program that uses the package: real types, and errors where a call cannot work."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.snippets import check_snippet

HEAD = """
from wasmtime_gen import (
    Caller, Config, Engine, Func, FuncType, Linker, Module, Store, Trap, externref, f64, i32, i64, v128, wat2wasm
)

engine = Engine(consume_fuel=True)
store = Store(engine, data={"user": "ann"})
module = Module.from_text(engine, "(module)")
linker = Linker(engine)
instance = linker.instantiate(store, module)
"""

SNIPPETS = {
    "exports are functions, and by item whatever is exported": """
reveal_type(instance.exports.add)  # Func
reveal_type(instance.exports.add(1, 2))  # Any
reveal_type(instance.exports["memory"])  # Item | SharedMemory
reveal_type(list(instance.exports))  # list[str]
""",
    "getters tell the kind": """
reveal_type(instance.get_function(store, "add"))  # Func
reveal_type(instance.get_memory(store, "memory"))  # Memory
reveal_type(instance.get_global(store, "g"))  # Global
reveal_type(instance.get_table(store, "t"))  # Table
reveal_type(linker.get(store, "env", "log"))  # Item | SharedMemory | None
reveal_type(linker.get_default(store, ""))  # Func
""",
    "a decorated host function keeps its type": """
@linker.func("env", "log")
def log(caller: Caller, value: i32, ratio: f64) -> i64:
    reveal_type(value)  # int
    reveal_type(ratio)  # float
    reveal_type(caller["memory"])  # Item | SharedMemory
    reveal_type(caller.get_memory("memory"))  # Memory
    reveal_type(caller.get_function("run"))  # Func
    return value

log(1, 2.0)  # error: call-arg
""",
    "values of WebAssembly are values of Python": """
def host(vector: v128, thing: externref) -> i32:
    reveal_type(vector)  # bytes
    reveal_type(thing)  # Any
    return 1

reveal_type(Func.wrap(store, host))  # Func
reveal_type(Func.wrap(store, host).type)  # FuncType
Func.wrap(store, 5)  # error: arg-type
Func(store, "i32 -> i32", host)
Func(store, "i32 -> i32")  # error: call-arg
""",
    "types are values": """
reveal_type(FuncType("i32 -> i64").params)  # tuple[ValType, ...]
reveal_type([each.type for each in module.exports])  # list[FuncType | GlobalType | TableType | MemoryType | TagType]
reveal_type(module.imports[0].module)  # str
reveal_type(wat2wasm("(module)"))  # bytes
""",
    "options are checked by name and type": """
Config(consume_fuel=True)
Config(consume_fuel="yes")  # error: arg-type
Config(consume_fule=True)  # error: call-arg
reveal_type(engine.config.consume_fuel)  # bool | None
Store()  # error: call-arg
Store(engine).fuel = "many"  # error: assignment
""",
    "traps tell where": """
try:
    instance.exports.run()
except Trap as trap:
    reveal_type(trap.code)  # int | None
    reveal_type(trap.frames[0].function)  # str | None
""",
    "handles are context managers of themselves": """
with Engine() as other, Store(other) as opened, Module.from_text(other, "(module)") as compiled:
    reveal_type(opened)  # Store
    reveal_type(compiled)  # Module
""",
}


@pytest.mark.parametrize("snippet", SNIPPETS.values(), ids=SNIPPETS)
def test_type_checkers_know_that(snippet: str, tmp_path: Path) -> None:
    check_snippet(HEAD + snippet, tmp_path)
