"""The options of Config: one read-only property each, with its documentation and the library's default.

Which options there are is told by the generated table, so one that a new release brings works at once; it is declared
here for its documentation. For what keywords Config takes, type checkers look at keywords.py.
"""

from __future__ import annotations

from wasmtime_capi.settings import CONFIG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, NoReturn, TypeVar

    T = TypeVar("T")

# The largest value of each C type of a number. Options of other types (pointers) are no plain values.
LARGEST = {"size_t": 2**64 - 1, "uint64_t": 2**64 - 1, "uint32_t": 2**32 - 1}
# option -> (C setter, C type of its value, enum or "")
PLAIN = {name: row for name, row in CONFIG.items() if row[1] == "bool" or row[1] in LARGEST or row[2]}
# Options that are set by hand: in C they take a string, can fail, or do not exist.
BY_HAND = ("cache", "cranelift_flags", "interruptible", "target")

MIB = 1 << 20


class Option:
    # Reads what was given for its option, or None. Made for each import: property would take twice as long.
    __slots__ = ("default", "name", "text")
    name: str

    def __init__(self, default: object, text: str) -> None:
        self.default = default
        self.text = text

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, config: ConfigOptions | None, owner: type) -> Any:
        return self if config is None else config._options.get(self.name)

    def __set__(self, config: ConfigOptions, value: object) -> NoReturn:
        raise AttributeError(f"{self.name} cannot be set")  # not reached: Config refuses before, and tells how

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        return self.text if self.default is None else f"{self.text} Default: {self.default!r}."


if TYPE_CHECKING:

    def option(default: T | None, text: str) -> T | None: ...
else:
    option = Option


