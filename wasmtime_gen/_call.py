"""Calling a guest: one closure per function, over arguments that are made once.

A ctypes call is fastest with ready-made argument objects in a constant tuple and no argtypes. Numbers are written
through a memoryview (up to two) or one struct (more), into a buffer of 16 bytes a value that belongs to the function.
Who has the store's turn (_turn.py) has the buffer too. A first call, which is the only one of most functions, a
re-entrant one, and one with values that a closure refuses, take the longer way of Call._run().
"""

from __future__ import annotations

from ctypes import byref, c_void_p

from wasmtime_gen._numbers import READS, REFUSED, SIZE, STRUCTS, WRITES, exact
from wasmtime_gen._plan import SCOPE, Plan, native_call
from wasmtime_gen._failure import failure
from wasmtime_gen._turn import bound, uses_turn, within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._refs import Loan
    from wasmtime_gen._store import Store


class _Buffer:
    """The memory of one call: arguments and results, the trap's slot, and the native call's own arguments."""

    __slots__ = ("arguments", "loan", "memory", "trap")

    def __init__(self, store: Store, function: Any, plan: Plan) -> None:
        memory = self.memory = plan.memory()
        trap = self.trap = c_void_p()
        self.loan: Loan | None = None
        # What byref() makes is passed on as it is, and keeps its object alive: the tuple alone owns everything that
        # native code writes to.
        self.arguments = (store._context, byref(function), byref(memory), plan.size, byref(trap))


class Call:
    """One function of one store, and the call that handles everything: re-entry, any values, exact errors."""

    __slots__ = ("_spares", "function", "name", "plan", "store")

    def __init__(self, store: Store, function: Any, plan: Plan, name: str) -> None:
        self.store = store
        self.function = function
        self.plan = plan
        self.name = name
        self._spares: list[_Buffer] = []

    def first(self, *args: Any) -> Any:
        """Call without a closure."""
        turn = self.store._turn
        return turn.use(turn, within, self._run, args)

    def again(self, *args: Any) -> Any:
        """Call while the turn is taken: within another call of this thread, or raise what says why not."""
        turn = self.store._turn
        mine = turn.token if turn.reenters() else None  # tells uses further in of the one further out
        return self.first(*args) if mine is None else self._run(args)

    def _run(self, args: tuple[Any, ...]) -> Any:
        """Call with arguments of any type, in a buffer of its own. Whoever calls this has the store's turn."""
        plan = self.plan
        if len(args) != plan.arity:
            self._check_count(args)
        buffer = self._buffer()
        try:
            if not plan.is_numeric:
                return self._run_references(buffer, args)
            memory, trap = buffer.memory, buffer.trap
            try:
                plan.pack(memory, 0, *args)
            except REFUSED:
                self._rewrite(memory, *args)
            error = native_call(*buffer.arguments)
            if error or trap:
                raise failure(error, trap)
            values = plan.unpack(memory)
            return values if len(values) > 1 else values[0] if values else None
        finally:
            if buffer.trap:
                buffer.trap.value = None
            self._spares.append(buffer)

    def _buffer(self) -> _Buffer:
        return self._spares.pop() if self._spares else _Buffer(self.store, self.function, self.plan)

    def _run_references(self, buffer: _Buffer, args: tuple[Any, ...]) -> Any:
        from wasmtime_gen._codec import codecs_of
        from wasmtime_gen._refs import Loan

        params, results = codecs_of(self.plan.type)
        loan = buffer.loan
        if loan is None:
            loan = buffer.loan = Loan()
        try:
            params.write(self.store, buffer.memory, args, loan, self._role)
            error = native_call(*buffer.arguments)
            if error or buffer.trap:
                raise failure(error, buffer.trap)
            values = results.read(self.store, buffer.memory, loan)
        finally:
            loan.end()
        return tuple(values) if len(values) > 1 else values[0] if values else None

    def _rewrite(self, memory: Any, *args: Any) -> None:
        """Write numbers that a fast path has refused: of i32's and i64's unsigned range too, or raise what says why."""
        for position, kind in enumerate(self.plan.params):
            number = exact(kind, args[position], self._role(position))
            STRUCTS[kind].pack_into(memory, position * SIZE, number)

    def _check_count(self, args: tuple[Any, ...]) -> None:
        types = ", ".join(map(str, self.plan.type.params))
        raise TypeError(f"{self.name}() takes {self.plan.arity} arguments ({types}), got {len(args)}")

    def _role(self, position: int) -> str:
        return f"{self.name}(): argument {position + 1}"

    def closure(self) -> Callable[..., Any]:
        """The function that calls this one with values of its type and no store argument."""
        plan, buffer = self.plan, self._buffer()
        memory, kinds, results = buffer.memory, plan.params, plan.results
        view = memoryview(memory).cast("B")
        cells: dict[str, Any] = {"again": self.again, "arguments": buffer.arguments, "trap": buffer.trap}
        if not plan.is_numeric:
            cells["run"] = self._run
        else:
            cells.update(memory=memory, rewrite=self._rewrite, write=plan.pack)
            cells["read"] = plan.unpack
            if len(results) == 1:
                cells["read"] = view.cast(READS[results[0]][0])
            if plan.by_view:
                for position, kind in enumerate(kinds):
                    format_, items = WRITES[kind]
                    cells[f"view_{position}"] = view.cast(format_)
                    cells["second"] = items
        made = bound(plan.code, SCOPE, self.store._turn, **cells)
        made.__name__ = made.__qualname__ = self.name  # Python's own errors about the number of arguments name it
        return made


uses_turn(Call.again.__code__)
