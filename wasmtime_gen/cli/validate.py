"""`wasmtime-gen validate`: whether files are valid modules, and where not."""

from __future__ import annotations

import click

from wasmtime_gen import Module, ValidationError, WasmtimeError
from wasmtime_gen._process import process_engine
from wasmtime_gen._usercache import cached_config
from wasmtime_gen.cli.exits import FAILED
from wasmtime_gen.cli.files import File, read
from wasmtime_gen.cli.terminal import console, tell


@click.command(
    "validate",
    short_help="Check modules.",
    help="Check that each FILE is a valid module, in the text or the binary format.",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def command(files: tuple[str, ...]) -> int:
    code = 0
    for path in files:
        try:
            _check(read(path))
            console().print(f"{path}: valid", soft_wrap=True)
        except (WasmtimeError, OSError) as error:
            tell(error)
            code = FAILED
    return code


def _check(file: File) -> None:
    try:
        Module.validate(process_engine(cached_config()), file.module("be validated"))
    except ValidationError as error:
        from wasmtime_gen.cli.positions import told_of_binary

        raise ValidationError(told_of_binary(str(error), file.path, file.content, file.wasm)) from None
