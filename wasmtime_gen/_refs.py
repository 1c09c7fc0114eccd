"""Externrefs: how Python objects travel through a guest, and how we learn that it has let them go.

An externref carries the address of a slot of 16 bytes, and the object itself lies in a table on the store, so that a
cycle of store and object stays ordinary garbage. The native finalizer may run at any moment of a collection and in any
thread, so it is no Python: it is a function of the library that fills its argument with zeros. A sweep, made when slots
run out, finds the slots that became zero and drops their objects.
"""

from __future__ import annotations

from _weakref import ref

from wasmtime_capi.cdata import address_of_function, addressof, byref, c_uint64, c_void_p

from wasmtime_gen._errors import error_of
from wasmtime_gen._raw import ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from wasmtime_gen._gcrefs import ExternRef
    from wasmtime_gen._handle import Native
    from wasmtime_gen._store import Store

# Without argtypes: all arguments are made beforehand, which is three times as fast as a conversion in the call.
_new = ready.wasmtime_externref_new
_gc = ready.wasmtime_context_gc
_to_raw = ready.wasmtime_externref_to_raw
_from_raw = ready.wasmtime_externref_from_raw
_data = ready.wasmtime_externref_data
unroot = ready.wasmtime_externref_unroot

_Root = c_uint64 * 4  # a wasmtime_externref_t
_FINALIZER = c_void_p.from_param(address_of_function(ready.wasm_byte_vec_new_empty))
_SLOT = 16  # bytes: what the finalizer fills
_MANY = 256  # objects, from which on guests are asked first for what they use no longer
#: The class of references that no host has made, once there was one. They stand for themselves, not for objects.
opaque: type[ExternRef] | None = None
_FIRST = 16  # slots of the first chunk; each further one doubles them all


class Slot:
    """Where one object can be lent: the address that a reference carries, and the arguments of the native calls."""

    __slots__ = ("address", "argument", "new", "to_raw", "unroot")

    def __init__(self, context: Any, address: int) -> None:
        root = byref(_Root())
        self.address = address
        self.argument = c_void_p.from_param(address)
        self.new = (context, self.argument, _FINALIZER, root)
        self.to_raw = (context, root)
        self.unroot = (root,)


class Externrefs:
    """The Python objects that guests of one store refer to, by the address of their slot."""

    __slots__ = ("_chunks", "_root", "_store", "context", "free", "objects")

    def __init__(self, native: Native, store: Store) -> None:
        self._store = ref(store)  # weakly: it refers to this
        self.context = c_void_p.from_param(store._address)
        self.objects: dict[int, object] = {}
        self.free: list[Slot] = []
        self._chunks: list[tuple[Any, list[Slot]]] = []
        self._root = byref(_Root())
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
            slots = [Slot(self.context, base + _SLOT * position) for position in range(count)]
            self._chunks.append((memoryview(memory).cast("B").cast("Q")[::2], slots))
            self.free.extend(slots)

    def find(self, word: int) -> object:
        """The object behind a word from the guest."""
        root = self._root
        _from_raw(self.context, word, root)
        try:
            return self.found(root)
        finally:
            unroot(root)

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

    def slot_for(self, value: object) -> Slot:
        """A slot whose address stands for `value` as soon as a reference is made of it."""
        if not self.free:
            self.make_room()
        slot = self.free.pop()
        self.objects[slot.address] = value
        return slot

    def root(self, value: object, root: Any) -> None:
        """Make a reference to `value` in the wasmtime_externref_t that this argument points to: unroot it later."""
        if type(value) is opaque:
            value._checked(self)._give(root)
            return
        slot = self.slot_for(value)
        if not _new(self.context, slot.argument, _FINALIZER, root):
            refuse_slot(slot)


def refuse_slot(slot: Slot) -> NoReturn:
    """Raise what tells that no reference could be made of this slot."""
    c_uint64.from_address(slot.address).value = 0  # for the next sweep
    raise MemoryError("the store's heap for references is full: collect it with store.gc(), or raise its limit")


class Loan:
    """The externrefs that one call lends to a guest: each is rooted until `end`, when the guest has taken it.

    All are lent before the word of the first is asked for: to lend may collect the guest's garbage, and the guest must
    have what words stand for from then on.
    """

    __slots__ = ("_lent", "_slots")

    def __init__(self) -> None:
        self._lent: dict[int, object] = {}
        self._slots: list[Slot] = []

    def lend(self, table: Externrefs, value: object) -> Slot | ExternRef:
        """Have the guest's heap know `value`."""
        if type(value) is opaque:
            return value._checked(table)
        slot = table.slot_for(value)
        if not _new(*slot.new):
            refuse_slot(slot)
        self._slots.append(slot)
        return slot

    def word(self, table: Externrefs, slot: Slot | ExternRef) -> int:
        """The word by which the guest knows what was lent."""
        if type(slot) is opaque:
            return slot._word(table)
        word: int = _to_raw(*slot.to_raw)  # type: ignore[union-attr]
        self._lent[word] = table.objects[slot.address]  # type: ignore[union-attr]
        return word

    def find(self, table: Externrefs, word: int) -> object:
        """The object behind a word from the guest."""
        if word in self._lent:  # lent by this very call, and rooted, so the word has no other meaning
            return self._lent[word]
        return table.find(word)

    def end(self) -> None:
        """The guest has what it was lent."""
        slots = self._slots
        if slots:
            self._lent.clear()
            while slots:
                unroot(*slots.pop().unroot)
