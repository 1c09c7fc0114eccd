"""Tag: what tells one kind of WebAssembly exception from another, in a store."""

from __future__ import annotations

from wasmtime_capi.cdata import byref

from wasmtime_gen._extern import CLASSES, Item, new_extern
from wasmtime_gen._handle import checked
from wasmtime_gen._once import once
from wasmtime_gen._raw import TAG, raw
from wasmtime_gen._store import Store
from wasmtime_gen._trap import take_error
from wasmtime_gen._turn import accessing, guarded
from wasmtime_gen._types.externreading import tagtype_from_native
from wasmtime_gen._types.functype import TagType
from wasmtime_gen._types.making import tagtype_to_native
from wasmtime_gen._types.valtype import type_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Tag(Item):
    """A tag of exceptions, in a store. Its type tells what they carry; tags are compared by identity.

    >>> from wasmtime_gen import Engine, Store, Tag
    >>> Tag(Store(Engine()), "(tag (param i32))").type
    TagType('i32 -> ()')
    """

    __slots__ = ("__dict__",)
    _kind = TAG
    _word = "tag"

    def __init__(self, store: Store, type: TagType | str) -> None:
        """A new tag, for modules to import. `type` is a TagType or its text.

        Raises ValueError for a type with results.
        """
        self._first_init()
        checked(store, Store, "store")
        type_ = type_from(type, TagType)
        if type_.type.results:
            raise ValueError(f"the type of a tag has no results, but {type_} has")
        extern = new_extern(TAG)
        guarded(store, _create, store, type_, extern)
        self._bind(store, extern, "tag")
        self.__dict__["_type"] = type_

    @property
    def type(self) -> TagType:
        """What exceptions of this tag carry."""
        return self._type

    @once
    def _type(self) -> TagType:
        return accessing(self._store, _read_type, self._store._address, self._record)


CLASSES[TAG] = Tag


def _create(store: Store, type_: TagType, extern: Any) -> None:
    engine = store._engine._use()
    native = tagtype_to_native(type_, engine.pointer)
    try:
        error = raw.wasmtime_tag_new(store._address, native, byref(extern, 8))
    finally:
        raw.wasm_tagtype_delete(native)
    if error:
        raise take_error(error)


def _read_type(context: int, record: Any) -> TagType:
    native = raw.wasmtime_tag_type(context, record)
    try:
        return tagtype_from_native(native)
    finally:
        raw.wasm_tagtype_delete(native)
