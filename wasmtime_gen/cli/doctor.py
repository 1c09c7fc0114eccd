"""`wasmtime-gen doctor`: what there is to run WebAssembly with, what is wrong with it, and what to do.

Nothing here may need the library before it is looked for: it may be missing, which is what to tell.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
import sysconfig
import threading
from collections.abc import Iterator

import click
from wasmtime_capi import LibraryError
from wasmtime_capi.version import FEATURES, PACKAGE, VERSION

from wasmtime_gen.cli.exits import FAILED
from wasmtime_gen.cli.terminal import console, table

# What is looked at, what was found, and what to do if that is wrong.
Finding = tuple[str, str, str]
_NEEDED_STACK = 640 << 10  # what a guest may take and 128 KiB


@click.command(
    "doctor",
    help="Tell what there is to run WebAssembly with, what is wrong with it, and what to do.",
)
def command() -> int:
    found: list[Finding] = []
    for look in (_python, _library, _symbols, _guest, _signals, _threads, _cache):
        try:
            found += look()
        except LibraryError:  # which _library() has told
            pass
        except Exception as error:
            name = (look.__doc__ or "").rstrip(".")
            found.append((name, f"failed: {type(error).__name__}: {error}", "Report this: it should not happen."))
    out = console()
    out.print(table("", ["", "found", "what to do"], found))
    wrong = sum([bool(each[2]) for each in found])
    out.print(f"{wrong} problem{'s' * (wrong != 1)}" if wrong else "all is well")
    return FAILED if wrong else 0


def _python() -> Iterator[Finding]:
    """Python."""
    version = sys.version_info
    build = [
        f"{platform.python_implementation()} {platform.python_version()}",
        f"{'64' if sys.maxsize > 2**32 else '32'} bit",
        f"{platform.system()} on {platform.machine()}",
    ]
    build += ["debug build"] if hasattr(sys, "gettotalrefcount") else []
    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    build += ["without GIL"] if free_threaded else []
    todo = ""
    if platform.python_implementation() != "CPython" or free_threaded:
        todo = "Nobody has tested this Python: use a usual CPython from 3.10 to 3.13."
    elif sys.maxsize < 2**32:
        todo = "Use a 64-bit Python."
    elif not (3, 10) <= version[:2] <= (3, 13):
        todo = "Nobody has tested this version: use CPython from 3.10 to 3.13."
    yield "Python", ", ".join(build), todo
    yield "executable", sys.executable or "unknown", ""
    from importlib.metadata import PackageNotFoundError

    try:
        from importlib.metadata import version as version_of_package

        yield "wasmtime_gen", version_of_package("wasmtime_gen"), ""
    except PackageNotFoundError:
        yield "wasmtime_gen", "not installed, but found", "Install it with pip, which brings the library along."


def _library() -> Iterator[Finding]:
    """The library."""
    from wasmtime_capi import _library as search

    given = os.environ.get(search.ENVIRONMENT)
    try:
        path = search.find()
        found = search.version_of(path)
        search.opened()
    except LibraryError as error:
        todo = f"Install it with: pip install wasmtime=={PACKAGE}"
        yield "library", str(error), f"Unset {search.ENVIRONMENT}, or let it name another file." if given else todo
        return
    how = f" (named by {search.ENVIRONMENT})" if given else ""
    yield "library", f"{path}{how}", ""
    yield "versions", f"library {found or 'unknown'}, bindings for {VERSION}", ""
    yield "features", ", ".join(FEATURES).lower(), ""


def _symbols() -> Iterator[Finding]:
    """Functions of the library."""
    from wasmtime_capi import _library as search
    from wasmtime_capi.functions import FUNCTIONS, SYMBOLS

    opened = search.opened()
    missing = [name for name in FUNCTIONS if not search._has(opened, SYMBOLS.get(name, name))]
    todo = f"The library was built with fewer features. Install the usual one: pip install wasmtime=={PACKAGE}"
    yield "functions", f"{len(FUNCTIONS) - len(missing)} of {len(FUNCTIONS)}", ""
    if missing:
        yield "missing", ", ".join(missing), todo


def _guest() -> Iterator[Finding]:
    """A guest that traps."""
    from wasmtime_gen import Engine, IntegerDivisionByZeroTrap, Linker, Module, Store

    text = '(module (func (export "f") (param i32) (result i32) (i32.div_u (i32.const 6) (local.get 0))))'
    with Engine() as engine, Store(engine) as store:
        divide = Linker(engine).instantiate(store, Module.from_text(engine, text)).exports.f
        works = divide(2) == 3
        try:
            divide(0)
            works = False
        except IntegerDivisionByZeroTrap:
            pass
    yield "guests", "run and trap" if works else "give wrong results", "" if works else "Reinstall the library."


def _signals() -> Iterator[Finding]:
    """Signal handlers."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        yield "Ctrl-C", "raises KeyboardInterrupt", ""
    else:
        yield "Ctrl-C", "is ignored, as by what runs in the background", ""
    import faulthandler

    if faulthandler.is_enabled():
        yield "faulthandler", "enabled, and the library's handlers come before it", ""
    sanitizers = [name for name in ("LD_PRELOAD", "DYLD_INSERT_LIBRARIES") if os.environ.get(name)]
    for name in sanitizers:
        todo = "If guests crash the process, run without it, or with Config(signals_based_traps=False)."
        yield name, os.environ[name], todo if "san" in os.environ[name].lower() else ""


def _threads() -> Iterator[Finding]:
    """Threads."""
    size = threading.stack_size()
    small = 0 < size < _NEEDED_STACK
    todo = f"threading.stack_size({_NEEDED_STACK}) or more lets guests in threads overflow cleanly." if small else ""
    yield "stack of threads", f"{size} bytes" if size else "the system's default", todo


def _cache() -> Iterator[Finding]:
    """The cache."""
    from wasmtime_gen import CompileCache
    from wasmtime_gen._usercache import ENVIRONMENT, cache_directory

    state, todo = cache_directory(), ""
    try:
        CompileCache(state)
        if not os.access(state, os.W_OK):
            raise PermissionError(0, "cannot be written to")
    except OSError as error:
        state, todo = f"{state}: {error.strerror}", f"Let {ENVIRONMENT} name another directory."
    yield "cache", state, todo
