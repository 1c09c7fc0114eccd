"""A file that a command is given: what it holds, and its wasm."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from wasmtime_gen import ValidationError, WasmtimeError, wat2wasm
from wasmtime_gen._module import _COMPONENT, _read
from wasmtime_gen.cli.waiting import waited

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


@dataclass(frozen=True)
class File:
    """A module or a component. `content` is what the file holds, and `wasm` that in the binary format."""

    path: str
    content: bytes
    wasm: bytes

    @property
    def is_text(self) -> bool:
        return self.content is not self.wasm

    @property
    def is_component(self) -> bool:
        return self.wasm.startswith(_COMPONENT)

    @property
    def stem(self) -> str:
        return os.path.splitext(os.path.basename(self.path))[0]

    def use(self, purpose: str, function: Callable[[bytes], T]) -> T:
        """What `function` returns for the wasm. Raises WasmtimeError if it is a component's, which cannot serve the
        purpose yet, and ValidationError with the position in this file.
        """
        if self.is_component:
            raise WasmtimeError(
                f"{self.path} is a component, not a module: components cannot {purpose} yet. `wasmtime-gen inspect` "
                "tells what it imports and exports"
            )
        try:
            return waited(lambda: function(self.wasm))
        except ValidationError as error:
            from wasmtime_gen.cli.positions import told_of_binary

            raise ValidationError(told_of_binary(str(error), self.path, self.content, self.wasm, function)) from None


def read(path: str) -> File:
    """The file, or stdin for "-". Raises OSError, and ValidationError for text that does not parse."""
    content = sys.stdin.buffer.read() if path == "-" else _read(path)
    if content.startswith(b"\0asm"):
        return File(path, content, content)
    try:
        return File(path, content, wat2wasm(content))
    except ValidationError as error:
        from wasmtime_gen.cli.positions import told_of_text

        raise ValidationError(told_of_text(str(error), path, content)) from None


def write(output: str, file: str, content: bytes) -> None:
    """Write what was made of `file`, to stdout for "-". Raises OSError, and UsageError for "" and the same file."""
    if output == "-":
        sys.stdout.buffer.write(content)
        return
    if not output:
        raise click.UsageError("-o was given an empty name: name a file, or - for stdout.")
    if os.path.exists(output) and os.path.exists(file) and os.path.samefile(output, file):
        raise click.UsageError(f"{output} would be written over itself: name another file with -o.")
    with open(output, "wb") as out:
        out.write(content)


def file_argument(function: F) -> F:
    return click.argument("file", type=str, metavar="FILE")(function)
