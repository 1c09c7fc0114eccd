"""The reference of wasmtime_gen: a page a subject, each public name on one of them, from the docstrings."""

from __future__ import annotations

import wasmtime_gen

# Subject -> what its page says first, and the names on it.
SUBJECTS = {
    "Engines and modules": (
        "An engine compiles modules; a module is code, without state.",
        ("Engine", "Config", "Module", "CompileCache", "Ticker", "wat2wasm"),
    ),
    "Stores": ("A store is the state of guests, and its limits.", ("Store", "Timeout")),
    "Linking": (
        "What a module imports is given to it by a linker, which makes instances.",
        ("Linker", "InstancePre", "Instance", "Exports", "Explanation", "Problem", "ImportType", "ExportType"),
    ),
    "Functions": ("Calls go both ways: into guests and out of them.", ("Func", "Caller")),
    "Memories, tables, globals, tags": (
        "What guests hold besides functions.",
        ("Memory", "SharedMemory", "Table", "Global", "Tag"),
    ),
    "Types": (
        "Types are plain values: they compare, hash, print as WebAssembly text and are parsed from it. `i32`, `i64`, "
        "`f32`, `f64`, `v128`, `funcref`, `externref`, `anyref`, `eqref`, `i31ref`, `structref`, `arrayref`, `exnref`, "
        "`nullref`, `nullfuncref`, `nullexternref` and `nullexnref` are ValTypes that serve as annotations, too: see "
        "[Types and numbers](../guides/types.md).",
        (
            *("ValType", "FuncType", "GlobalType", "MemoryType", "TableType", "TagType"),
            *("StructType", "ArrayType", "FieldType", "OpaqueType"),
        ),
    ),
    "References": (
        "What refers to objects of the guest's garbage collector, or to objects of ours in a guest.",
        ("AnyRef", "ExnRef", "ExternRef"),
    ),
    "Programs and WASI": (
        "`run` is the short way; WasiConfig and `store.wasi` are what it is made of.",
        (
            *("run", "CompletedProgram", "CalledProgramError", "WasiConfig", "Wasi", "Capture", "WritableDir"),
            *("INHERIT", "STDOUT", "Exit", "OutputLimitError"),
        ),
    ),
    "Errors": (
        "All derive from WasmtimeError. What a guest does wrong is a Trap.",
        (
            *("WasmtimeError", "ValidationError", "CompileError", "ImageError", "LinkError", "ClosedError"),
            *("StoreMismatchError", "ConcurrentUseError", "MemoryMovesError"),
        ),
    ),
    "Traps and exceptions": (
        "A Trap has a code, a message and frames. `GuestTimeout` and `WasmException` are traps, too.",
        (
            *("Trap", "Frame", "GuestTimeout", "WasmException", "BadConversionTrap", "BadSignatureTrap"),
            *("IndirectCallToNullTrap", "IntegerDivisionByZeroTrap", "IntegerOverflowTrap", "InterruptTrap"),
            *("MemoryOutOfBoundsTrap", "NullReferenceTrap", "OutOfFuelTrap", "StackOverflowTrap"),
            *("TableOutOfBoundsTrap", "UncaughtExceptionTrap", "UnreachableTrap"),
        ),
    ),
}


def pages() -> dict[str, str]:
    """The pages by their paths."""
    made = {f"api/{_slug(title)}.md": _page(title, *subject) for title, subject in SUBJECTS.items()}
    placed = {name for _, names in SUBJECTS.values() for name in names}
    others = [name for name in wasmtime_gen.__all__ if name not in placed and not _is_valtype(name)]
    if others:
        made["api/others.md"] = _page("Others", "What is on no other page.", tuple(others))
    return made


def _page(title: str, introduction: str, names: tuple[str, ...]) -> str:
    entries = "".join(f"\n::: wasmtime_gen.{name}\n" for name in names)
    return f"# {title}\n\n{introduction}\n{entries}"


def _slug(title: str) -> str:
    return title.lower().replace(",", "").replace(" ", "-")


def _is_valtype(name: str) -> bool:
    return isinstance(getattr(wasmtime_gen, name), wasmtime_gen.ValType)
