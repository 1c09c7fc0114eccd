"""Calls whose references the library has to check: only it knows which types are subtypes of which.

They pass values as wasmtime_val_t, and so do the host functions of such types. Loaded when there is one.
"""

from __future__ import annotations

from wasmtime_capi.cdata import byref, c_size_t, c_void_p, callback_type, simple

from wasmtime_gen._caller import caller_at
from wasmtime_gen._failure import enclosed, failure
from wasmtime_gen._host import results_of
from wasmtime_gen._raw import Val, ready
from wasmtime_gen._tracing import paused, quiet, resumed
from wasmtime_gen._value import NativeValue, is_misfit, misfit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from wasmtime_gen._plan import Plan
    from wasmtime_gen._store import Store
    from wasmtime_gen._types.functype import FuncType
    from wasmtime_gen._types.valtype import ValType

_func_call = ready.wasmtime_func_call
_val_clone = ready.wasmtime_val_clone
_bool = simple("?")
_Callback = callback_type(c_void_p, _bool, c_void_p, c_void_p, c_size_t, c_void_p, c_size_t)


class Values:
    """Memory for values of these types, in a store whose turn is taken when it is used."""

    __slots__ = ("argument", "memory", "size", "values")

    def __init__(self, store: Store, types: Sequence[ValType], by_bits: bool = False) -> None:
        self.memory = (Val * max(len(types), 1))()
        self.values = [NativeValue(store, t, self.memory[i], by_bits) for i, t in enumerate(types)]
        self.argument = byref(self.memory)
        self.size = c_size_t.from_param(len(types))

    def write(self, given: Sequence[Any], role: Callable[[int], str]) -> None:
        """Put values here; call clear() when the library has taken them."""
        for position, value in enumerate(self.values):
            value.write(given[position], role(position))

    def read(self) -> list[Any]:
        """The values that the library has put here, which are let go."""
        return [value.read() for value in self.values]

    def clear(self) -> None:
        """Let go what is here."""
        for value in self.values:
            value.clear()


def call_checked(store: Store, function: Any, plan: Plan, role: Callable[[int], str], args: tuple[Any, ...]) -> Any:
    """Call with the store's turn. Raises TypeError for a reference that the library finds to be of another type."""
    types, by_bits, trap = plan.type, plan.layout is not plan.type, c_void_p()
    params, results = Values(store, types.params, by_bits), Values(store, types.results, by_bits)
    try:
        params.write(args, role)
        arguments = (params.argument, params.size, results.argument, results.size, byref(trap))
        error = quiet(_func_call)(store._context, function, *arguments)
        if error or trap:
            found = failure(error, trap, store)
            raise _misfit(types.params, args, role) if error and is_misfit(found) else found
        values = results.read()
    finally:
        params.clear()
        results.clear()
    return tuple(values) if len(values) > 1 else values[0] if values else None


def _misfit(types: Sequence[ValType], args: tuple[Any, ...], role: Callable[[int], str]) -> TypeError:
    """What tells which argument was refused: the first whose type is another one, as far as the C API tells types."""
    suspects = [i for i, t in enumerate(types) if t.is_ref and t.top != "extern" and args[i] is not None]
    other = [i for i in suspects if getattr(args[i], "type", None) not in (types[i].heap, types[i])]
    position = (other or suspects)[0]
    return misfit(types[position], args[position], role(position))


def callback_checked(
    function: Callable[..., Any], type_: FuncType, name: str, with_caller: bool, by_bits: bool
) -> Callable[..., Any]:
    """The native callback for a host function of such a type."""
    params, results = type_.params, type_.results
    size = len(params)

    def role(position: int) -> str:
        number = f"result {position + 1}" if len(results) > 1 else "the result"
        return f"{number} of host function {name}()"

    def called(_env: bool, calling: int, given: int | None, _given: int, wanted: int | None, _wanted: int) -> None:
        caller = caller_at(calling)
        try:
            store = caller._found()
            arguments, made = Values(store, params, by_bits), Values(store, results, by_bits)
            try:
                for position in range(size):  # they are the caller's, so have roots of our own
                    source = c_void_p((given or 0) + position * _SIZE)
                    _val_clone(source, byref(arguments.memory, position * _SIZE))
                found = arguments.read()
                if with_caller:
                    found = [caller, *found]
                values = function(*found) if not paused else resumed(function, *found)
                made.write(results_of(values, len(results), name), role)
                for position in range(len(results)):  # and what it is given is its own
                    memory = made.memory[position]
                    place: Any = Val.from_address((wanted or 0) + position * _SIZE)
                    place[:] = memory[:]
                    memory[1] = 0
            finally:
                arguments.clear()
                made.clear()
        finally:
            caller._end()

    return _Callback(enclosed(called))


_SIZE = 32  # bytes of a wasmtime_val_t
