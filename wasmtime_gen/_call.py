"""Calling a guest: one closure per function, over arguments that are made once.

A ctypes call is fastest with ready-made argument objects in a constant tuple and no argtypes. Numbers are written
through a memoryview (up to two) or one struct (more), into a buffer of 16 bytes a value that belongs to the function.
Who has the store's turn (_turn.py) has the buffer too. A first call, which is the only one of most functions, a
re-entrant one, and one with values of other types take the longer way of run(), in a frame that all stores share.
"""

from __future__ import annotations

from sys import getprofile, gettrace

from wasmtime_capi.cdata import byref, c_uint8, c_void_p

from wasmtime_gen._callcode import ANY, SCOPE, code_of, native_call
from wasmtime_gen._extern import CLASSES
from wasmtime_gen._failure import failure
from wasmtime_gen._func import Func, set_call
from wasmtime_gen._handle import set_class
from wasmtime_gen._numbers import REFUSED, SIZE, STRUCTS, exact
from wasmtime_gen._plan import plan_of
from wasmtime_gen._raw import FUNC, raw
from wasmtime_gen._stack import asked
from wasmtime_gen._tracing import quiet
from wasmtime_gen._turn import bound, guarded, uses_turn, within
from wasmtime_gen._types.reading import functype_from_native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._plan import Plan
    from wasmtime_gen._store import Store


class _Frame:
    """The memory of one call: arguments and results, the trap's slot, and both as arguments of the native call."""

    __slots__ = ("memory", "memory_argument", "trap", "trap_argument")

    def __init__(self, memory: Any) -> None:
        self.memory = memory
        self.trap = c_void_p()
        # What byref() makes is passed on as it is, and keeps its object alive.
        self.memory_argument = byref(memory)
        self.trap_argument = byref(self.trap)


_Memory = c_uint8 * (SIZE * 64)
_MOST = 64  # values in the memory of a spare frame
_spares: list[_Frame] = []  # of all stores: as many as calls were ever nested


def run(store: Store, function: Any, plan: Plan, name: str, args: tuple[Any, ...]) -> Any:
    """Call with arguments of any type. Whoever calls this has the store's turn, or is within what has it."""
    if len(args) != plan.arity:
        _check_count(plan, name, args)
    held = asked(store._turn)  # noqa: F841 - tells that a guest was entered
    if plan.count > _MOST:
        frame = _Frame(plan.memory())
    else:
        try:
            frame = _spares.pop()
        except IndexError:
            frame = _Frame(_Memory())
    memory, trap = frame.memory, frame.trap
    try:
        if not plan.is_numeric:
            return _run_references(store, function, plan, name, args, frame)
        try:
            plan.pack(memory, 0, *args)
        except REFUSED:
            _rewrite(plan, name, memory, *args)
        native = native_call if gettrace() is None and getprofile() is None else quiet(native_call)
        error = native(store._context, function, frame.memory_argument, plan.size, frame.trap_argument)
        if error or trap:
            raise failure(error, trap, store)
        values = plan.unpack(memory)
        return values if len(values) > 1 else values[0] if values else None
    except BaseException:
        trap.value = None
        raise
    finally:
        if plan.count <= _MOST:
            _spares.append(frame)


def _run_references(store: Store, function: Any, plan: Plan, name: str, args: tuple[Any, ...], frame: _Frame) -> Any:
    def role(position: int) -> str:
        return _role(name, position)

    if plan.is_checked:
        from wasmtime_gen._checkedcall import call_checked

        return call_checked(store, function, plan, role, args)
    params, results = plan.codecs
    params.write(store, frame.memory, args, role)
    error = quiet(native_call)(store._context, function, frame.memory_argument, plan.size, frame.trap_argument)
    if error or frame.trap:
        raise failure(error, frame.trap, store)
    values = results.read(store, frame.memory)
    return tuple(values) if len(values) > 1 else values[0] if values else None


