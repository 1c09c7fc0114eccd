"""One value between Python and the library's wasmtime_val_t: what a global holds, an element of a table, or of a call
with references (_checkedcall.py).

The same conversions as of calls (_numbers.py, _codec.py), in another native form. References are owned: whoever writes
or reads one here roots it, and lets go of it.
"""

from __future__ import annotations

from wasmtime_capi.cdata import byref

from wasmtime_gen._codec import own_function, refuse_reference
from wasmtime_gen._errors import WasmtimeError, error_of
from wasmtime_gen._numbers import STRUCTS, exact
from wasmtime_gen._raw import FUNC, Extern, Val, raw
from wasmtime_gen._refs import Root, unroot

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
    """Memory for one value of a type, used with the turn of the store that the value belongs to.

    An owned reference is taken out of the memory before it is let go: what raises in between, as a signal handler may,
    leaves a reference behind, but nothing is let go of twice.
    """

    __slots__ = ("_code", "_is_rooted", "_kind", "_top", "argument", "memory", "reference", "type")

    def __init__(self, type_: ValType, memory: Any = None, by_bits: bool = False) -> None:
        """`memory` is a wasmtime_val_t, a new one if it is None. A float travels as an int if it goes `by_bits`."""
        self.type = type_
        self._kind = _BITS.get(type_.kind, type_.kind) if by_bits else type_.kind
        self._top = top = type_.top
        self._is_rooted = top in _ROOTED
        self._code = CODES[top or type_.kind]
        self.memory = Val(self._code) if memory is None else memory
        self.argument = byref(self.memory)
        self.reference = byref(self.memory, PLACE)

    def write(self, store: Store, value: Any, role: str) -> None:
        """Put a value here; call clear() when the library has taken it.

        Raises TypeError or OverflowError for what does not fit; `role` begins the sentence.
        """
        type_ = self.type
        if type_.heap is None:
            self.write_number(value, role)
        elif value is None and type_.nullable:
            self.memory[1] = 0
        elif type_.heap == "extern" and value is not None:
            store._externrefs.root(value, self.reference)
        elif self._top == "func" and type_.heap != "nofunc" and value is not None:
            self.memory[1:3] = own_function(store, type_, value, role)._extern[1:3]
        elif self._top in _OPAQUE and value is not None:
            from wasmtime_gen._gcrefs import root

            root(store, type_, value, role, self.reference)
        else:
            refuse_reference(type_, value, role)

    def write_number(self, value: Any, role: str) -> None:
        """The same for a number, which belongs to no store."""
        STRUCTS[self._kind].pack_into(self.memory, PLACE, exact(self._kind, value, role))

    def check(self, store: Store, value: Any, role: str) -> None:
        """Raise what write() would raise for a reference that does not fit."""
        type_ = self.type
        if value is None and type_.nullable:
            return
        if type_.top == "func" and type_.heap != "nofunc" and value is not None:
            own_function(store, type_, value, role)
        elif type_.top in _OPAQUE and value is not None:
            from wasmtime_gen._gcrefs import checked_reference

            checked_reference(store, type_, value, role)
        elif type_.heap != "extern" or value is None:
            refuse_reference(type_, value, role)

    def begin(self) -> None:
        """Make a value of what the memory held before: of this type, without a reference."""
        self.memory[0] = self._code
        self.memory[1] = 0

    def clear(self) -> None:
        """Let go what write() has put here, or the library."""
        if self._is_rooted and self.memory[1]:
            taken = Val(*self.memory)
            self.memory[1] = 0
            raw.wasmtime_val_unroot(byref(taken))

    def read(self, store: Store) -> Any:
        """The value that the library has put here, which is let go."""
        if not self._is_rooted:
            return self.lent(store)
        if not self.memory[1]:
            return None
        words = Root(*self.memory[1:])
        self.memory[1] = 0
        if self._top != "extern":
            from wasmtime_gen._gcrefs import taken

            return taken(store, self.type, words)
        root = byref(words)
        try:
            return store._externrefs.found(root)
        finally:
            unroot(root)

    def lent(self, store: Store) -> Any:
        """The value that the library has put here, which stays its own."""
        type_, memory = self.type, self.memory
        if type_.heap is None:
            return STRUCTS[self._kind].unpack_from(memory, PLACE)[0]
        if not memory[1]:
            return None
        if self._top == "extern":
            return store._externrefs.found(self.reference)
        if self._top == "func":
            return function_of(store, memory[1], memory[2])
        own = NativeValue(type_)
        raw.wasmtime_val_clone(self.argument, own.argument)
        return own.read(store)

    def given(self, store: Store, function: Callable[..., Any], value: Any, role: str, *arguments: Any) -> None:
        """Call a function of the library that takes a value as its last argument, after these.

        Raises TypeError for a reference that it finds to be of another type, and its error otherwise.
        """
        try:
            self.write(store, value, role)
            error = function(*arguments, self.argument)
        finally:
            self.clear()
        if error:
            raise self._refused(error_of(error), value, role)

    def _refused(self, found: WasmtimeError, value: Any, role: str) -> Exception:
        return misfit(self.type, value, role) if is_misfit(found) else found


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
