"""python -m codegen: fetch, regen, check, diff, report, rehearse, wheels."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from codegen import (
    config,
    diff,
    libraries,
    model,
    original,
    pipeline,
    programs,
    regen,
    rehearsal,
    sources,
    testsuite,
    wheels,
)
from codegen import report as reporting
from codegen.errors import CodegenError


class _Group(click.Group):
    def invoke(self, ctx: click.Context) -> object:
        """Errors are for people: the sentence, no traceback."""
        try:
            return super().invoke(ctx)
        except CodegenError as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=_Group, help="The C headers of Wasmtime in, the bindings in generated/ out.")
def main() -> None:
    pass


@main.command(help="Fetch all that tests need: crates, libraries, wheels, the testsuite, programs.")
def fetch() -> None:
    for version, known in sources.Versions.load().known.items():
        sources.source(version)
        libraries.fetch(known.package)
        click.echo(f"{version}: {sources.CRATE}, and the library of wasmtime {known.package}")
    testsuite.fetch()
    click.echo(f"{testsuite.VERSION}: {testsuite.CRATE}, the official WebAssembly testsuite")
    click.echo(f"{len(wheels.fetch())} wheels of the pinned release")
    click.echo(f"{original.fetch().name}: the examples and tests of the package `wasmtime`")
    click.echo(f"{programs.fetch_python().name}: CPython for WASI")


@main.command("regen", help="Write generated/ and move the pin.")
@click.option("--version", default="", help="Wasmtime version; default: the pinned one.")
@click.option("--source", default="", help="A .crate file or an unpacked crate, instead of cargo.")
@click.option("--package", default="", help="The PyPI release of `wasmtime` that carries the library.")
def regen_command(version: str, source: str, package: str) -> None:
    click.echo(regen.regenerate(version, source, package))


@main.command(help="Fail when generated/ is not what regen would write.")
def check() -> None:
    click.echo(regen.check())


@main.command("diff", help="What changed from A to B: versions, crates, or api.json files.")
@click.argument("a")
@click.argument("b")
@click.option("--markdown", is_flag=True, help="As API_CHANGES.md shows it.")
def diff_command(a: str, b: str, markdown: bool) -> None:
    old, new = _side(a), _side(b)
    changes = diff.compare(old, new)
    used = diff.uses(regen.ROOT / "wasmtime_gen", [change.name for change in changes])
    write = diff.as_markdown if markdown else diff.as_text
    click.echo(write(changes, old.version, new.version, used), nl=False)


def _side(given: str) -> model.Api:
    path = Path(given)
    if path.suffix == ".json":
        if not path.is_file():
            raise CodegenError(f"{given} does not exist: expected a version, a crate or an api.json")
        try:
            return model.load(path.read_bytes())
        except model.LoadError as error:
            raise CodegenError(f"{given} is not an api.json of this generator: {error}") from None
    known = given in sources.Versions.load().known
    source = sources.source(given) if known else sources.read(path if path.exists() else sources.fetch(given))
    return pipeline.build(source, config.load(), strict=False)[0]


@main.command(help="How much of the C API is bound, excused, used and open.")
def report() -> None:
    versions = sources.Versions.load()
    api, findings = pipeline.build(sources.source(versions.pinned), config.load(), strict=False)
    library = libraries.cached(versions.known[versions.pinned].package)
    exported = libraries.exported(library) if library else None
    click.echo(reporting.report(api, findings, regen.ROOT / "wasmtime_gen", exported), nl=False)
    if library is None:
        click.echo("\nexports were not compared: run make fetch for the library")


@main.command(help="Regenerate aside for every known version and test it against that version's library.")
@click.argument("only", nargs=-1)
def rehearse(only: tuple[str, ...]) -> None:
    failed = rehearsal.rehearse(only)
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


@main.command("wheels", help="Build the wheel of every platform into dist/.")
def wheels_command() -> None:
    for release in wheels.fetch():
        click.echo(wheels.build(release, regen.ROOT / "dist").name)


if __name__ == "__main__":
    main(prog_name="python -m codegen")
