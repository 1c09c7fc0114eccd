"""One value between Python and the library's wasmtime_val_t: what a global holds, an element of a table, or of a call
whose references the library has to check (_checkedcall.py).

The same conversions as of calls (_numbers.py, _codec.py), in another native form. References are owned: whoever writes
or reads one here roots it, and lets go of it.
"""

from __future__ import annotations

from wasmtime_capi.cdata import byref

from wasmtime_gen._codec import own_function, refuse_reference
from wasmtime_gen._errors import WasmtimeError, error_of
from wasmtime_gen._numbers import STRUCTS, exact
from wasmtime_gen._raw import FUNC, Extern, Val, raw
from wasmtime_gen._refs import unroot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._func import Func
    from wasmtime_gen._store import Store
    from wasmtime_gen._types.valtype import ValType


# Kinds of wasmtime_val_t: by the kind of number, or by the top of the hierarchy that a reference belongs to.
CODES = {"i32": 0, "i64": 1, "f32": 2, "f64": 3, "v128": 4, "func": 5, "extern": 6, "any": 7, "exn": 8}
PLACE = 8  # bytes before the value
_OPAQUE = ("any", "exn")  # hierarchies whose references Python passes on as they are
_ROOTED = ("extern", *_OPAQUE)
_BITS = {"f32": "i32", "f64": "i64"}


class NativeValue:
    """Memory for one value of a type, in a store whose turn is taken when it is used."""

    __slots__ = ("_kind", "_reference", "_store", "argument", "memory", "type")

    def __init__(self, store: Store, type_: ValType, memory: Any = None, by_bits: bool = False) -> None:
        """`memory` is a wasmtime_val_t, a new one if it is None. A float travels as an int if it goes `by_bits`."""
        self._store = store
        self.type = type_
        self._kind = _BITS.get(type_.kind, type_.kind) if by_bits else type_.kind
        self.memory = Val() if memory is None else memory
        self.memory[0] = CODES[type_.top or type_.kind]
        self.argument = byref(self.memory)
        self._reference = byref(self.memory, PLACE)

    def write(self, value: Any, role: str) -> None:
        """Put a value here; call clear() when the library has taken it. Nothing of Python may run in between.

        Raises TypeError or OverflowError for what does not fit; `role` begins the sentence.
        """
        type_ = self.type
        if type_.heap is None:
            STRUCTS[self._kind].pack_into(self.memory, PLACE, exact(self._kind, value, role))
        elif value is None and type_.nullable:
            self.memory[1] = 0
        elif type_.heap == "extern" and value is not None:
            self._store._externrefs.root(value, self._reference)
        elif type_.top == "func" and type_.heap != "nofunc" and value is not None:
            self.memory[1:3] = own_function(self._store, type_, value, role)._extern[1:3]
        elif type_.top in _OPAQUE and value is not None:
            from wasmtime_gen._gcrefs import root

            root(self._store, type_, value, role, self._reference)
        else:
            refuse_reference(type_, value, role)

    def check(self, value: Any, role: str) -> None:
        """Raise what write() would raise for a reference that does not fit."""
        type_ = self.type
        if value is None and type_.nullable:
            return
        if type_.top == "func" and type_.heap != "nofunc" and value is not None:
            own_function(self._store, type_, value, role)
        elif type_.top in _OPAQUE and value is not None:
            from wasmtime_gen._gcrefs import checked_reference

            checked_reference(self._store, type_, value, role)
        elif type_.heap != "extern" or value is None:
            refuse_reference(type_, value, role)

    def clear(self) -> None:
        """Let go what write() has put here."""
        if self.type.top in _ROOTED and self.memory[1]:
            raw.wasmtime_val_unroot(self.argument)
            self.memory[1] = 0

    def read(self) -> Any:
        """The value that the library has put here, which is let go."""
        type_, memory = self.type, self.memory
        if type_.heap is None:
            return STRUCTS[self._kind].unpack_from(memory, PLACE)[0]
        if not memory[1]:
            return None
        if type_.top == "extern":
            try:
                return self._store._externrefs.found(self._reference)
            finally:
                unroot(self._reference)
                memory[1] = 0
        if type_.top == "func":
            return function_of(self._store, memory[1], memory[2])
        from wasmtime_gen._gcrefs import taken

        return taken(self._store, type_, memory, self._reference)

    def given(self, function: Callable[..., Any], value: Any, role: str, *arguments: Any) -> None:
        """Call a function of the library that takes a value as its last argument, after these.

        Raises TypeError for a reference that it finds to be of another type, and its error otherwise.
        """
        self.write(value, role)
        try:
            error = function(*arguments, self.argument)
        finally:
            self.clear()
        if error:
            found = error_of(error)
            raise misfit(self.type, value, role) if is_misfit(found) else found


def is_misfit(error: BaseException) -> bool:
    """Whether this is the library's refusal of a reference, for being of another type than is wanted."""
    if type(error) is not WasmtimeError or error.__traceback__ is not None:
        return False  # raised by somebody
    return "type mismatch" in str(error) and "incompatible value" not in str(error)  # which a host function returned


def misfit(type_: ValType, value: Any, role: str) -> TypeError:
    """What tells which reference was refused."""
    wanted, given = "a reference", type(value).__name__
    if type_.top == "func":
        wanted, given = f"a Func of type {type_.heap}", str(value.type)
        return TypeError(f"{role} must be {wanted}, not {given}")
    if not isinstance(value, int):
        given = str(value.type)
    return TypeError(f"{role} must be {wanted} of type {type_}, not {given}")


def function_of(store: Store, first: int, second: int) -> Func:
    """The function whose wasmtime_func_t has these two words."""
    from wasmtime_gen._extern import item_from_native

    return item_from_native(store, Extern(FUNC, first, second), "function")  # type: ignore[return-value]


def function_argument(function: Func) -> Any:
    """A reference to a function as an argument of native calls, to be used again and again."""
    return byref(Val(CODES["func"], *function._extern[1:3]))
