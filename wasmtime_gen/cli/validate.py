"""`wasmtime-gen validate`: whether files are valid modules, and where not."""

from __future__ import annotations

import click

from wasmtime_gen import Module, WasmtimeError
from wasmtime_gen._process import process_engine
from wasmtime_gen._usercache import cached_config
from wasmtime_gen.cli.exits import FAILED
from wasmtime_gen.cli.files import read
from wasmtime_gen.cli.terminal import console, plain, tell


@click.command(
    "validate",
    help="Check that each FILE is a valid module, in the text or the binary format.",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def command(files: tuple[str, ...]) -> int:
    code, engine = 0, process_engine(cached_config())
    for path in files:
        try:
            read(path).use("be validated", lambda wasm: Module.validate(engine, wasm))
        except (WasmtimeError, OSError) as error:
            tell(error)
            code = FAILED
        else:
            console().print(plain(f"{path}: valid"), soft_wrap=True)
    return code
