"""Calling a guest: one closure per function, over arguments that are made once.

A ctypes call is fastest with ready-made argument objects in a constant tuple and no argtypes. Numbers are written
through a memoryview (up to two) or one struct (more), into a buffer of 16 bytes a value that belongs to the function.
Who has the store's turn (_turn.py) has the buffer too; a re-entrant call brings a buffer of its own. The closures
differ in their parameters alone, so they are made from one text: *args would cost 20 ns a parameter.
"""

from __future__ import annotations

from ctypes import byref, c_size_t, c_ubyte, c_void_p
from struct import Struct

from wasmtime_gen._codec import Codec
from wasmtime_gen._host import failure
from wasmtime_gen._numbers import NUMBERS, PACK, READS, REFUSED, SIZE, STRUCTS, WRITES, exact
from wasmtime_gen._raw import raw
from wasmtime_gen._refs import Loan
from wasmtime_gen._turn import reenters, uses_turn, within

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
    made = _bind(store, signature)
    made.__name__ = made.__qualname__ = name  # Python's own errors about the number of arguments name the function
    uses_turn(made.__code__)
    return made


class _Buffer:
    """The memory of one call: arguments and results, the trap's slot, and the native call's own arguments."""

    __slots__ = ("arguments", "bytes", "loan", "trap", "view")

    def __init__(self, store: Store, function: Any, count: int) -> None:
        self.bytes = (c_ubyte * (SIZE * max(count, 1)))()
        self.view = memoryview(self.bytes).cast("B")
        self.trap = c_void_p()
        self.loan = Loan()
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
        self.is_numeric = all(t.kind in NUMBERS for t in (*self.params, *self.results))

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
            if 0 in turn and turn[0] is me:
                del turn[0]

    def run(self, buffer: _Buffer, args: tuple[Any, ...]) -> Any:
        """Call with arguments of any type. Whoever calls this has the store's turn."""
        if len(args) != len(self.params):
            self.check_count(args)
        if self.codecs is None:  # most functions take numbers only, and are called once at a time
            self.codecs = Codec(self.params, self.role), Codec(self.results, self.role)
        params, results = self.codecs
        loan = buffer.loan
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


def _bind(store: Store, signature: _Signature) -> Callable[..., Any]:
    """The call as a closure. One maker is compiled for each number of parameters, and serves all of that number."""
    buffer, turn = signature.buffer(), store._turn
    kinds, results = [t.kind for t in signature.params], signature.results
    write: Any
    read: Any
    views = [buffer.view.cast(WRITES[kind][0]) for kind in kinds if kind in WRITES]
    by_view = len(views) == len(kinds) <= 2
    if not signature.is_numeric:
        form, write, read = "any", buffer, signature.run
    else:
        form = f"{len(kinds)}{'view' * by_view}{'many' * (len(results) > 1)}"
        write = views if by_view else _struct(kinds).pack_into
        if len(results) > 1:
            read = _struct([t.kind for t in results]).unpack_from
        else:  # for no result a tuple stands in, so that both are read alike
            read = buffer.view.cast(READS[results[0].kind][0]) if results else (None,)
    make = _makers.get(form) or _makers.setdefault(form, _compile(form, len(kinds)))
    second = WRITES[kinds[1]][1] if by_view and len(kinds) == 2 else 0
    made: Callable[..., Any] = make(
        turn, turn.setdefault, buffer.arguments, buffer.trap, buffer.bytes, write, second, read, signature
    )
    return made


_CALL = """
def make(turn, claim, arguments, trap, memory, write, second, read, signature):
    again, rewrite = signature.again, signature.rewrite
    {views}
    def call({parameters}):
        me = []
        try:
            if claim(0, me) is me:
                {body}
                del turn[0]
                return value
        except BaseException:  # no calls here: one may fail at the limit of recursion
            if trap:
                trap.value = None
            if 0 in turn and turn[0] is me:
                del turn[0]
            raise
        return again({arguments})
    return call
"""
_NUMBERS = """try:
                    {write}
                except REFUSED:
                    rewrite(memory{also})
                error = native(*arguments)
                if error or trap:
                    raise failure(error, trap)
                value = {read}"""
_makers: dict[str, Callable[..., Any]] = {}
_structs: dict[str, Struct] = {}


def _struct(kinds: list[Any]) -> Struct:
    """Modules have many functions of few types."""
    layout = "<" + "".join(PACK[kind] for kind in kinds)
    return _structs.get(layout) or _structs.setdefault(layout, Struct(layout))


def _compile(form: str, count: int) -> Callable[..., Any]:
    """The maker of closures of one form: "any", or a number of parameters with "view" and "many"."""
    names = ["*args"] if form == "any" else [f"a{i}" for i in range(count)]
    also = "".join(f", {name}" for name in names)
    if form == "any":
        body = "value = read(write, args)"
    elif "view" in form:
        writes = ["view_0[0] = a0", "view_1[second] = a1"][:count] or ["pass"]
        body = _NUMBERS.format(write="; ".join(writes), also=also, read="read(memory)" if "many" in form else "read[0]")
    else:
        read = "read(memory)" if "many" in form else "read[0]"
        body = _NUMBERS.format(write=f"write(memory, 0{also})", also=also, read=read)
    views = f"{''.join(f'view_{i}, ' for i in range(count))}= write" if "view" in form and count else ""
    parameters = ", ".join(names if form == "any" or not names else [*names, "/"])
    source = _CALL.format(views=views, parameters=parameters, arguments=", ".join(names), body=body)
    scope: dict[str, Any] = {"native": _native_call, "failure": failure, "REFUSED": REFUSED}
    exec(compile(source, f"<call of a guest, {form}>", "exec"), scope)
    maker: Callable[..., Any] = scope["make"]
    return maker


uses_turn(_Signature.again.__code__)
