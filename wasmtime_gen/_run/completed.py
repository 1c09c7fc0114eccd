"""What run() returns, and what it raises when that is asked to be checked."""

from __future__ import annotations

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._printable import printable
from wasmtime_gen._types.valtype import Value, assign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wasmtime_gen._trap import Trap

TRAPPED = 134  # what a shell tells of a program that has aborted
_LINES, _CHARACTERS = 10, 2000


class CompletedProgram(Value):
    """How a program ended, and what it wrote: what run() returns.

    >>> from wasmtime_gen import run
    >>> run(b'(module (func (export "_start") unreachable))').trap
    UnreachableTrap('wasm trap: wasm `unreachable` instruction executed')
    """

    __slots__ = __match_args__ = (
        "args",
        "returncode",
        "stdout",
        "stderr",
        "duration",
        "trap",
        "fuel_used",
        "peak_memory",
    )
    #: The program's arguments, the first of which is its own name.
    args: tuple[str, ...]
    #: The exit code, from 0 to 255: of a larger number the lowest 8 bits, as in Exit. It is 134 for a program that
    #: trapped or was stopped, as a shell tells of an abort; `trap` tells whether it was that.
    returncode: int
    #: What was written, if it was captured.
    stdout: bytes | None
    stderr: bytes | None
    #: The seconds that it ran, without the compiling.
    duration: float
    #: The trap that ended it, if one did.
    trap: Trap | None
    #: The fuel that it burnt, if `fuel` was given. Of a program that its timeout ended it is too low: a function counts
    #: in a register, which is lost where it is interrupted, however long it ran.
    fuel_used: int | None
    #: The bytes that its linear memories took together, when they were largest.
    peak_memory: int

    def __init__(
        self,
        args: tuple[str, ...],
        returncode: int,
        stdout: bytes | None,
        stderr: bytes | None,
        duration: float,
        trap: Trap | None,
        fuel_used: int | None,
        peak_memory: int,
    ) -> None:
        values = (args, returncode, stdout, stderr, duration, trap, fuel_used, peak_memory)
        for name, value in zip(self.__match_args__, values, strict=True):
            assign(self, name, value)

    def check_returncode(self) -> None:
        """Raise CalledProgramError unless the exit code is 0."""
        if self.returncode:
            raise CalledProgramError(self) from self.trap

    def __repr__(self) -> str:
        shown = [f"{name}={getattr(self, name)!r:.100}" for name in self.__match_args__]
        return f"CompletedProgram({', '.join(shown)})"

    __str__ = __repr__


class CalledProgramError(WasmtimeError):
    """A program that run() was to check ended with another exit code than 0. The text has the last lines of stderr.

    `result` is its CompletedProgram, of which `returncode`, `stdout`, `stderr` and `trap` can be read here too.
    """

    def __init__(self, result: CompletedProgram) -> None:
        super().__init__(result)
        self.result = result

    @property
    def returncode(self) -> int:
        return self.result.returncode

    @property
    def stdout(self) -> bytes | None:
        return self.result.stdout

    @property
    def stderr(self) -> bytes | None:
        return self.result.stderr

    @property
    def trap(self) -> Trap | None:
        return self.result.trap

    def __str__(self) -> str:
        result = self.result
        ended = f"exited with code {result.returncode}" if result.trap is None else f"trapped: {result.trap}"
        lines = (result.stderr or b"")[-4 * _CHARACTERS :].decode(errors="replace")[-_CHARACTERS:].splitlines()
        tail = "".join([f"\n  {printable(line.expandtabs())}" for line in lines[-_LINES:]])
        return f"{result.args[0]} {ended}{tail and f'{chr(10)}The end of its stderr:{tail}'}"
