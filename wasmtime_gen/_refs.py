"""Externrefs: how Python objects travel through a guest, and how we learn that it has let them go.

An externref carries the address of a slot of 16 bytes, and the object itself lies in a table on the store, so that a
cycle of store and object stays ordinary garbage. The native finalizer may run at any moment of a collection and in any
thread, so it is no Python: it is a function of the library that fills its argument with zeros. A sweep, made when slots
run out, finds the slots that became zero and drops their objects.

A reference is always rooted where Python can run, never the bare word that guests know it by: a signal handler, a
finalizer or a trace function may collect the guest's heap at any moment, and the word would mean something else then.
"""

from __future__ import annotations

from _weakref import ref

from wasmtime_capi.cdata import address_of_function, addressof, byref, c_uint64, c_void_p

from wasmtime_gen._errors import error_of
from wasmtime_gen._raw import ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._gcrefs import ExternRef
    from wasmtime_gen._handle import Native
    from wasmtime_gen._store import Store

# Without argtypes: all arguments are made beforehand, which is three times as fast as a conversion in the call.
_new = ready.wasmtime_externref_new
_gc = ready.wasmtime_context_gc
_data = ready.wasmtime_externref_data
unroot = ready.wasmtime_externref_unroot

Root = c_uint64 * 3  # a wasmtime_externref_t, wasmtime_anyref_t or wasmtime_exnref_t
_FINALIZER = c_void_p.from_param(address_of_function(ready.wasm_byte_vec_new_empty))
_SLOT = 16  # bytes: what the finalizer fills
_MANY = 256  # objects, from which on guests are asked first for what they use no longer
#: The class of references that no host has made, once there was one. They stand for themselves, not for objects.
opaque: type[ExternRef] | None = None
_FIRST = 16  # slots of the first chunk; each further one doubles them all


class Slot:
    """Where one object can be lent: the address that a reference carries, also as an argument of native calls."""

    __slots__ = ("address", "argument")

    def __init__(self, address: int) -> None:
        self.address = address
        self.argument = c_void_p.from_param(address)


class Externrefs:
    """The Python objects that guests of one store refer to, by the address of their slot."""

    __slots__ = ("_chunks", "_store", "context", "free", "objects")

    def __init__(self, native: Native, store: Store) -> None:
        self._store = ref(store)  # weakly: it refers to this
        self.context = c_void_p.from_param(store._address)
        self.objects: dict[int, object] = {}
        self.free: list[Slot] = []
        self._chunks: list[tuple[Any, list[Slot]]] = []
        # Finalizers write into the chunks until the store is deleted, so the native store owns them as well.
        native.kept = self._chunks

    def sweep(self) -> None:
        """Let go what guests have let go."""
        pop, append = self.objects.pop, self.free.append
        for marks, slots in self._chunks:
            found, position = marks.tolist(), -1
            for _ in range(found.count(0)):
                position = found.index(0, position + 1)
                if marks[position]:  # a finalizer of what was let go before has swept, and may have lent the slot again
                    continue
                marks[position] = 1
                slot = slots[position]
                pop(slot.address, None)
                append(slot)

    def make_room(self) -> None:
        """Have at least as many free slots as used ones, so that sweeps cost little for each object."""
        self.sweep()
        if len(self.free) <= len(self.objects) >= _MANY:
            error = _gc(self.context)  # a new slot costs more than to collect an old one
            if error:
                error_of(error)  # deletes it: what cannot be collected now needs new slots
            self.sweep()
        if len(self.free) <= len(self.objects):
            count = max(_FIRST, len(self.objects))
            memory = (c_uint64 * (2 * count))(*([1] * (2 * count)))
            base = addressof(memory)
            slots = [Slot(base + _SLOT * position) for position in range(count)]
            self._chunks.append((memoryview(memory).cast("B").cast("Q")[::2], slots))
            self.free.extend(slots)

    def found(self, root: Any) -> object:
        """The object behind the wasmtime_externref_t that this argument points to; it stays rooted.

        A reference that no host has made is an ExternRef.
        """
        found = self.objects.get(_data(self.context, root))
        return found if found is not None else self._opaque(root)

    def _opaque(self, root: Any) -> object:
        from wasmtime_gen._gcrefs import ExternRef

        store, words = self._store(), (c_uint64 * 3)()
        assert store is not None, "a store that runs is referred to by the call"
        ExternRef._clone(root, byref(words))
        return ExternRef._owning(store, words)

    def root(self, value: object, root: Any) -> None:
        """Make a reference to `value` in the wasmtime_externref_t that this argument points to: unroot it later."""
        if type(value) is opaque:
            value._checked(self)._give(root)
            return
        while True:
            try:
                slot = self.free.pop()
                break
            except IndexError:
                self.make_room()
        self.objects[slot.address] = value
        if not _new(self.context, slot.argument, _FINALIZER, root):
            c_uint64.from_address(slot.address).value = 0  # for the next sweep
            raise MemoryError("the store's heap for references is full: collect it with store.gc(), or raise its limit")
