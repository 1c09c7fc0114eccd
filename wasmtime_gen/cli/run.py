"""`wasmtime-gen run`: a program with the streams of this process, or one function of a module."""

from __future__ import annotations

import os
import signal
from contextlib import nullcontext

import click

from wasmtime_gen import (
    INHERIT,
    Exit,
    GuestTimeout,
    Module,
    Store,
    Trap,
    WasiConfig,
    WasmtimeError,
    run,
)
from wasmtime_gen._process import process_engine
from wasmtime_gen._run.footprint import footprint
from wasmtime_gen._usercache import cached_config, cached_module
from wasmtime_gen.cli.exits import EXITS_OF_RUN, NOT_STARTED, TIMEOUT, TRAPPED
from wasmtime_gen.cli.files import File, file_argument, read
from wasmtime_gen.cli.modules import check_imports, exported, instance_with_wasi
from wasmtime_gen.cli.terminal import tell
from wasmtime_gen.cli.values import Seconds, Size, directories, environment, parsed, shown


@click.command(
    "run",
    help="Run a program for WASI, with ARGS. Its stdin, stdout and stderr are those of this process, and its exit code "
    "is passed on. It sees no file, no variable of the environment and no network but what it is given.",
    epilog=EXITS_OF_RUN,
    context_settings={"allow_interspersed_args": False},
)
@click.option("--dir", "dirs", multiple=True, metavar="HOST[::GUEST]", help="A directory that it sees, read-only.")
@click.option("--writable-dir", "writable", multiple=True, metavar="HOST[::GUEST]", help="One that it may change, too.")
@click.option("--env", "env", multiple=True, metavar="NAME[=VALUE]", help="A variable; without a value, our own.")
@click.option("--timeout", type=Seconds(0, 1e9), metavar="SECONDS", help="Stop it after that.")
@click.option(
    "--fuel", type=click.IntRange(0, 2**64 - 1), metavar="UNITS", help="Instructions, about, that it may use."
)
@click.option("--max-memory", "memory", type=Size(), metavar="SIZE", help="What its memories may take, such as 64MiB.")
@click.option("--invoke", metavar="NAME", help="Call this export with ARGS instead, and print its results.")
@click.option("--no-cache", is_flag=True, help="Compile it anew, and keep nothing.")
@file_argument
@click.argument("args", nargs=-1, type=click.UNPROCESSED, metavar="[ARGS]...")
def command(
    file: str,
    args: tuple[str, ...],
    dirs: tuple[str, ...],
    writable: tuple[str, ...],
    env: tuple[str, ...],
    timeout: float | None,
    fuel: int | None,
    memory: int | None,
    invoke: str | None,
    no_cache: bool,
) -> int:
    preopens, variables = directories(dirs, writable), environment(env)
    if hasattr(signal, "SIGPIPE"):  # Python ignores it, and a guest that does not look at errors would run on for ever
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        found = read(file)
        engine = process_engine(cached_config(fuel is not None))
        module = found.use(
            "be run", lambda wasm: Module(engine, wasm) if no_cache else cached_module(wasm, fuel is not None)
        )
        if invoke is not None:
            config = WasiConfig(
                args=(file,), env=variables, stdin=INHERIT, stdout=INHERIT, stderr=INHERIT, preopens=preopens
            )
            return _invoke(found, module, invoke, args, config, timeout, fuel, memory)
        if "_start" not in [export.name for export in module.exports]:
            raise WasmtimeError(f"{file} is no program: it exports no function '_start'. --invoke calls another one")
        check_imports(module, found)
        done = run(
            module,
            args,
            name=os.fsencode(file).decode(errors="replace"),
            input=INHERIT,
            env=variables,
            dirs=preopens,
            timeout=timeout,
            fuel=fuel,
            memory=memory,
            capture=False,
        )
        return done.returncode if done.trap is None else _trapped(done.trap)
    except GuestTimeout as error:
        tell(error.message)
        return TIMEOUT
    except Exit as exit:
        return exit.code
    except Trap as trap:
        return _trapped(trap)
    except (WasmtimeError, OSError, ValueError, OverflowError) as error:
        tell(error)
        return NOT_STARTED


def _trapped(trap: Trap) -> int:
    tell(trap)
    return TRAPPED


def _invoke(
    file: File,
    module: Module,
    name: str,
    args: tuple[str, ...],
    config: WasiConfig,
    timeout: float | None,
    fuel: int | None,
    memory: int | None,
) -> int:
    values = parsed(args, exported(module, file, name), name)
    with Store(module.engine) as store:
        if memory is not None:
            store.set_limits(**footprint(file.wasm).limits(memory))
        if fuel is not None:
            store.fuel = fuel
        with nullcontext() if timeout is None else store.timeout(timeout):
            function = instance_with_wasi(store, module, file, config).get_function(store, name)
            result = function(*values)
        for line in shown(function.type, result):
            click.echo(line)
    return 0
