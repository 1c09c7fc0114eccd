"""Calling a guest: one closure per function, over arguments that are made once.

A ctypes call is fastest with ready-made argument objects in a constant tuple and no argtypes. Numbers are written
through a memoryview (up to two) or one struct (more), into a buffer of 16 bytes a value that belongs to the function.
Who has the store's turn (_turn.py) has the buffer too; a re-entrant call brings a buffer of its own.
"""

from __future__ import annotations

from ctypes import byref, c_size_t, c_ubyte, c_void_p
from struct import Struct

from wasmtime_gen._codec import Codec
from wasmtime_gen._host import failure
from wasmtime_gen._numbers import NUMBERS, PACK, READS, REFUSED, SIZE, STRUCTS, WRITES, exact
from wasmtime_gen._raw import raw
from wasmtime_gen._refs import Loan
from wasmtime_gen._turn import leave, reenters, uses_turn, within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._store import Store
    from wasmtime_gen._types import FuncType

_native_call = raw("wasmtime_func_call_unchecked", c_void_p)


def bare_call(store: Store, function: Any, type_: FuncType, name: str) -> Callable[..., Any]:
    """The closure that calls `function`, a wasmtime_func_t, with values of its type and no store argument."""
    signature = _Signature(store, function, type_, name)
    made = _numeric(store, signature) if signature.is_numeric else _general(store, signature)
    made.__name__ = made.__qualname__ = name  # Python's own errors about the number of arguments name the function
    uses_turn(made.__code__)
    return made


_packers: dict[str, Callable[..., None]] = {}


def _packer(layout: str) -> Callable[..., None]:
    """Modules have many functions of few types."""
    return _packers.get(layout) or _packers.setdefault(layout, Struct(layout).pack_into)


class _Buffer:
    """The memory of one call: arguments and results, the trap's slot, and the native call's own arguments."""

    __slots__ = ("arguments", "bytes", "trap", "view")

    def __init__(self, store: Store, function: Any, count: int) -> None:
        self.bytes = (c_ubyte * (SIZE * max(count, 1)))()
        self.view = memoryview(self.bytes).cast("B")
        self.trap = c_void_p()
        # What from_param() and byref() make is passed on as it is, and byref() keeps its object alive: the tuple alone
        # owns everything that native code writes to.
        context, size = c_void_p.from_param(store._address), c_size_t.from_param(count)
        self.arguments = (context, byref(function), byref(self.bytes), size, byref(self.trap))


class _Signature:
    """One function's type, and the call that handles all of it: re-entrant, with references, with exact errors."""

    def __init__(self, store: Store, function: Any, type_: FuncType, name: str) -> None:
        self.store = store
        self.function = function
        self.name = name
        self.params = type_.params
        self.results = type_.results
        self.count = max(len(self.params), len(self.results))
        self.codecs: tuple[Codec, Codec] | None = None
        few = len(self.results) <= 1 and all(t.kind in READS for t in self.results)
        self.is_numeric = few and all(t.kind in NUMBERS for t in self.params)

    def buffer(self) -> _Buffer:
        return _Buffer(self.store, self.function, self.count)

    def again(self, *args: Any) -> Any:
        """The store's turn was taken: call within what has it, if that is this thread, in a buffer of its own."""
        me: list[None] = []
        turn = self.store._turn
        try:
            while turn.setdefault(0, me) is not me:
                if reenters(turn):
                    return within(turn, self.run, self.buffer(), args)
            return self.run(self.buffer(), args)
        finally:
            leave(turn, me)

    def run(self, buffer: _Buffer, args: tuple[Any, ...]) -> Any:
        """Call with arguments of any type. Whoever calls this has the store's turn."""
        self.check_count(args)
        if self.codecs is None:  # most functions take numbers only, and are called once at a time
            self.codecs = Codec(self.params, self.role), Codec(self.results, self.role)
        params, results = self.codecs
        loan = Loan()
        try:
            params.write(self.store, buffer.bytes, args, loan)
            error = _native_call(*buffer.arguments)
            if error or buffer.trap:
                raise failure(error, buffer.trap)
            values = results.read(self.store, buffer.bytes, loan)
        finally:
            loan.end()
        return (values[0] if values else None) if len(values) < 2 else tuple(values)

    def rewrite(self, memory: Any, *args: Any) -> None:
        """Write numbers that a fast path has refused: of i32's and i64's unsigned range too, or raise what says why."""
        self.check_count(args)
        for position, type_ in enumerate(self.params):
            number = exact(type_.kind, args[position], self.role(position))
            STRUCTS[type_.kind].pack_into(memory, position * SIZE, number)

    def check_count(self, args: tuple[Any, ...]) -> None:
        if len(args) != len(self.params):
            types = ", ".join(map(str, self.params))
            raise TypeError(f"{self.name}() takes {len(self.params)} arguments ({types}), got {len(args)}")

    def role(self, position: int) -> str:
        return f"{self.name}(): argument {position + 1}"


