"""The elements of a table: closures for the frequent cases, and a longer way for everything else.

A closure knows the functions that it has read and set, so that these cost no new object. Its memory belongs to who has
the store's turn (_turn.py); what is re-entrant, or new to it, or wrong, takes the longer way with memory made for it.
"""

# ruff: noqa: F841 - the variable `free` is a cell of other closures too
from __future__ import annotations

from _operator import index as to_index

from wasmtime_capi.cdata import byref, c_uint64

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._numbers import unsigned
from wasmtime_gen._raw import Val, raw, ready
from wasmtime_gen._trap import take_error
from wasmtime_gen._turn import accesses, accessing, bound, guarded, stale
from wasmtime_gen._types.valtype import needs_check
from wasmtime_gen._value import CODES, NativeValue, function_argument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from wasmtime_gen._store import Store
    from wasmtime_gen._types.valtype import ValType

_get = ready.wasmtime_table_get
_set = ready.wasmtime_table_set
_size = ready.wasmtime_table_size
_KEPT = 1000  # functions to remember, of each table


class TableAccess:
    """A table as its closures see it. They must not refer to the Table, which refers to them."""

    __slots__ = ("_element", "_given", "_known", "_name", "_ready", "_record", "_store", "_value")

    def __init__(self, store: Store, record: Any, element: ValType, name: str) -> None:
        self._store = store
        self._record = record
        self._element = element
        self._name = name
        self._value = NativeValue(element)
        #: The arguments to read an element, by its index: a dict finds them faster than a number is converted.
        self._ready: dict[int, tuple[Any, ...]] = {}
        #: What was read, by the second word of the function.
        self._known: dict[int, Any] = {}
        #: What was set, by its id, each with itself and the value as an argument of native calls.
        self._given: dict[int, tuple[Any, Any]] = {}

    def getter(self) -> Callable[[Any], Any]:
        """The closure that reads what an index or a slice names."""
        if self._element.top != "func":
            return self._get_any
        cells = {
            "again": self._get_any,
            "known": self._known,
            "ready": self._ready,
            "words": memoryview(self._value.memory).cast("B").cast("Q"),
        }
        return bound(_GET, globals(), self._store._turn, **cells)

    def setter(self) -> Callable[[Any, Any], None]:
        """The closure that sets what an index or a slice names."""
        if self._element.nullable:
            self._given[id(None)] = None, byref(Val(CODES[self._element.top or ""]))
        cells = {
            "again": self._set_any,
            "context": self._store._context,
            "given": self._given,
            "ready": self._ready,
            "record": self._record,
        }
        return bound(_SET, globals(), self._store._turn, **cells)

    def size(self) -> int:
        """The number of elements."""
        return accessing(self._store, self._count)

    def _count(self) -> int:
        return _size(self._store._context, self._record)  # type: ignore[no-any-return]

    def _get_any(self, key: Any) -> Any:
        if isinstance(key, slice):
            return accessing(self._store, self._read, range(*key.indices(self.size())))
        return accessing(self._store, self._read_one, self._checked_index(key))

    def _set_any(self, key: Any, value: Any) -> None:
        if isinstance(key, slice):
            values, positions = list(value), range(*key.indices(self.size()))
            if len(values) != len(positions):
                raise ValueError(
                    f"a slice of {len(positions)} elements of table {self._name!r} cannot be set to {len(values)} "
                    "values: a table has a fixed order, so both must be as many"
                )
            accessing(self._store, self._write, positions, values)
        else:
            accessing(self._store, self._write, (self._checked_index(key),), (value,))

    def _checked_index(self, key: Any) -> int:
        try:
            position = to_index(key)
        except TypeError:
            raise TypeError(f"the index of a table must be an int or a slice, not {type(key).__name__}") from None
        size = self.size()
        if not -size <= position < size:
            raise IndexError(f"index {position} is out of range: table {self._name!r} has {size} elements")
        if len(self._ready) >= _KEPT:
            self._ready.clear()
        if position >= 0:  # for ever: a table never shrinks
            number = c_uint64.from_param(position)
            self._ready[position] = self._store._context, self._record, number, self._value.argument
        return position % size

    def _read(self, positions: Sequence[int]) -> list[Any]:
        return [self._read_one(position) for position in positions]

    def _read_one(self, position: int) -> Any:
        value, known = NativeValue(self._element), self._known
        _get(self._store._context, self._record, c_uint64(position), value.argument)
        word = value.memory[2]
        if self._element.top != "func" or not value.memory[1]:
            return value.read(self._store)
        found = known.get(word)
        if found is None:
            if len(known) >= _KEPT:
                known.clear()
            found = known[word] = value.read(self._store)
        return found

    def _write(self, positions: Sequence[int], values: Sequence[Any]) -> None:
        native, role = NativeValue(self._element), f"the element for table {self._name!r}"
        for value in values:
            native.check(self._store, value, role)
        before: list[Any] = []  # for what only the library can refuse
        try:
            for position, value in zip(positions, values, strict=True):
                if len(values) > 1 and needs_check((self._element,)):
                    before.append(self._read_one(position))
                self._put(native, position, value, role)
        except TypeError:
            for position, value in zip(positions, before, strict=False):
                self._put(native, position, value, role)
            raise
        if len(values) == 1 and self._element.top == "func" and value is not None:
            if len(self._given) >= _KEPT:
                self._given.clear()
            self._given[id(value)] = value, function_argument(value)

    def _put(self, native: NativeValue, position: int, value: Any, role: str) -> None:
        native.given(self._store, _set, value, role, self._store._context, self._record, c_uint64(position))

    def grow(self, delta: int, value: Any) -> int:
        """Append elements; returns the size before."""
        return guarded(self._store, self._grow, unsigned(delta, 64, "delta"), value)

    def _grow(self, delta: int, value: Any) -> int:
        native, before = NativeValue(self._element), c_uint64()

        def grow(argument: Any) -> int | None:
            return raw.wasmtime_table_grow(self._store._address, self._record, delta, argument, byref(before))  # type: ignore[no-any-return]

        try:
            native.given(self._store, grow, value, "value")
        except WasmtimeError as error:
            if type(error) is not WasmtimeError:
                raise
            raise WasmtimeError(
                f"table {self._name!r} of {self._count()} elements cannot grow by {delta}: {error}"
            ) from None
        return before.value

    def fill(self, value: Any, start: int, count: int | None) -> None:
        """Set a run of elements."""
        first = unsigned(start, 64, "start")
        size = self.size()
        many = max(size - first, 0) if count is None else unsigned(count, 64, "count")
        if first + many > size:
            raise IndexError(
                f"{many} elements from {first} on are out of range: table {self._name!r} has {size} elements"
            )
        accessing(self._store, self._fill, range(first, first + many), value)

    def _fill(self, positions: Sequence[int], value: Any) -> None:
        native = NativeValue(self._element)
        context, record, position = self._store._context, self._record, c_uint64()

        def fill(argument: Any) -> int | None:
            error = None
            for number in positions:
                position.value = number
                error = _set(context, record, position, argument)
                if error:
                    break
            return error

        native.given(self._store, fill, value, "value")


def _closures() -> tuple[Any, ...]:
    none: Any = None
    free = again = known = ready = words = given = context = record = none

    def get(index: Any) -> Any:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            # A float finds the arguments of the integer that it is equal to.
            if type(index) is int and _get(*ready[index]):
                value = known[words[2]] if words[1] else None
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                return value
            mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except Exception:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        return again(index)

    def put(index: Any, value: Any) -> None:
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False  # noqa: E702  # fmt: skip
            _, argument = given[id(value)]
            if type(index) is int:
                error = _set(context, record, ready[index][2], argument)
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
                if not error:
                    return
                take_error(error)
            else:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except Exception:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
        except BaseException:
            if mine is not None:
                mine.idle = True; mine, free = None, mine  # noqa: E702  # fmt: skip
            raise
        again(index, value)

    return get.__code__, put.__code__


_GET, _SET = map(accesses, _closures())
