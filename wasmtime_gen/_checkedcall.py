"""Calls with references that the library has to check and to root: only it knows which types are subtypes of which.

They pass values as wasmtime_val_t, and so do the host functions of such types. Loaded when there is one.
"""

from __future__ import annotations

from wasmtime_capi.cdata import byref, c_size_t, c_void_p, callback_type, simple

from wasmtime_gen._caller import caller_at
from wasmtime_gen._failure import enclosed, failure
from wasmtime_gen._host import results_of
from wasmtime_gen._raw import Val, ready
from wasmtime_gen._refs import unroot
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
_bool = simple("?")
_Callback = callback_type(c_void_p, _bool, c_void_p, c_void_p, _bool, c_void_p, _bool)
_LIMIT = 64  # addresses to remember values at


class Values:
    """Memory for values of these types, used with the turn of the store that they belong to."""

    __slots__ = ("arguments", "memory", "values")

    def __init__(self, types: Sequence[ValType], by_bits: bool = False, memory: Any = None) -> None:
        """`memory` are so many wasmtime_val_t, new ones if it is None."""
        self.memory = (Val * max(len(types), 1))() if memory is None else memory
        self.values = [NativeValue(t, self.memory[i], by_bits) for i, t in enumerate(types)]
        #: What native calls take: where they are, and how many.
        self.arguments = byref(self.memory), c_size_t.from_param(len(types))
        if memory is None:
            for value in self.values:
                value.begin()

    def write(self, store: Store, given: Sequence[Any], role: Callable[[int], str]) -> None:
        """Put values here; call clear() when the library has taken them."""
        for position, value in enumerate(self.values):
            value.write(store, given[position], role(position))

    def write_numbers(self, given: Sequence[Any], role: Callable[[int], str]) -> None:
        """Put the numbers of these values here."""
        for position, value in enumerate(self.values):
            if value.type.heap is None:
                value.write_number(given[position], role(position))

    def give(self, store: Store, given: Sequence[Any], role: Callable[[int], str]) -> None:
        """Put values into memory that the library will take them from."""
        for value in self.values:
            value.begin()
        try:
            self.write(store, given, role)
        except BaseException:
            self.clear()
            raise

    def read(self, store: Store) -> list[Any]:
        """The values that the library has put here, which are let go."""
        return [value.read(store) for value in self.values]

    def lent(self, store: Store) -> list[Any]:
        """The values that the library has put here, which stay its own."""
        return [value.lent(store) for value in self.values]

    def clear(self) -> None:
        """Let go what is here."""
        for value in self.values:
            value.clear()


def call_checked(store: Store, function: Any, plan: Plan, role: Callable[[int], str], args: tuple[Any, ...]) -> Any:
    """Call with the store's turn. Raises TypeError for a reference that the library finds to be of another type."""
    try:
        memory = plan.spares.pop()
    except IndexError:
        memory = plan.values()
    (params, results), trap = memory, c_void_p()
    try:
        params.write(store, args, role)
        error = quiet(_func_call)(store._context, function, *params.arguments, *results.arguments, byref(trap))
        if error or trap:
            raise _refused(failure(error, trap, store), bool(error), plan, args, role)
        values = results.read(store)
    finally:
        params.clear()
        results.clear()
    plan.spares.append(memory)
    return tuple(values) if len(values) > 1 else values[0] if values else None


def cells_of(store: Store, function: Any, params: Values, results: Values, result: str, trap: Any) -> dict[str, Any]:
    """What the code of a closure calls this function with, in this memory. `result` is the last letter of its form."""
    table, view, read = store._externrefs, memoryview(params.memory).cast("B"), memoryview(results.memory).cast("B")
    return {
        "arguments": (store._context, function, *params.arguments, *results.arguments, byref(trap)),
        "checked": _func_call,
        "find": table.found,
        "lend": table.root,
        "read": read.cast("Q" if result in "0x" else result),  # type: ignore[call-overload]
        "result": results.values[0].reference if results.values else None,
        "roots": [value.reference for value in params.values],
        "unroot": unroot,
        "words": view.cast("Q"),
        **{f"view_{format_}": view.cast(format_) for format_ in "iqfd"},  # type: ignore[call-overload]
    }


def _refused(
    found: BaseException, by_library: bool, plan: Plan, args: tuple[Any, ...], role: Callable[[int], str]
) -> BaseException:
    """What to raise for what was found. Not a variable of who raises it, which would be a cycle with its traceback."""
    return _misfit(plan.type.params, args, role) if by_library and is_misfit(found) else found


def _misfit(types: Sequence[ValType], args: tuple[Any, ...], role: Callable[[int], str]) -> TypeError:
    """What tells which argument was refused: the first whose type is another one, as far as the C API tells types."""
    suspects = [i for i, t in enumerate(types) if t.is_ref and t.top != "extern" and args[i] is not None]
    other = [i for i in suspects if getattr(args[i], "type", None) not in (types[i].heap, types[i])]
    position = (other or suspects)[0]
    return misfit(types[position], args[position], role(position))


class _Places(dict):  # type: ignore[type-arg]
    """Values by the address that the library hands to callbacks. Addresses repeat, one for each depth of the stack."""

    __slots__ = ("_by_bits", "_memory", "_types")

    def __init__(self, types: Sequence[ValType], by_bits: bool) -> None:
        self._types = types
        self._by_bits = by_bits
        self._memory: Any = (Val * len(types)).from_address if types else lambda _: None

    def __missing__(self, address: int | None) -> Values:
        if len(self) >= _LIMIT:
            self.clear()
        made = self[address] = Values(self._types, self._by_bits, self._memory(address))
        return made


def callback_checked(
    function: Callable[..., Any], type_: FuncType, name: str, with_caller: bool, by_bits: bool
) -> Callable[..., Any]:
    """The native callback for a host function of such a type."""
    count = len(type_.results)
    params, results = _Places(type_.params, by_bits), _Places(type_.results, by_bits)

    def role(position: int) -> str:
        number = f"result {position + 1}" if count > 1 else "the result"
        return f"{number} of host function {name}()"

    def called(_env: bool, calling: int, given: int | None, _given: bool, wanted: int | None, _wanted: bool) -> None:
        caller = caller_at(calling)
        try:
            store = caller._found()
            found = params[given].lent(store)
            if with_caller:
                found = [caller, *found]
            values = function(*found) if not paused else resumed(function, *found)
            results[wanted].give(store, results_of(values, count, name), role)
        finally:
            caller._end()

    return _Callback(enclosed(called))
