"""Where in a file an error is: the line of the text with a caret, or the bytes.

The library tells line and column of text that does not parse. Of what parses and is invalid it tells the offset in the
binary format: that is looked up in the sections, and in the text the instruction is found (instructions.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from wasmtime_gen import ValidationError, wat2wasm
from wasmtime_gen._printable import printable
from wasmtime_gen.cli.instructions import instruction_in_text, tokens
from wasmtime_gen.cli.sections import Section, function_bodies, sections

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
    """What the library tells of a module that is invalid, with the bytes, or the instruction in the text.

    `check` raises the ValidationError of other wasm, as it has raised this one.
    """
    place = _OFFSET.search(told)
    if not place:
        return f"{path}: {told}"
    offset, message = int(place[1], 16), told[: place.start()]
    section = next((each for each in sections(wasm) if each.start <= offset < each.end), None)
    where = f" in the section {section.name!r}" if section else ""
    function = _function_at(wasm, section, offset)
    if function is not None:
        where += f", function {function} of those that it defines"
    if content is not wasm:
        found = None if function is None else function_in_text(content, function)
        if function is not None and found is not None:
            at = instruction_in_text(content, *found, partial(_distance, function, message, check))
            line, column = _line_and_column(content, found[0] if at is None else at)
            note = message if at is not None else f"{message}, in this function"
            return f"{note}\n{line_with_caret(path, content, line, column)}"
        return f"{message}\n --> {path}, at offset {offset:#x} of the binary format{where}"
    return f"{message}\n --> {path}, at offset {offset:#x}{where}\n{_bytes_with_caret(wasm, offset)}"


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


def _function_at(wasm: bytes, section: Section | None, offset: int) -> int | None:
    if section is None or section.name != "code":
        return None
    for position, (start, end) in enumerate(function_bodies(wasm, section)):
        if start <= offset < end:
            return position
    return None


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


def function_in_text(content: bytes, wanted: int) -> tuple[int, int] | None:
    """Start and end of the function which is number `wanted` of those that the text defines, not imports."""
    depth, found = 0, -1
    fields = 1  # the depth of fields: text may begin with "(module" or with the fields themselves
    before, open_field = b"", None
    for text, at in tokens(content):
        if text == b"(":
            depth += 1
        elif text == b")":
            if depth == fields and open_field is not None:
                found += 1
                if found == wanted:
                    return open_field, at + 1
                open_field = None
            depth -= 1
        elif before == b"(":
            if depth == 1 and text == b"module":
                fields = 2
            elif depth == fields and text == b"func":
                open_field = at - 1
            elif depth == fields + 1 and text == b"import":
                open_field = None
        before = text
    return None


def _line_and_column(content: bytes, at: int) -> tuple[int, int]:
    from rich.cells import cell_len

    start = content.rfind(b"\n", 0, at) + 1
    before = content[start:at].decode(errors="replace")
    return content.count(b"\n", 0, at) + 1, sum([1 if ord(each) < 32 else cell_len(each) for each in before]) + 1
