"""The exceptions. What native errors and traps become is in _trap.py."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from wasmtime_gen._problems import Problem
    from wasmtime_gen._run.completed import CompletedProgram


class WasmtimeError(Exception):
    """Base of all errors of this package."""

    def _throw(self) -> int:
        """Where it can be thrown into the guest that called a host function: the trap that tells so. 0 elsewhere."""
        return 0


class ValidationError(WasmtimeError):
    """WebAssembly text or bytes that are malformed or invalid."""


class CompileError(WasmtimeError):
    """A valid module that this engine cannot compile."""


class ImageError(WasmtimeError):
    """An image of a compiled module that cannot be loaded here: damaged, or made for something else."""


class LinkError(WasmtimeError):
    """A module and what it was given as imports do not fit together.

    `problems` are all imports that are missing or do not fit, as Linker.explain() tells them.
    """

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = tuple(problems)


class ClosedError(WasmtimeError, ValueError):
    """An object was used after it was closed."""


class StoreMismatchError(WasmtimeError, ValueError):
    """An item of one store was used with another store, or a module with another engine."""


class ConcurrentUseError(WasmtimeError, RuntimeError):
    """A store is in use: by another thread, or by a call that has not returned yet."""


class MemoryMovesError(WasmtimeError, BufferError):
    """A view was asked of a memory that may move when it grows: read and write copy, and work with each."""


class Exit(WasmtimeError):
    """A guest ended itself through WASI. `code` is its exit code, from 0 to 255: the lowest 8 bits of the number that
    it gave, as POSIX has it. So 256 is 0, and -1 is 255. (Wasmtime's own programs refuse 126 and above.)
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f"the guest exited with code {self.code}"


class OutputLimitError(WasmtimeError):
    """A guest wrote more than WasiConfig, or run(), lets its stdout or stderr capture. What fits is kept.

    `stream` is "stdout" or "stderr".
    """

    stream: str = ""
    #: What run() has of the guest, until it was stopped. None elsewhere.
    result: CompletedProgram | None = None


def error_of(address: int, kind: type[WasmtimeError] = WasmtimeError) -> WasmtimeError:
    """The exception for a native error, which is deleted."""
    from wasmtime_gen._trap import take_error

    return take_error(address, kind)