class ConfigOptions:
    """What Config inherits its properties from."""

    __slots__ = ()
    _options: dict[str, Any]

    # What guests may use up

    consume_fuel: Final = option(
        False, "Count the fuel that guests burn, about a unit an instruction; a guest whose store has none left traps."
    )
    epoch_interruption: Final = option(
        False,
        "Let guests compare the engine's epoch (in ticks) with the deadline of their store, at each loop and function. "
        "A store starts with a deadline that has passed: set one before the first call.",
    )
    interruptible: Final = option(
        False,
        "Let store.timeout() and Ctrl-C end guests, with epoch_interruption, which it switches on. Its stores need no "
        "deadlines in ticks, and take none.",
    )
    max_wasm_stack: Final = option(
        512 << 10,
        "Bytes of the native stack that the guests' calls may take, together when they nest; then they trap. "
        "A thread that calls needs 128 KiB more stack than this.",
    )
    async_stack_size: Final = option(
        2 * MIB,
        "Bytes of the stack of an asynchronous call. The guest may take max_wasm_stack of it; host functions get the "
        "rest, which must be at least 128 KiB.",
    )

    # How guests are compiled

    strategy: Final = option("auto", "The compiler: 'cranelift' for fast code, 'winch' to compile fast.")
    cranelift_opt_level: Final = option("speed", "What Cranelift optimizes for: 'none', 'speed' or 'speed_and_size'.")
    cranelift_regalloc_algorithm: Final = option(
        "backtracking", "How Cranelift allocates registers: 'backtracking' for better code, 'single_pass' to save time."
    )
    cranelift_nan_canonicalization: Final = option(
        False,
        "Replace the NaNs that a guest computes by the canonical one, so that all machines compute the same bits.",
    )
    cranelift_debug_verifier: Final = option(False, "Let Cranelift verify its intermediate code: slow.")
    parallel_compilation: Final = option(True, "Compile the functions of a module on all processors.")
    target: Final[str | None] = option(
        None,
        "What to compile for: 'pulley64' (Wasmtime's interpreter), or the triple of this machine, such as "
        "'x86_64-unknown-linux-gnu', for code that uses no more than what all processors of its kind have. If not "
        "given, code is made for the very processor at hand.",
    )
    cache: Final[bool | str | None] = option(
        None,
        "Keep compiled modules on disk: True for the user's cache folder, or the path of a TOML file that tells where. "
        "It is read by each new Engine, which raises WasmtimeError if that fails. Whoever can write to the folder "
        "controls the process, and a damaged file in it can crash it.",
    )

    # How traps and profiles work

    signals_based_traps: Final = option(
        True,
        "Notice bad accesses of guests through the processor's faults and signal handlers. False compiles checks "
        "instead: slower, but safe from other handlers of SIGSEGV, SIGILL, SIGFPE and SIGBUS.",
    )
    macos_use_mach_ports: Final = option(
        True, "On macOS, handle faults through Mach ports, which do not survive a fork. All engines of a process agree."
    )
    native_unwind_info: Final = option(True, "Write the unwind tables that native debuggers and profilers read.")
    debug_info: Final = option(
        False, "Translate the DWARF of guests for native debuggers such as gdb: a child process compiles them, apart."
    )
    profiler: Final = option(
        "none",
        "Tell a profiler about compiled code: 'perfmap' (a file in /tmp), 'jitdump' (a file in the current directory) "
        "or 'vtune'.",
    )

    # Linear memory

    memory_reservation: Final = option(
        4096 * MIB, "Bytes of address space to reserve for a memory, which it can grow into without moving."
    )
    memory_reservation_for_growth: Final = option(
        2048 * MIB, "Bytes of address space to reserve beyond a memory that has to move."
    )
    memory_guard_size: Final = option(
        32 * MIB, "Bytes of address space after a memory that are never mapped, which spares guests most checks."
    )
    memory_may_move: Final = option(
        True, "Move a memory that outgrows its reservation. Otherwise it cannot grow further."
    )
    memory_init_cow: Final = option(True, "Map the initial contents of memories copy-on-write, to instantiate faster.")
    shared_memory: Final = option(False, "Allow memories that several threads share.")

    # Proposals for WebAssembly

    wasm_branch_hinting: Final = option(False, "Use the hints of modules about which branches are rare.")
    wasm_bulk_memory: Final = option(True, "Copy and fill ranges of memories and tables (memory.copy, table.init ...).")
    wasm_compact_imports: Final = option(False, "Imports that share the name of their module.")
    wasm_custom_page_sizes: Final = option(False, "Memories with pages of one byte.")
    wasm_exceptions: Final = option(True, "Exceptions (try_table, throw) and tags.")
    wasm_function_references: Final = option(True, "Typed references to functions (call_ref).")
    wasm_gc: Final = option(True, "Structs and arrays in a garbage-collected heap.")
    gc_support: Final = option(True, "The garbage collector itself, which externref, exceptions and wasm_gc need.")
    wasm_memory64: Final = option(True, "Memories and tables that 64-bit numbers index.")
    wasm_multi_memory: Final = option(True, "More than one memory in a module.")
    wasm_multi_value: Final = option(True, "Functions and blocks of more than one result.")
    wasm_reference_types: Final = option(True, "The types externref and funcref, and more than one table in a module.")
    wasm_relaxed_simd: Final = option(True, "SIMD operations whose results may depend on the machine.")
    wasm_relaxed_simd_deterministic: Final = option(
        False, "Compute the same with relaxed SIMD on all machines, at the price of its speed."
    )
    wasm_simd: Final = option(True, "The type v128 and its operations.")
    wasm_stack_switching: Final = option(
        False, "Continuations (cont.new, resume). The released library is built without: True raises ValueError."
    )
    wasm_tail_call: Final = option(True, "Calls that leave no frame behind (return_call).")
    wasm_threads: Final = option(True, "Atomic operations, and the type of shared memories (see shared_memory).")
    wasm_wide_arithmetic: Final = option(True, "Additions and multiplications of 128 bits.")

    # Components

    concurrency_support: Final = option(True, "What stores need to run asynchronous functions of components.")
    wasm_component_model: Final = option(True, "Components.")
    wasm_component_model_accessors: Final = option(False, "Functions of components that get or set a property.")
    wasm_component_model_async: Final = option(
        True, "Asynchronous functions, streams and futures in components. Follows concurrency_support if unset."
    )
    wasm_component_model_async_stackful: Final = option(False, "Asynchronous functions that keep a stack of their own.")
    wasm_component_model_canonical_names: Final = option(False, "Canonical names in components.")
    wasm_component_model_implements: Final = option(False, "Imports and exports that name their interface.")
    wasm_component_model_map: Final = option(False, "The type map in components.")
    wasm_component_model_more_async_builtins: Final = option(False, "More built-ins for async components.")


def _declare_new() -> None:
    """Options that the table knows and this file does not yet."""
    for name, (setter, _, _) in PLAIN.items():
        if not hasattr(ConfigOptions, name):
            new = Option(None, f"Not described yet: see the C function {setter}.")
            setattr(ConfigOptions, name, new)
            new.__set_name__(ConfigOptions, name)


_declare_new()
DEFAULTS = {name: value.default for name, value in vars(ConfigOptions).items() if isinstance(value, Option)}
