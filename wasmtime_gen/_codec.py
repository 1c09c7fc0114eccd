"""Values of any type between Python and raw memory: the parameters or the results of one function.

Numbers are packed by one struct. A reference to a function travels as its address, which is good as long as the store
lives. No other reference travels in this way (_checkedcall.py).
"""

from __future__ import annotations

from _struct import Struct

from wasmtime_capi.cdata import byref

from wasmtime_gen._errors import StoreMismatchError
from wasmtime_gen._handle import is_a
from wasmtime_gen._numbers import PACK, exact
from wasmtime_gen._raw import FUNC, raw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn, TypeAlias

    from wasmtime_gen._func import Func
    from wasmtime_gen._store import Store
    from wasmtime_gen._types.valtype import ValType

    Role: TypeAlias = Callable[[int], str]


_WORD = "Q8x"  # the address of a function


class Codec:
    """Writes and reads numbers, vectors and references to functions."""

    __slots__ = ("_functions", "_numbers", "_pack", "_unpack")

    def __init__(self, types: tuple[ValType, ...]) -> None:
        layout = Struct("<" + "".join(PACK.get(t.kind, _WORD) for t in types))
        self._pack, self._unpack = layout.pack_into, layout.unpack_from
        self._functions = [(i, t) for i, t in enumerate(types) if t.heap is not None]
        self._numbers = [(i, t.kind) for i, t in enumerate(types) if t.heap is None]

    def write(self, store: Store, memory: Any, values: Sequence[Any], role: Role) -> None:
        """Put the values into raw memory. Raises TypeError or OverflowError for the first that does not fit.

        `role` begins the sentence of an error about the value at a position.
        """
        words = list(values)
        for i, kind in self._numbers:
            words[i] = exact(kind, values[i], role(i))
        for i, type_ in self._functions:
            words[i] = _word(store, type_, words[i], role(i))
        self._pack(memory, 0, *words)

    def read(self, store: Store, memory: Any) -> list[Any]:
        """The values in raw memory that a guest has written."""
        values = list(self._unpack(memory))
        for i, _ in self._functions:
            values[i] = _function(store, values[i])
        return values


def _word(store: Store, type_: ValType, value: Any, role: str) -> int:
    if value is None and type_.nullable:
        return 0
    if value is not None and type_.heap != "nofunc":
        return raw.wasmtime_func_to_raw(store._address, own_function(store, type_, value, role)._record) or 0
    refuse_reference(type_, value, role)


def _function(store: Store, word: int) -> Any:
    if not word:
        return None
    from wasmtime_gen._extern import item_from_native, new_extern

    extern = new_extern(FUNC)
    raw.wasmtime_func_from_raw(store._address, word, byref(extern, 8))
    return item_from_native(store, extern, "function")


def refuse_reference(type_: ValType, value: Any, role: str) -> NoReturn:
    """Raise the TypeError for a value that no reference of this type can be made of."""
    wanted = "None" if type_.nullable else "a reference"
    raise TypeError(f"{role} must be {wanted} for {type_}, not {type(value).__name__}")


def own_function(store: Store, type_: ValType, value: Any, role: str) -> Func:
    """`value`, if it is a function of this store: another's would end the process. Its type is not looked at: whether
    that is a subtype only the library knows.
    """
    from wasmtime_gen._func import Func

    if not is_a(value, Func):
        raise TypeError(f"{role} must be a Func for {type_}, not {type(value).__name__}")
    if value._store is not store:
        raise StoreMismatchError(f"{role} is a Func of another Store: a funcref works only in its own store")
    return value
