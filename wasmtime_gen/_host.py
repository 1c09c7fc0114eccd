"""Being called by a guest: one native callback per host function.

A callback must never let an exception out: ctypes would return garbage. What becomes of it is in _failure.py.
"""

from __future__ import annotations

from _struct import Struct

from wasmtime_capi.cdata import c_uint8, c_void_p, callback_type, simple

from wasmtime_gen._entry import unsignalled
from wasmtime_gen._failure import enclosed, keep, traps
from wasmtime_gen._numbers import NUMBERS, PACK, READS, REFUSED, SIZE, WRITES, exact
from wasmtime_gen._tracing import paused, resumed
from wasmtime_gen._types.valtype import needs_check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._types.functype import FuncType

# A callback declares only the parameters that it reads: each costs 35 ns a call. The third is the address of the
# values; the first two are in its way, and bool is the type whose value costs least to make.
_bool = simple("?")
_BARE = callback_type(c_void_p)
_WITH_VALUES = callback_type(c_void_p, _bool, _bool, c_void_p)
_WITH_CALLER = callback_type(c_void_p, _bool, c_void_p, c_void_p)
_LIMIT = 64  # addresses to remember views for


def callback(
    function: Callable[..., Any], type_: FuncType, name: str, with_caller: bool = False, by_bits: bool = False
) -> Any:
    """The native callback for a host function, which must be kept alive as long as native code may call it.

    With `by_bits`, floats travel by their bits.
    """
    if is_checked(type_):
        from wasmtime_gen._checkedcall import callback_checked

        return callback_checked(function, type_, name, with_caller, by_bits)
    if by_bits:
        from wasmtime_gen._reinterpreting import by_bits as reinterpreted

        type_ = reinterpreted(type_)
    params, results = type_.params, type_.results
    if with_caller:
        return _WITH_CALLER(_general(function, type_, name, True))
    if not params and not results:
        return _BARE(unsignalled(_nothing(function, name)))
    if len(results) <= 1 and all(t.kind in NUMBERS for t in (*params, *results)):
        inputs, outputs = ([str(t.kind) for t in side] for side in (params, results))
        short = len(inputs) in (1, 2) and all(k in READS for k in inputs) and all(k in WRITES for k in outputs)
        return _WITH_VALUES(unsignalled((_by_views if short else _by_struct)(function, inputs, outputs, name)))
    return _WITH_CALLER(_general(function, type_, name, False))


def is_checked(type_: FuncType) -> bool:
    """Whether the callback for a type is one for the library's checked functions."""
    return needs_check((*type_.params, *type_.results))


