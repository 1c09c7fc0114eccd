"""The fields of a module's text, and which items of its sections each of them makes.

The binary format has the items of a section in the order in which the text has them: as fields, or as parts of one,
such as an inline export. Behind all types that are defined, it has those that are only used.
"""

from __future__ import annotations

from collections.abc import Iterator

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


def items_in_text(content: bytes, section: str) -> list[tuple[int, int]]:
    """Where the items of a section are: the start of each, and the end of the field that it is or belongs to."""
    return [(start, end) for name, start, end in _items(content) if name == section]


def _items(content: bytes) -> Iterator[tuple[str, int, int]]:
    for end, ((field, start), *parts) in _fields(content):
        words = [word for word, _ in parts]
        if field == b"import" and b"item" in words:  # several with one name of a module
            yield from (("import", at, end) for word, at in parts if word == b"item")
        elif field in _PARTS and b"import" in words:
            yield "import", start, end
        elif field in _SECTIONS:
            yield _SECTIONS[field], start, end
            if field == b"func":
                yield "code", start, end
        for word, at in parts:
            if word in _PARTS.get(field, ()):  # of types in a group, the library tells only where that begins
                yield _SECTIONS[word], start if field == b"rec" else at, end


def _fields(content: bytes) -> Iterator[tuple[int, list[tuple[bytes, int]]]]:
    """Where each field ends; and the first word and the start of the field, and of each of its parts in parentheses."""
    depth, outer = 0, 0  # text may begin with "(module" or with the fields themselves
    words: list[tuple[bytes, int]] = []
    before, opened = b"", 0
    for text, at in tokens(content):
        if text == b"(":
            depth, opened = depth + 1, at
        elif text == b")":
            depth -= 1
            if depth == outer and words:
                yield at + 1, words
                words = []
        elif before == b"(":
            if depth == 1 and text == b"module":
                outer = 1
            elif outer < depth <= outer + 2:
                words.append((text, opened))
        before = text
