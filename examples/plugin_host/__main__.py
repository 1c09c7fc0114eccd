"""python -m examples.plugin_host: list the plug-ins of a folder, run one on texts, or try all of them on a text.

Answers go to stdout, and all else to stderr. The exit code is 1 if there was a text without an answer.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory

from .api import Budget, Outcome
from .host import PluginHost, Settings
from .pool import spread

CACHE = Path(__file__).resolve().parent.parent.parent / ".cache"


def main() -> int:
    parser = _parser()
    options = parser.parse_args()
    if not options.folder.is_dir():
        parser.error(f"there is no folder {options.folder}")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        budget = Budget(**{field.name: getattr(options, field.name) for field in fields(Budget)})
    except ValueError as error:
        parser.error(str(error))
    with TemporaryDirectory() as temporary:
        settings = Settings(
            plugins=options.folder,
            storage=options.storage or Path(temporary, "storage"),
            cache=options.cache,
            python=options.python,
            budget=budget,
        )
        outcomes: Iterable[Outcome] = options.command(settings, options)
        return int(sum(map(_tell, outcomes)) > 0)


def _list(settings: Settings, options: argparse.Namespace) -> Iterator[Outcome]:
    for path in PluginHost(settings).folder.files():
        yield Outcome(path.stem, path.name, None, ())


def _run(settings: Settings, options: argparse.Namespace) -> Iterable[Outcome]:
    texts = options.texts or (line.rstrip("\n") for line in sys.stdin)
    if options.processes > 1:
        return spread(settings, options.processes, options.plugin, texts)
    host = PluginHost(settings)
    return (host.run(options.plugin, text) for text in texts)


def _try(settings: Settings, options: argparse.Namespace) -> Iterator[Outcome]:
    host = PluginHost(settings)
    return (host.run(path.stem, options.text) for path in host.folder.files())


def _tell(outcome: Outcome) -> bool:
    """Show how a run ended. Returns whether it failed."""
    for line in outcome.log:
        print(f"[{outcome.plugin}] {_printable(line)}", file=sys.stderr)
    if outcome.error is not None:
        print(f"[{outcome.plugin}] has failed: {_lines(outcome.error)}", file=sys.stderr)
    else:
        print(f"{outcome.plugin}: {_printable(outcome.answer or '')}", flush=True)
    return outcome.error is not None


def _lines(text: str) -> str:
    """The same of several lines: none looks like one of ours."""
    return "\n  ".join(map(_printable, text.splitlines()))


def _printable(text: str) -> str:
    """The text without what would command a terminal."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.plugin_host", description="Run plug-ins safely.")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("folder", type=Path, help="the folder of the plug-ins")
    shared.add_argument("--storage", type=Path, help="the file for what plug-ins store; none outlives this run without")
    shared.add_argument("--cache", type=Path, default=CACHE / "images", help="the folder for compiled modules")
    shared.add_argument("--python", type=Path, default=CACHE / "programs" / "python.wasm", help="a CPython for WASI")
    for field in fields(Budget):
        shared.add_argument(f"--{field.name}", type=type(field.default), default=field.default, help="%(default)s")
    commands = parser.add_subparsers(required=True)

    command = commands.add_parser("list", parents=[shared], help="list the plug-ins")
    command.set_defaults(command=_list)
    command = commands.add_parser("run", parents=[shared], help="run a plug-in on texts")
    command.add_argument("plugin")
    command.add_argument("texts", nargs="*", help="if there is none, each line of stdin is one")
    command.add_argument("--processes", type=int, default=1, help="spread the texts over so many processes")
    command.set_defaults(command=_run)
    command = commands.add_parser("try", parents=[shared], help="run every plug-in on a text")
    command.add_argument("text")
    command.set_defaults(command=_try)
    return parser


if __name__ == "__main__":
    sys.exit(main())
