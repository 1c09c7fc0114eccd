"""`wasmtime-gen wat`: text to binary."""

from __future__ import annotations

import os
import sys

import click

from wasmtime_gen.cli.files import file_argument, read, write


@click.command(
    "wat",
    help='Translate FILE from the text format ("-" for stdin) into the binary one.',
)
@click.option(
    "-o", "--output", metavar="FILE", help='Where to write it: FILE with ".wasm" if not given, "-" for stdout.'
)
@file_argument
def command(file: str, output: str | None) -> None:
    wasm = read(file).wasm
    if output is None:
        output = "-" if file == "-" else f"{os.path.splitext(file)[0]}.wasm"
    if output == "-" and sys.stdout.isatty():
        raise click.UsageError("The binary format is not for terminals: name a file with -o, or use a pipe.")
    write(output, file, wasm)
