"""Where in a file an error is: the line of the text with a caret, or the bytes.

The library tells line and column of text that does not parse. Of what parses and is invalid it tells the offset in the
binary format. There is an item of a section (items.py), of which the text has a field (fields.py). Within a function,
the instruction is found (instructions.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from wasmtime_gen import ValidationError, wat2wasm
from wasmtime_gen._printable import printable
from wasmtime_gen.cli.fields import items_in_text
from wasmtime_gen.cli.instructions import instruction_in_text
from wasmtime_gen.cli.items import item_at, user_of_type
from wasmtime_gen.cli.sections import function_bodies, sections

_PLACE = re.compile(r"(?:\s*-->| at) <anon>:(\d+):(\d+)\s*$", re.MULTILINE)  # the second way for long lines
_OFFSET = re.compile(r"\s*\(at offset 0x([0-9a-f]+)\)\s*$")
_AROUND = 60  # characters of a line that are shown on each side


def told_of_text(told: str, path: str, content: bytes) -> str:
    """What the library tells of text that does not parse, with the line from the file."""
    place = _PLACE.search(told)
    if not place:
        return f"{path}: {told}"
    return f"{told[: place.start()]}\n{line_with_caret(path, content, int(place[1]), int(place[2]))}"


def told_of_binary(told: str, path: str, content: bytes, wasm: bytes, check: Callable[[bytes], object]) -> str:
    """What the library tells of a module that is invalid, with the bytes, or the place in the text.

    `check` raises the ValidationError of other wasm, as it has raised this one.
    """
    place = _OFFSET.search(told)
    if not place:
        return f"{path}: {told}"
    offset, message = int(place[1], 16), told[: place.start()]
    section = next((each for each in sections(wasm) if each.start <= offset < each.end), None)
    item = item_at(wasm, section, offset) if section else None
    where = f" in {'' if item is None else f'entry {item} of '}the section {section.name!r}" if section else ""
    if content is wasm:
        return f"{message}\n --> {path}, at offset {offset:#x}{where}\n{_bytes_with_caret(wasm, offset)}"
    found = _item_in_text(content, wasm, section.name, item) if section and item is not None else None
    if section is None or item is None or found is None:
        return f"{message}\n --> {path}, at offset {offset:#x} of the binary format{where}"
    at, note = found[0], ", in what begins here" if b"\n" in content[slice(*found)] else ""
    if section.name == "code":
        instruction = instruction_in_text(content, *found, partial(_distance, item, message, check))
        at, note = (at, ", in this function") if instruction is None else (instruction, "")
    return f"{message}{note}\n{line_with_caret(path, content, *_line_and_column(content, at))}"


def _item_in_text(content: bytes, wasm: bytes, section: str, item: int) -> tuple[int, int] | None:
    """Where an item starts and ends; of a type that is only used, where. None if instructions use it."""
    spans = items_in_text(content, section)
    if item < len(spans):
        return spans[item]
    user = user_of_type(wasm, item) if section == "type" else None
    return None if user is None else _item_in_text(content, wasm, *user)


def line_with_caret(path: str, content: bytes, line: int, column: int) -> str:
    """The line of the text with a caret below the column. Both count from 1; wide characters take two columns."""
    from rich.cells import cell_len

    lines = content.split(b"\n", line)
    text = lines[line - 1].rstrip(b"\r").decode(errors="replace") if line <= len(lines) else ""
    at, left = 0, column - 1
    while at < len(text) and left > 0:
        left -= 1 if ord(text[at]) < 32 else cell_len(text[at])
        at += 1
    before, after = printable(text[:at].expandtabs(4)), printable(text[at:].expandtabs(4))
    if len(before) > _AROUND:
        before = f"…{before[-_AROUND:]}"
    if len(after) > _AROUND:
        after = f"{after[:_AROUND]}…"
    margin, caret = " " * len(str(line)), " " * cell_len(before)
    place = f"{margin}--> {path}:{line}:{column}"
    return f"{place}\n{margin} |\n{line} | {before}{after}\n{margin} | {caret}^"


def _bytes_with_caret(wasm: bytes, offset: int) -> str:
    start = max(offset & ~0xF, 0)
    row = wasm[start : start + 16].hex(" ")
    label = f"{start:#x}: "
    return f"{label}{row}\n{' ' * (len(label) + 3 * (offset - start))}^^"


def _distance(function: int, message: str, check: Callable[[bytes], object], text: bytes) -> int | None:
    """How far from the beginning of this function the same error is, in another text; None if it is not there."""
    try:
        wasm = wat2wasm(text)
        check(wasm)
    except ValidationError as error:
        place = _OFFSET.search(str(error))
        code = next((each for each in sections(wasm) if each.name == "code"), None) if place else None
        if place and code and str(error)[: place.start()] == message:
            start, end = list(function_bodies(wasm, code))[function]
            offset = int(place[1], 16)
            return offset - start if start <= offset < end else None
    return None


def _line_and_column(content: bytes, at: int) -> tuple[int, int]:
    from rich.cells import cell_len

    start = content.rfind(b"\n", 0, at) + 1
    before = content[start:at].decode(errors="replace")
    return content.count(b"\n", 0, at) + 1, sum([1 if ord(each) < 32 else cell_len(each) for each in before]) + 1
