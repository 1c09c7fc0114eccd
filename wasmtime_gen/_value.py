"""One value between Python and the library's wasmtime_val_t: what a global holds, or an element of a table.

The same conversions as of calls (_numbers.py, _codec.py), in another native form.
"""

from __future__ import annotations

from wasmtime_capi.cdata import byref

from wasmtime_gen._codec import checked_function, refuse_reference
from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._numbers import STRUCTS, exact
from wasmtime_gen._raw import FUNC, Extern, Val, raw
from wasmtime_gen._refs import unroot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._func import Func
    from wasmtime_gen._store import Store
    from wasmtime_gen._valtype import ValType

_val_unroot = raw("wasmtime_val_unroot")

# Kinds of wasmtime_val_t: by the kind of number, or by the top of the hierarchy that a reference belongs to.
CODES = {"i32": 0, "i64": 1, "f32": 2, "f64": 3, "v128": 4, "func": 5, "extern": 6, "any": 7, "exn": 8}
PLACE = 8  # bytes before the value


class NativeValue:
    """Memory for one value of a type, in a store whose turn is taken when it is used."""

    __slots__ = ("_reference", "_store", "argument", "memory", "type")

    def __init__(self, store: Store, type_: ValType) -> None:
        self._store = store
        self.type = type_
        self.memory = Val(CODES[type_.top or type_.kind])
        self.argument = byref(self.memory)
        self._reference = byref(self.memory, PLACE)

    def write(self, value: Any, role: str) -> None:
        """Put a value here; call clear() when the library has taken it. Nothing of Python may run in between.

        Raises TypeError or OverflowError for what does not fit; `role` begins the sentence.
        """
        type_ = self.type
        if type_.heap is None:
            STRUCTS[type_.kind].pack_into(self.memory, PLACE, exact(type_.kind, value, role))
        elif value is None and type_.nullable:
            self.memory[1] = 0
        elif type_.heap == "extern" and value is not None:
            self._store._externrefs.root(value, self._reference)
        elif type_.top == "func" and type_.heap != "nofunc" and value is not None:
            self.memory[1:3] = checked_function(self._store, type_, value, role)._extern[1:3]
        else:
            refuse_reference(type_, value, role)

    def check(self, value: Any, role: str) -> None:
        """Raise what write() would raise for a reference that does not fit."""
        type_ = self.type
        if value is None and type_.nullable:
            return
        if type_.top == "func" and type_.heap != "nofunc" and value is not None:
            checked_function(self._store, type_, value, role)
        elif type_.heap != "extern" or value is None:
            refuse_reference(type_, value, role)

    def clear(self) -> None:
        """Let go what write() has put here."""
        if self.type.top == "extern" and self.memory[1]:
            unroot(self._reference)
            self.memory[1] = 0

    def read(self) -> Any:
        """The value that the library has put here, which is let go. Raises WasmtimeError for one Python cannot have."""
        type_, memory = self.type, self.memory
        if type_.heap is None:
            return STRUCTS[type_.kind].unpack_from(memory, PLACE)[0]
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
        _val_unroot(self.argument)
        memory[1] = 0
        raise WasmtimeError(f"a value of type {type_} cannot be handed to Python")

    def given(self, function: Callable[..., Any], value: Any, role: str, *arguments: Any) -> Any:
        """Call a function of the library that takes a value as its last argument, after these."""
        self.write(value, role)
        try:
            return function(*arguments, self.argument)
        finally:
            self.clear()


def function_of(store: Store, first: int, second: int) -> Func:
    """The function whose wasmtime_func_t has these two words."""
    from wasmtime_gen._extern import item_from_native

    return item_from_native(store, Extern(FUNC, first, second), "function")  # type: ignore[return-value]


def function_argument(function: Func) -> Any:
    """A reference to a function as an argument of native calls, to be used again and again."""
    return byref(Val(CODES["func"], *function._extern[1:3]))