def _nothing(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    def called() -> int | None:
        try:
            try:
                if (function() if not paused else resumed(function)) is not None:
                    raise _superfluous(name)
            except BaseException as error:
                return keep(error)
        except BaseException as last:
            traps.last = last
            if traps.top is not None:
                spare = traps.top
                traps.top = spare[1]
                return spare[0]  # type: ignore[no-any-return]
        return None

    return called


class _Views(dict):  # type: ignore[type-arg]
    """Typed views of the values at an address: one for each parameter, and one for the result.

    Addresses repeat, one for each depth of the stack, and looking one up costs less than making a view.
    """

    __slots__ = ("_formats", "_memory")

    def __init__(self, kinds: list[str]) -> None:
        self._memory = c_uint8 * (SIZE * len(kinds))
        self._formats = [READS[kind][0] for kind in kinds]

    def __missing__(self, address: int) -> tuple[Any, ...]:
        if len(self) >= _LIMIT:
            self.clear()
        view = memoryview(self._memory.from_address(address)).cast("B")
        made = self[address] = tuple(view.cast(format_) for format_ in self._formats)
        return made


def _by_views(function: Callable[..., Any], params: list[str], results: list[str], name: str) -> Callable[..., Any]:
    """One or two numbers in, at most one out: read and written through views, without a struct in between."""
    views = _Views(params + results)
    at_b = READS[params[1]][1] if len(params) == 2 else 0
    fix = _fixer(results, name)

    def called_1(_env: bool, _caller: bool, address: int) -> int | None:
        try:
            try:
                (a,) = views[address]
                if (function(a[0]) if not paused else resumed(function, a[0])) is not None:
                    raise _superfluous(name)
            except BaseException as error:
                return keep(error)
        except BaseException as last:
            traps.last = last
            if traps.top is not None:
                spare = traps.top
                traps.top = spare[1]
                return spare[0]  # type: ignore[no-any-return]
        return None

    def called_2(_env: bool, _caller: bool, address: int) -> int | None:
        try:
            try:
                a, b = views[address]
                if (function(a[0], b[at_b]) if not paused else resumed(function, a[0], b[at_b])) is not None:
                    raise _superfluous(name)
            except BaseException as error:
                return keep(error)
        except BaseException as last:
            traps.last = last
            if traps.top is not None:
                spare = traps.top
                traps.top = spare[1]
                return spare[0]  # type: ignore[no-any-return]
        return None

    def called_1_to_1(_env: bool, _caller: bool, address: int) -> int | None:
        try:
            try:
                a, result = views[address]
                value = function(a[0]) if not paused else resumed(function, a[0])
                try:
                    result[0] = value
                except REFUSED:
                    result[0] = fix(value)
            except BaseException as error:
                return keep(error)
        except BaseException as last:
            traps.last = last
            if traps.top is not None:
                spare = traps.top
                traps.top = spare[1]
                return spare[0]  # type: ignore[no-any-return]
        return None

    def called_2_to_1(_env: bool, _caller: bool, address: int) -> int | None:
        try:
            try:
                a, b, result = views[address]
                value = function(a[0], b[at_b]) if not paused else resumed(function, a[0], b[at_b])
                try:
                    result[0] = value
                except REFUSED:
                    result[0] = fix(value)
            except BaseException as error:
                return keep(error)
        except BaseException as last:
            traps.last = last
            if traps.top is not None:
                spare = traps.top
                traps.top = spare[1]
                return spare[0]  # type: ignore[no-any-return]
        return None

    return ((called_1, called_1_to_1), (called_2, called_2_to_1))[len(params) - 1][len(results)]


def _by_struct(function: Callable[..., Any], params: list[str], results: list[str], name: str) -> Callable[..., Any]:
    """Any numbers in, at most one out."""
    memory = c_uint8 * (SIZE * max(len(params), len(results)))
    place, unpack = memory.from_address, Struct("<" + "".join(PACK[kind] for kind in params)).unpack_from
    pack = Struct("<" + PACK[results[0]]).pack_into if results else None
    fix = _fixer(results, name)

    def called(_env: bool, _caller: bool, address: int) -> int | None:
        try:
            try:
                view = place(address)
                arguments = unpack(view)
                value = function(*arguments) if not paused else resumed(function, *arguments)
                if pack is not None:
                    try:
                        pack(view, 0, value)
                    except REFUSED:
                        pack(view, 0, fix(value))
                elif value is not None:
                    raise _superfluous(name)
            except BaseException as error:
                return keep(error)
        except BaseException as last:
            traps.last = last
            if traps.top is not None:
                spare = traps.top
                traps.top = spare[1]
                return spare[0]  # type: ignore[no-any-return]
        return None

    return called


def _fixer(results: list[str], name: str) -> Callable[[Any], Any]:
    """For what a fast path refuses: the number within the unsigned range too, or the error."""
    return lambda value: exact(results[0], value, f"the result of host function {name}()")


def _superfluous(name: str) -> TypeError:
    return TypeError(f"host function {name}() must return None: its type has no results")


def _general(function: Callable[..., Any], type_: FuncType, name: str, with_caller: bool) -> Callable[..., Any]:
    """Values of any type in and out, in the store of whoever calls, and the Caller in front if it is wanted."""
    from wasmtime_gen._caller import caller_at
    from wasmtime_gen._codec import Codec

    params, results = type_.params, type_.results
    place = (c_uint8 * (SIZE * max(len(params), len(results)))).from_address

    def role(position: int) -> str:
        number = f"result {position + 1}" if len(results) > 1 else "the result"
        return f"{number} of host function {name}()"

    decode, encode = Codec(params).read, Codec(results).write

    def called(_env: bool, calling: int, address: int | None) -> None:
        caller = caller_at(calling)
        try:
            store = caller._found()
            memory = place(address or 0)
            arguments = decode(store, memory)
            if with_caller:
                arguments = [caller, *arguments]
            values = function(*arguments) if not paused else resumed(function, *arguments)
            encode(store, memory, results_of(values, len(results), name), role)
        finally:
            caller._end()

    return enclosed(called)


def results_of(values: Any, count: int, name: str) -> Any:
    """What a host function returned, as a sequence of `count` values."""
    if count == 1:
        return (values,)
    if count == 0:
        if values is not None:
            raise _superfluous(name)
        return ()
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise TypeError(f"host function {name}() must return a sequence of {count} values, not {type(values).__name__}")
    found = tuple(values)
    if len(found) != count:
        raise TypeError(f"host function {name}() must return {count} values, not {len(found)}")
    return found
