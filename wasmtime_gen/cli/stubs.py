"""`wasmtime-gen stubs`: a `.pyi` for type checkers."""

from __future__ import annotations

import click

from wasmtime_gen._stubs import stubs
from wasmtime_gen._usercache import cached_module
from wasmtime_gen.cli.files import file_argument, read, write


@click.command(
    "stubs",
    help="Write what FILE exports and imports as types: beside mylib.wasm as mylib.pyi, it tells type checkers what "
    "`import mylib` has (see wasmtime_gen.importer), what instance.exports has, and what its imports must be given.",
)
@click.option("-o", "--output", default="-", metavar="FILE", help="Where to write it: stdout if not given.")
@file_argument
def command(file: str, output: str) -> None:
    found = read(file)
    text = stubs(found.use("have stubs", cached_module), found.stem)
    write(output, file, text.encode("ascii"))
