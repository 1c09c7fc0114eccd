"""The list of commands, and what each of them ends with: an exit code, and an error as a sentence."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from io import StringIO
from typing import Any

import click
from wasmtime_capi import LibraryError

from wasmtime_gen import WasmtimeError
from wasmtime_gen._printable import printable_lines
from wasmtime_gen.cli.exits import EXITS, FAILED, INTERRUPTED
from wasmtime_gen.cli.terminal import tell

# What the library, the system and Python say of what was given.
_ERRORS = (WasmtimeError, LibraryError, OSError, ValueError, OverflowError, MemoryError)


def _print_version(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from importlib.metadata import version

        from wasmtime_capi.version import VERSION

        click.echo(f"wasmtime-gen {version('wasmtime_gen')}, for Wasmtime {VERSION}")
        context.exit()


# The commands, each in the file of its name, which loads when it is used: doctor has to work without the library.
COMMANDS = {
    "run": "Run a program, or call one function.",
    "inspect": "Tell imports, exports, sections and makers.",
    "validate": "Check modules.",
    "wat": "Translate text into binary.",
    "compile": "Compile into the cache.",
    "cache": "List, measure and clean the cache.",
    "stubs": "Write types for type checkers.",
    "bench": "Measure what a call takes.",
    "doctor": "Tell what is wrong here, and what to do.",
}


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"wasmtime_gen.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    help="Run, inspect and check WebAssembly.",
    epilog=EXITS + "\n\n`wasmtime-gen run` passes on those of the program: see its own help.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Show it.")
def group() -> None:
    pass


def main(args: list[str] | None = None) -> int:
    """Do what the command line says. Returns the exit code."""
    _prepare_streams()
    try:
        code: Any = group.main(args, prog_name="wasmtime-gen", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        told = StringIO()
        error.show(told)
        click.echo(printable_lines(told.getvalue()), nl=False, err=True)
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except _ERRORS as error:
        if not isinstance(error, BrokenPipeError):  # whoever reads our output has enough of it
            tell(error)
        return FAILED
    finally:
        with suppress(OSError):  # as told, or nobody wants to know
            sys.stdout.close()


def _prepare_streams() -> None:
    """Let all three be there, so that no file of ours is taken for one, and let nothing fail for its characters."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which takes the first number that is free
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115 - main() closes it
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