def _rewrite(plan: Plan, name: str, memory: Any, *args: Any) -> None:
    """Write numbers that a fast path has refused: of i32's and i64's unsigned range too, or raise what says why."""
    for position, kind in enumerate(plan.params):
        if kind == "ref":
            continue
        number = exact(kind, args[position], _role(name, position))
        STRUCTS[kind].pack_into(memory, position * SIZE, number)


def _check_count(plan: Plan, name: str, args: tuple[Any, ...]) -> None:
    types = ", ".join(map(str, plan.type.params))
    raise TypeError(f"{_shown(name)}() takes {plan.arity} arguments ({types}), got {len(args)}")


def _role(name: str, position: int) -> str:
    return f"{_shown(name)}(): argument {position + 1}"


def _shown(name: str) -> str:
    """A function's name in messages: its guest has chosen it."""
    if len(name) < 100 and name.isprintable():
        return name
    from wasmtime_gen._printable import name_of

    return name_of(name)


class Call:
    """One function of one store, as the closure that calls it sees it."""

    __slots__ = ("function", "memory", "name", "plan", "store")

    def __init__(self, store: Store, function: Any, plan: Plan, name: str) -> None:
        self.store = store
        self.function = function
        self.plan = plan
        self.name = name
        self.memory: Any = None  # of the closure, if it has any

    def again(self, *args: Any) -> Any:
        """Call while the turn is taken: within another call of this thread, or raise what says why not."""
        turn = self.store._turn
        mine = turn.token if turn.reenters() else None  # tells uses further in of the one further out
        if mine is None:
            return turn.use(turn, within, self.run, args)
        return self.run(args)

    def run(self, args: tuple[Any, ...]) -> Any:
        """Call in a spare frame."""
        return run(self.store, self.function, self.plan, self.name, args)

    def rewrite(self, *args: Any) -> None:
        """Write numbers that the closure could not."""
        if self.plan.is_checked:
            self.memory[0].write_numbers(args, lambda position: _role(self.name, position))
        else:
            _rewrite(self.plan, self.name, self.memory, *args)

    def closure(self) -> Callable[..., Any]:
        """The function that calls this one with values of its type and no store argument."""
        plan, store, name, trap = self.plan, self.store, self.name, c_void_p()
        cells: dict[str, Any] = {"outer": self, "trap": trap}
        if plan.form != ANY and plan.is_checked:
            from wasmtime_gen._checkedcall import cells_of

            params, results = self.memory = plan.values()
            cells.update(cells_of(store, self.function, params, results, plan.form[-1], trap))
        elif plan.form != ANY:
            memory = self.memory = plan.memory()
            arguments = (store._context, self.function, byref(memory), plan.size, byref(trap))
            cells.update(plan.views(memory), arguments=arguments)
        made = bound(code_of(plan.form), SCOPE, store._turn, **cells)
        made.__name__ = made.__qualname__ = _shown(name)  # Python's own errors about the number of arguments name it
        return made


uses_turn(Call.again.__code__)


class Uncalled(Func):
    """A Func before its second call. Most functions of a big module are never called, or once: no closure is made."""

    __slots__ = ()

    def __call__(self, *args: Any) -> Any:
        plan, store = self._plan, self._store
        if plan is None:
            plans, turn = self._plans, store._turn
            plan = self._plan = (plans and plans.get(self._name)) or self._find_plan()
            return turn.use(turn, within, run, store, self._record, plan, self._name, args)
        made = self._closure()
        set_call(self, made)  # first: an interrupt between the two may leave it as it is, but not without
        set_class(self, Func)
        return made(*args)

    def _find_plan(self) -> Plan:
        plans = self._plans
        plan = plans.get(self._name) if plans is not None else None
        if plan is None:
            native = guarded(self._store, raw.wasmtime_func_type, self._store._address, self._record)
            try:
                type_ = functype_from_native(native)
            finally:
                raw.wasm_functype_delete(native)
            plan = plan_of(type_)
            # A reference may have another type where an import or export was given a subtype.
            if plans is not None and not any(t.is_ref for t in (*type_.params, *type_.results)):
                plans[self._name] = plan
        self._plan = plan
        return plan


Uncalled.__name__ = Uncalled.__qualname__ = "Func"
CLASSES[FUNC] = Uncalled
