"""What can be told of a component from its bytes: its name, and the names of what it imports and exports."""

from __future__ import annotations

from contextlib import suppress

from wasmtime_gen._customsections import _number, _text
from wasmtime_gen.cli.sections import Section, sections

_SORTS = ("core", "function", "value", "type", "component", "instance")


def component_name(wasm: bytes) -> str | None:
    for section in sections(wasm):
        if section.is_custom and section.name == "component-name" and wasm[section.start : section.start + 1] == b"\0":
            with suppress(IndexError, ValueError):
                size, start = _number(wasm, section.start + 1)
                return _text(wasm, start, min(start + size, section.end))[0].decode(errors="replace")
    return None


def names(wasm: bytes, kind: str) -> list[tuple[str, str]]:
    """Name and sort of what the component imports or exports (`kind`), as far as they can be read."""
    found: list[tuple[str, str]] = []
    for section in sections(wasm):
        if section.name == kind and not section.is_custom:
            with suppress(IndexError, ValueError):
                _add_names(wasm, section, found, kind == "export")
    return found


def _add_names(wasm: bytes, section: Section, found: list[tuple[str, str]], exports: bool) -> None:
    count, at = _number(wasm, section.start)
    for _ in range(count):
        if wasm[at] not in (0, 1):  # the form of the name
            raise ValueError("an unknown form of name")
        name, at = _text(wasm, at + 1, section.end)
        sort = wasm[at]
        found.append((name.decode(errors="replace"), "core module" if sort == 0 else _SORTS[sort]))
        if exports:
            _, at = _number(wasm, at + (2 if sort == 0 else 1))  # of which one
            at += 1
            if wasm[at - 1] == 0:
                continue
        at = _skip_description(wasm, at)


def _skip_description(wasm: bytes, at: int) -> int:
    """Behind the type of an import, or the one that an export is given."""
    sort = wasm[at]
    if sort == 0:
        return _number(wasm, at + 2)[1]
    if sort in (2, 3):  # values: equal to one, or of a type; types: equal to one, or any resource
        if sort == 3 and wasm[at + 1] == 1:
            return at + 2
        return _number(wasm, at + 2)[1]
    return _number(wasm, at + 1)[1]
