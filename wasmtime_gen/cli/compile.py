"""`wasmtime-gen compile`: into the cache, so that the first run starts at once."""

from __future__ import annotations

from contextlib import nullcontext
from time import perf_counter

import click

from wasmtime_gen import CompileCache, Engine, Module, WasmtimeError
from wasmtime_gen._printable import printable
from wasmtime_gen._process import process_engine
from wasmtime_gen._usercache import cache_directory, cached_config
from wasmtime_gen.cli.exits import FAILED
from wasmtime_gen.cli.files import read
from wasmtime_gen.cli.terminal import console, size, tell


@click.command(
    "compile",
    help="Compile each FILE into the cache, where `run` and the importer find it.",
)
@click.option("--fuel", is_flag=True, help="For `run --fuel`.")
@click.option("--cache", "directory", metavar="DIRECTORY", help="Another cache than the user's.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def command(files: tuple[str, ...], fuel: bool, directory: str | None) -> int:
    cache, engine = CompileCache(directory or cache_directory()), process_engine(cached_config(fuel))
    code = 0
    for path in files:
        try:
            done = _compiled(path, engine, cache)
        except (WasmtimeError, OSError) as error:
            tell(error)
            code = FAILED
        else:
            console().print(f"{printable(path)}: {done}", soft_wrap=True)
    return code


def _compiled(path: str, engine: Engine, cache: CompileCache) -> str:
    found, progress = read(path), console(stderr=True)
    if not found.is_component and cache.has(engine, found.wasm):
        return "in the cache already"
    doing = f"compiling {printable(path)} ({size(len(found.wasm))})"
    start = perf_counter()
    with progress.status(doing) if progress.is_terminal else nullcontext():
        found.use("be compiled", lambda wasm: Module(engine, wasm, cache=cache))
    return f"compiled in {perf_counter() - start:.2f} s"
