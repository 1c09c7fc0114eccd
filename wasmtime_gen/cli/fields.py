"""The fields of a module's text, and which items of its sections each of them makes.

The binary format has the items of a section in the order in which the text has them: as fields, or as parts of one,
such as an inline export. Behind all types that are defined, it has those that are only used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wasmtime_gen.cli.instructions import tokens

_SECTIONS = {
    b"type": "type",
    b"import": "import",
    b"func": "function",
    b"table": "table",
    b"memory": "memory",
    b"global": "global",
    b"tag": "tag",
    b"export": "export",
    b"start": "start",
    b"elem": "element",
    b"data": "data",
}
# The parts of fields that are items themselves.
_PARTS = {
    b"rec": (b"type",),
    b"func": (b"export",),
    b"table": (b"export", b"elem"),
    b"memory": (b"export", b"data"),
    b"global": (b"export",),
    b"tag": (b"export",),
}


@dataclass
class _Form:
    """Something in parentheses: its first word, and where it starts and ends."""

    word: bytes
    start: int
    end: int = 0


def items_in_text(content: bytes, section: str) -> list[tuple[int, int]]:
    """Where the items of a section start and end."""
    return [(form.start, form.end) for name, form in _items(content) if name == section]


def _items(content: bytes) -> Iterator[tuple[str, _Form]]:
    for field, *parts in _fields(content):
        words = [part.word for part in parts]
        if field.word == b"import" and b"item" in words:  # several with one name of a module
            yield from (("import", part) for part in parts if part.word == b"item")
        elif field.word in _PARTS and b"import" in words:
            yield "import", field
        elif field.word in _SECTIONS:
            yield _SECTIONS[field.word], field
            if field.word == b"func":
                yield "code", field
        for part in parts:
            if part.word in _PARTS.get(field.word, ()):  # of types in a group, the library tells only where that begins
                yield _SECTIONS[part.word], field if field.word == b"rec" else part


def _fields(content: bytes) -> Iterator[list[_Form]]:
    """Each field, and its parts that are in parentheses."""
    depth, outer = 0, 0  # text may begin with "(module" or with the fields themselves
    forms: list[_Form] = []
    before, opened = b"", 0
    for text, at in tokens(content):
        if text == b"(":
            depth, opened = depth + 1, at
        elif text == b")":
            depth -= 1
            if depth == outer + 1 and forms:
                forms[-1].end = at + 1
            elif depth == outer and forms:
                forms[0].end = at + 1
                yield forms
                forms = []
        elif before == b"(":
            if depth == 1 and text == b"module":
                outer = 1
            elif outer < depth <= outer + 2:
                forms.append(_Form(text, opened))
        before = text
