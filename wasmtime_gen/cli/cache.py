"""`wasmtime-gen cache`: what compiled modules there are, and to remove them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import click

from wasmtime_gen import CompileCache, WasmtimeError
from wasmtime_gen._customsections import module_name
from wasmtime_gen._image import parts
from wasmtime_gen._usercache import ENVIRONMENT, cache_directory
from wasmtime_gen.cli.terminal import console, size, table

_ENTRY = re.compile(r"[0-9a-f]{64}\.image")
_PARTIAL = re.compile(r"[0-9a-f]{64}\.image\.\d+\.[0-9a-f]+")  # left by a process that was killed while it wrote


@dataclass(frozen=True)
class Entry:
    path: str
    size: int
    made: float


def entries(directory: str, partial: bool = False) -> Iterator[Entry]:
    """The files in a cache that are ours by their name."""
    try:
        found = sorted(os.scandir(directory), key=lambda each: each.name)
    except FileNotFoundError:
        return
    for each in found:
        ours = _ENTRY.fullmatch(each.name) or (partial and _PARTIAL.fullmatch(each.name))
        if ours and each.is_file(follow_symlinks=False):
            state = each.stat(follow_symlinks=False)
            yield Entry(each.path, state.st_size, state.st_mtime)


@click.group(
    "cache",
    help=f"The cache of compiled modules: where {ENVIRONMENT} says, or in the user's folder for caches.",
)
@click.option("--cache", "directory", metavar="DIRECTORY", help="Another cache than the user's.")
@click.pass_context
def command(context: click.Context, directory: str | None) -> None:
    context.obj = directory or cache_directory()


@command.command("list", help="What is in it.")
@click.pass_obj
def list_entries(directory: str) -> None:
    rows = [(*_told(each), f"{datetime.fromtimestamp(each.made):%Y-%m-%d %H:%M}") for each in entries(directory)]
    console().print(table(directory, ["module", ">wasm", ">compiled", "by", "made"], rows))


def _told(entry: Entry) -> tuple[str, str, str, str]:
    try:
        with open(entry.path, "rb") as file:
            _, wasm, circumstances = parts(file.read())
        name = module_name(wasm) or os.path.basename(entry.path)[:12]
    except (OSError, WasmtimeError) as error:
        return os.path.basename(entry.path)[:12], "", size(entry.size), f"cannot be read: {error}"
    return name, size(len(wasm)), size(entry.size), circumstances.partition("\n")[0]


@command.command("size", help="How much it takes.")
@click.pass_obj
def total(directory: str) -> None:
    found = list(entries(directory, partial=True))
    modules = "1 module" if len(found) == 1 else f"{len(found)} modules"
    console().print(f"{size(sum([each.size for each in found]))} in {modules}", soft_wrap=True)


@command.command("clean", help="Remove all compiled modules. Nothing else that is there is touched.")
@click.pass_obj
def clean(directory: str) -> None:
    found = list(entries(directory, partial=True))
    if found:
        CompileCache(directory)  # refuses a directory of somebody else
    for each in found:
        with suppress(FileNotFoundError):  # somebody else cleans, too
            os.unlink(each.path)
    console().print(f"removed {size(sum([each.size for each in found]))}", soft_wrap=True)