def _general(store: Store, signature: _Signature) -> Callable[..., Any]:
    buffer, turn, again, run = signature.buffer(), store._turn, signature.again, signature.run
    claim, trap = turn.setdefault, buffer.trap

    def call(*args: Any) -> Any:
        me: list[None] = []
        try:
            if claim(0, me) is me:
                value = run(buffer, args)
                del turn[0]
                return value
        except BaseException:  # no calls here: one may fail at the limit of recursion
            if trap:
                trap.value = None
            if 0 in turn and turn[0] is me:
                del turn[0]
            raise
        return again(*args)

    return call


def _numeric(store: Store, signature: _Signature) -> Callable[..., Any]:
    """Numbers in, at most one number out: the same call with three ways to write the arguments."""
    buffer, turn, again = signature.buffer(), store._turn, signature.again
    native, arguments, trap = _native_call, buffer.arguments, buffer.trap
    claim = turn.setdefault
    kinds = [t.kind for t in signature.params]
    result: Any = buffer.view.cast(READS[signature.results[0].kind][0]) if signature.results else (None,)
    views = [buffer.view.cast(WRITES[kind][0]) for kind in kinds if kind in WRITES]
    memory, rewrite = buffer.bytes, signature.rewrite

    def call_0() -> Any:
        me: list[None] = []
        try:
            if claim(0, me) is me:
                error = native(*arguments)
                if error or trap:
                    raise failure(error, trap)
                value = result[0]
                del turn[0]
                return value
        except BaseException:  # no calls here: one may fail at the limit of recursion
            if trap:
                trap.value = None
            if 0 in turn and turn[0] is me:
                del turn[0]
            raise
        return again()

    def call_1(a: Any, /) -> Any:
        me: list[None] = []
        try:
            if claim(0, me) is me:
                try:
                    view_a[0] = a
                except REFUSED:
                    rewrite(memory, a)
                error = native(*arguments)
                if error or trap:
                    raise failure(error, trap)
                value = result[0]
                del turn[0]
                return value
        except BaseException:  # no calls here: one may fail at the limit of recursion
            if trap:
                trap.value = None
            if 0 in turn and turn[0] is me:
                del turn[0]
            raise
        return again(a)

    def call_2(a: Any, b: Any, /) -> Any:
        me: list[None] = []
        try:
            if claim(0, me) is me:
                try:
                    view_a[0] = a
                    view_b[at_b] = b
                except REFUSED:
                    rewrite(memory, a, b)
                error = native(*arguments)
                if error or trap:
                    raise failure(error, trap)
                value = result[0]
                del turn[0]
                return value
        except BaseException:  # no calls here: one may fail at the limit of recursion
            if trap:
                trap.value = None
            if 0 in turn and turn[0] is me:
                del turn[0]
            raise
        return again(a, b)

    def call_n(*args: Any) -> Any:
        me: list[None] = []
        try:
            if claim(0, me) is me:
                try:
                    pack(memory, 0, *args)
                except REFUSED:
                    rewrite(memory, *args)
                error = native(*arguments)
                if error or trap:
                    raise failure(error, trap)
                value = result[0]
                del turn[0]
                return value
        except BaseException:  # no calls here: one may fail at the limit of recursion
            if trap:
                trap.value = None
            if 0 in turn and turn[0] is me:
                del turn[0]
            raise
        return again(*args)

    if not kinds:
        return call_0
    if len(views) != len(kinds) or len(kinds) > 2:
        pack = _packer("<" + "".join(PACK[kind] for kind in kinds))
        return call_n
    view_a, view_b, at_b = views[0], views[-1], WRITES[kinds[-1]][1]
    return call_1 if len(kinds) == 1 else call_2


uses_turn(_Signature.again.__code__)
