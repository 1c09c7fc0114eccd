"""The exceptions of the package `wasmtime`, and how those of wasmtime_gen become these.

There, a Trap is no WasmtimeError, and an ExitTrap is one; so `except` clauses work as they were written.
"""

from __future__ import annotations

import functools
from enum import Enum

from wasmtime_capi import wasmtime_trap_code_enum

import wasmtime_gen as core
from wasmtime_gen._trap import _text, _trap_message
from wasmtime_gen.compat.wasmtime._managed import Managed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import EnumMeta
    from typing import Any, ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

_SHORTER = {"UNREACHABLE_CODE_REACHED": "UNREACHABLE"}


def _code_name(name: str) -> str:
    short = name.removeprefix("WASMTIME_TRAP_").removeprefix("CODE_")
    return _SHORTER.get(short, short)


if TYPE_CHECKING:

    class _Codes(EnumMeta):
        def __getattr__(cls, name: str) -> TrapCode: ...

    class TrapCode(Enum, metaclass=_Codes):
        """Why a guest trapped."""

else:
    #: Why a guest trapped.
    TrapCode = Enum("TrapCode", {_code_name(each.name): each.value for each in wasmtime_trap_code_enum})


class WasmtimeError(Exception, Managed):
    """What the library refuses, and what went wrong otherwise."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class ExitTrap(WasmtimeError):
    """A guest ended itself through WASI. `code` is its exit code."""

    code: int


class Frame(Managed):
    """One call of a guest's backtrace."""

    _core: core.Frame

    @property
    def func_index(self) -> int:
        """Which function of its module it is."""
        return self._core.function_index

    @property
    def func_name(self) -> str | None:
        """The name of the function, None if it has none."""
        return self._core.function

    @property
    def module_name(self) -> str | None:
        """The name of the module, None if it has none."""
        return self._core.module

    @property
    def module_offset(self) -> int:
        """The position in the module, in bytes."""
        return _offset(self._core.module_offset)

    @property
    def func_offset(self) -> int:
        """The position in the function, in bytes."""
        return _offset(self._core.function_offset)


class Trap(Exception, Managed):
    """A guest trapped. A host function may raise one."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self._message = message
        self._frames: tuple[core.Frame, ...] = ()
        self._code: int | None = None

    @property
    def message(self) -> str:
        """The library's text: the backtrace, and the cause."""
        return self._message

    @property
    def frames(self) -> list[Frame]:
        """The guest's calls, innermost first."""
        return [wrapped(Frame, frame) for frame in self._frames]

    @property
    def trap_code(self) -> TrapCode | None:
        """Why it happened; None for a trap that a host function made."""
        return None if self._code is None else TrapCode(self._code)

    def __str__(self) -> str:
        return self.message


def _offset(known: int | None) -> int:
    return 2**64 - 1 if known is None else known


def wrapped(kind: type[R], core_object: Any) -> R:
    """An object of one of these classes around one of wasmtime_gen."""
    made = kind.__new__(kind)
    made._core = core_object  # type: ignore[attr-defined]
    return made


def translating(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, which raises the exceptions of this package where wasmtime_gen raises its own."""

    @functools.wraps(function)
    def translated(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except core.WasmtimeError as error:
            raise translation(error) from error

    return translated


def translation(error: core.WasmtimeError) -> Exception:
    """What the package `wasmtime` raises in the place of this."""
    if isinstance(error, core.ClosedError):
        return ValueError(str(error))
    if isinstance(error, core.Exit):
        left = ExitTrap(f"Exited with i32 exit status {error.code}")
        left.code = error.code
        return left
    message = _native_message(error) if isinstance(error, core.Trap) else ""
    if isinstance(error, core.Trap) and (message or error.code is not None):
        trap = Trap(message or error.message)
        trap._frames, trap._code = error.frames, error.code
        return trap
    return WasmtimeError(str(error))


def _native_message(trap: core.Trap) -> str:
    """The library's whole text of a native trap, with the backtrace: wasmtime_gen's `message` is the cause."""
    native = trap._native
    return "" if native is None else _text(_trap_message, native.argument)
