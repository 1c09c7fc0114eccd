"""The items of a section, from the bytes: which is at an offset, and which has a type.

What is read is valid, or at least it is up to the item that is looked for: a validator went past that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

from wasmtime_gen._table.limits import Bytes, defined_tables, imports
from wasmtime_gen.cli.sections import Section, sections

T = TypeVar("T")

_FUNC, _TAG = 0, 4  # kinds of imports
_MORE = 16  # bytes behind the offset are enough to know that it was passed; what comes later nobody has validated


def item_at(wasm: bytes, section: Section, offset: int) -> int | None:
    """The number of the item at this offset, or None where there is none, as in the count before them."""
    if section.name == "start" and not section.is_custom:  # it is one item, and text may make several
        return sum([each.name == "start" and each.start < section.start for each in sections(wasm)])
    if section.is_custom or section.name not in _READERS:
        return None
    seen = wasm[: offset + _MORE]
    count, reader, position = Bytes(seen, section.start), Bytes(seen, section.start), -1
    try:
        count.number()
        if offset < count.at:
            return None
        for position, _ in enumerate(_READERS[section.name](reader)):
            if offset < reader.at:
                return position
    except (IndexError, ValueError):  # it may be what is wrong
        position += 1
    return position if offset < reader.at else None


def user_of_type(wasm: bytes, number: int) -> tuple[str, int] | None:
    """Section and number of the first import, function or tag of a type; None if there is none that can be read."""
    with suppress(IndexError, ValueError):  # text may have the bytes of a module
        for section in sections(wasm):
            if section.name in ("import", "function", "tag"):
                for position, used in enumerate(_READERS[section.name](Bytes(wasm, section.start))):
                    if used == number:
                        return section.name, position
    return None


def _types(reader: Bytes) -> Iterator[None]:
    for _ in range(reader.number()):
        together = 1
        if reader.data[reader.at] == 0x4E:  # types that refer to each other
            reader.byte()
            together = reader.number()
        for _ in range(together):
            _type(reader)
            yield


def _type(reader: Bytes) -> None:
    form = reader.byte()
    if form in (0x4F, 0x50):  # with supertypes
        for _ in range(reader.number()):
            reader.number()
        form = reader.byte()
    if form == 0x60:  # a function's parameters and results
        for _ in range(2):
            for _ in range(reader.number()):
                reader.skip_valtype()
    elif form in (0x5E, 0x5F):  # an array's field, or those of a struct
        for _ in range(1 if form == 0x5E else reader.number()):
            reader.skip_valtype()
            reader.byte()
    elif form == 0x5D:  # a continuation
        reader.number()
    else:
        raise ValueError


def _imports(reader: Bytes) -> Iterator[int | None]:
    for _, _, type_, _ in imports(reader):
        what = Bytes(type_)
        kind = what.byte()
        yield what.number() if kind == _FUNC else _tag(what) if kind == _TAG else None


def _global(reader: Bytes) -> None:
    reader.skip_valtype()
    reader.byte()
    reader.skip_expression()


def _export(reader: Bytes) -> None:
    reader.name()
    reader.byte()
    reader.number()


def _element(reader: Bytes) -> None:
    flags = reader.byte()  # 1: not active; 2: names a table, or is declared; 4: of expressions
    if not flags & 1:
        if flags & 2:
            reader.number()
        reader.skip_expression()
    if flags & 3:
        (reader.skip_valtype if flags & 4 else reader.byte)()
    for _ in range(reader.number()):
        (reader.skip_expression if flags & 4 else reader.number)()


def _data(reader: Bytes) -> None:
    flags = reader.byte()  # 1: not active; 2: names a memory
    if flags & 2:
        reader.number()
    if not flags & 1:
        reader.skip_expression()
    reader.name()


def _tag(reader: Bytes) -> int:
    reader.byte()
    return reader.number()


def _many(read: Callable[[Bytes], T]) -> Callable[[Bytes], Iterator[T]]:
    def items(reader: Bytes) -> Iterator[T]:
        for _ in range(reader.number()):
            yield read(reader)

    return items


# Each stops behind every item. Imports, functions and tags yield the number of their type.
_READERS: dict[str, Callable[[Bytes], Iterator[object]]] = {
    "type": _types,
    "import": _imports,
    "function": _many(Bytes.number),
    "table": defined_tables,
    "memory": _many(Bytes.limits),
    "tag": _many(_tag),
    "global": _many(_global),
    "export": _many(_export),
    "element": _many(_element),
    "code": _many(Bytes.name),
    "data": _many(_data),
}
