"""The sections of a module or a component, from its bytes, which nobody has validated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from wasmtime_gen._customsections import _number, _text

# fmt: off
_OF_MODULES = (
    "custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code", "data",
    "data count", "tag",
)
_OF_COMPONENTS = (
    "custom", "core module", "core instance", "core type", "component", "instance", "alias", "type", "canonical",
    "start", "import", "export", "value",
)
# fmt: on


@dataclass(frozen=True)
class Section:
    """`start` and `end` are those of the content. A custom section's content is what stands behind its name."""

    name: str
    start: int
    end: int
    is_custom: bool = False

    @property
    def size(self) -> int:
        return self.end - self.start


def sections(wasm: bytes) -> Iterator[Section]:
    """The sections, as far as they can be read."""
    names = _OF_COMPONENTS if wasm[4:8] == b"\x0d\0\1\0" else _OF_MODULES
    at = 8
    with suppress(IndexError, ValueError):
        while at < len(wasm):
            code = wasm[at]
            size, start = _number(wasm, at + 1)
            at = start + size
            end = min(at, len(wasm))
            if code == 0:
                name, start = _text(wasm, start, end)
                yield Section(name.decode(errors="replace"), start, end, True)
            else:
                yield Section(names[code] if code < len(names) else f"section {code}", start, end)


def function_bodies(wasm: bytes, code: Section) -> Iterator[tuple[int, int]]:
    """Start and end of each function in the code section, as far as they can be read."""
    with suppress(IndexError, ValueError):
        count, at = _number(wasm, code.start)
        for _ in range(count):
            size, start = _number(wasm, at)
            at = start + size
            yield start, at


def producers(wasm: bytes) -> dict[str, list[list[str]]]:
    """What the section "producers" tells: for "language", "processed-by" and "sdk", names with versions."""
    found: dict[str, list[list[str]]] = {}
    for section in sections(wasm):
        if section.is_custom and section.name == "producers":
            with suppress(IndexError, ValueError):
                count, at = _number(wasm, section.start)
                for _ in range(count):
                    field, at = _text(wasm, at, section.end)
                    values, at = _number(wasm, at)
                    for _ in range(values):
                        name, at = _text(wasm, at, section.end)
                        version, at = _text(wasm, at, section.end)
                        pair = [name.decode(errors="replace"), version.decode(errors="replace")]
                        found.setdefault(field.decode(errors="replace"), []).append(pair)
    return found
