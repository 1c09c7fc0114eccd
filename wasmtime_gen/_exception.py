"""WasmException: exceptions of WebAssembly on their way through Python, from guest to host and back.

One that leaves a guest uncaught stays pending in the store until it is taken: failure() takes it here. One that a host
function raises is put there again, so the guest can catch it.
"""

from __future__ import annotations

from wasmtime_capi.cdata import byref, c_size_t, c_uint64
from wasmtime_capi.constants import WASMTIME_TRAP_CODE_UNCAUGHT_EXCEPTION

from wasmtime_gen._checkedcall import Values
from wasmtime_gen._errors import error_of
from wasmtime_gen._gcrefs import ExnRef
from wasmtime_gen._handle import checked
from wasmtime_gen._raw import ready
from wasmtime_gen._tag import Tag
from wasmtime_gen._trap import UncaughtExceptionTrap
from wasmtime_gen._turn import guarded
from wasmtime_gen._value import NativeValue, is_misfit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._store import Store
    from wasmtime_gen._trap import Frame

_new = ready.wasmtime_exnref_new
_field = ready.wasmtime_exnref_field
_take = ready.wasmtime_context_take_exception
_set = ready.wasmtime_context_set_exception
_OF_THE_STORE = ("tag", "payload", "_reference")
_THROWN = "thrown Wasm exception"


class WasmException(UncaughtExceptionTrap):
    """An exception of WebAssembly: `tag` tells what kind it is, `payload` are the values that it carries.

    A call raises it when the guest does not catch what it throws. A host function that raises one throws it into the
    guest that called, which can catch it by its tag; if no guest does, the same Python exception comes out of the call.
    `frames` tell where the guest was left.

    >>> from wasmtime_gen import Engine, Linker, Module, Store, Tag, WasmException
    >>> store, linker = Store(Engine()), Linker(Engine())
    >>> text = '''(module (tag $oops (export "oops") (param i32))
    ...     (func (export "run") (throw $oops (i32.const 42))))'''
    >>> exports = Linker(store.engine).instantiate(store, Module.from_text(store.engine, text)).exports
    >>> try:
    ...     exports.run()
    ... except WasmException as exception:
    ...     print(exception.tag == exports["oops"], exception.payload)
    True (42,)
    """

    #: What kind of exception it is.
    tag: Tag
    #: The values that it carries, as calls return them.
    payload: tuple[Any, ...]
    _reference: ExnRef

    def __init__(self, tag: Tag, *payload: Any, by_bits: bool = False) -> None:
        """A new exception, to be raised by a host function: `payload` is what its tag's type tells.

        With `by_bits`, floats are given as the ints of their bits. Raises TypeError and OverflowError for values that
        do not fit, StoreMismatchError for what belongs to another store than the tag.
        """
        store = checked(tag, Tag, "tag")._store
        self._become(tag, guarded(store, _make, store, tag, payload, by_bits), ())

    def _become(self, tag: Tag, reference: ExnRef, frames: tuple[Frame, ...]) -> None:
        super().__init__(_THROWN, WASMTIME_TRAP_CODE_UNCAUGHT_EXCEPTION, frames)
        self.tag, self._reference, self.payload = tag, reference, guarded(reference._store, read_payload, reference)

    @property
    def reference(self) -> ExnRef:
        """The exception as a value, for parameters, globals and tables of type exnref."""
        return self._reference

    def _throw(self) -> int:
        """Throw it into the guest that called, if that is in its store, and return the trap that tells so, or 0."""
        store = self._reference._store
        if not store._turn.innermost():
            return 0
        store._kept[WasmException] = self
        return _set(store._context, self._reference._root)  # type: ignore[no-any-return]

    def __str__(self) -> str:
        text = super().__str__()
        return text.replace(_THROWN, f"{_THROWN}: {self.payload!r}", 1) if self.payload else text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, (self.tag, *self.payload)))})"

    def __copy__(self) -> WasmException:
        made = type(self).__new__(type(self), *self.args)
        made.__dict__.update(self.__dict__)
        return made

    def __deepcopy__(self, memo: object) -> WasmException:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        # A store stays in its process: elsewhere it is known what happened, and where.
        other = {name: value for name, value in self.__dict__.items() if name not in _OF_THE_STORE}
        return UncaughtExceptionTrap, (self.message, self.code, self.frames), other


def escaped(store: Store, trap: UncaughtExceptionTrap) -> UncaughtExceptionTrap:
    """The exception that has left a guest of this store, which told so by `trap`. It is pending no longer."""
    root = guarded(store, _taken, store)
    if root is None:
        return trap
    reference = ExnRef._owning(store, root)
    thrown: WasmException | None = store._kept.pop(WasmException, None)  # type: ignore[assignment]
    if thrown is None or thrown.reference != reference:
        thrown = WasmException.__new__(WasmException)
        thrown._become(guarded(store, reference._read_tag), reference, trap.frames)
    return thrown


def _taken(store: Store) -> Any:
    """The words of an own root of the pending exception, None if there is none.

    The library roots what it takes until the host function ends that it is taken in, and outside of any until the
    store ends. So it is taken in one, which each store has from its first exception on.
    """
    from wasmtime_gen._call import run
    from wasmtime_gen._func import Func
    from wasmtime_gen._plan import plan_of
    from wasmtime_gen._types.functype import FuncType

    kept: Any = store._kept.get(_taken)
    if kept is None:
        context, found = store._context, []  # not the store, which would be a cycle

        def take() -> None:
            root = (c_uint64 * 3)()
            if _take(context, byref(root)):
                found.append(root)

        kept = store._kept[_taken] = Func(store, FuncType(), take)._record, plan_of(FuncType()), found
    function, plan, found = kept
    run(store, function, plan, "take", ())
    return found.pop() if found else None


def _make(store: Store, tag: Tag, payload: tuple[Any, ...], by_bits: bool) -> ExnRef:
    types = tag._type.type.params
    if len(payload) != len(types):
        wanted = ", ".join(map(str, types))
        raise TypeError(f"an exception of this tag carries {len(types)} values ({wanted}), got {len(payload)}")
    values, root = Values(types, by_bits), (c_uint64 * 3)()
    try:
        values.write(store, payload, lambda position: f"payload {position + 1}")
        error = _new(store._context, tag._record, *values.arguments, byref(root))
    finally:
        values.clear()
    if error:
        raise _refused(error_of(error), tag)
    return ExnRef._owning(store, root)


def _refused(found: Exception, tag: Tag) -> Exception:
    return TypeError(f"the payload does not fit {tag._type}: {found}") if is_misfit(found) else found


def read_payload(reference: ExnRef, by_bits: bool = False) -> tuple[Any, ...]:
    """The values that an exception carries, read with its store's turn."""
    store, found = reference._store, []
    for position, type_ in enumerate(reference._read_tag()._type.type.params):
        value = NativeValue(type_, by_bits=by_bits)
        error = _field(store._context, reference._root, c_size_t.from_param(position), value.argument)
        if error:
            raise error_of(error)
        found.append(value.read(store))
    return tuple(found)
