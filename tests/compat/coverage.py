"""What of the package `wasmtime` there is in wasmtime_gen.compat.wasmtime, as a table: python -m tests.compat.coverage

It writes docs/compat_wasmtime.md, which test_coverage.py compares.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType

from tests.compat.differences import DIFFERS, RAISED

FILE = Path(__file__).parent.parent.parent / "docs" / "compat_wasmtime.md"
#: Besides what has no underscore.
_SPECIAL = ("__init__", "__call__", "__eq__", "__getitem__", "__len__", "__iter__", "__enter__", "__exit__")

_HEAD = """\
# What `wasmtime_gen.compat.wasmtime` has

    from wasmtime_gen.compat.wasmtime import Engine, Func, Instance, Module, Store

offers the names and signatures of the package `wasmtime` {version} for core modules and WASI. A program changes its
import line, and nothing else. This page is made by the tests: they compare every name and signature, and pass the
package's own tests and examples.

## What is different

| name | here |
|---|---|
{differences}

## All names

The same, unless said otherwise above.

| name | signature |
|---|---|
{names}

Components (`wasmtime.component`) are not part of it.
"""


def names(package: ModuleType) -> dict[str, str]:
    """Every public name of the package and of its classes, with its signature."""
    found = {}
    for name in sorted([*package.__all__, "Managed", "Storelike"]):
        thing = getattr(package, name)
        found[name] = signature(thing) if inspect.isfunction(thing) else ""
        if inspect.isclass(thing):
            found |= {f"{name}.{each}": kind for each, kind in _members(thing).items()}
    return found


def _members(owner: type) -> dict[str, str]:
    """The members that the class has itself, or from a class that is not public."""
    members: dict[str, object] = {}
    for base in reversed(owner.__mro__):
        is_theirs = base is not object and base.__module__.partition(".")[0] in ("wasmtime", "wasmtime_gen")
        if is_theirs and (base is owner or base.__name__ != "Managed"):
            members.update(vars(base))
    if owner.__name__ != "Managed":
        members.pop("ptr", None)  # one class states it again
    wanted = {name: each for name, each in members.items() if not name.startswith("_") or name in _SPECIAL}
    return {name: signature(each) for name, each in sorted(wanted.items())}


def signature(thing: object) -> str:
    """A function's parameters, with their defaults; for anything else what it is."""
    if isinstance(thing, property):
        return "read" if thing.fset is None else "set" if thing.fget is None else "read and set"
    if isinstance(thing, (classmethod, staticmethod)):
        thing = thing.__func__
    if not inspect.isfunction(thing):
        return ""
    parameters = inspect.signature(thing).parameters.values()
    return f"({', '.join(str(each.replace(annotation=each.empty)) for each in parameters)})"


def table(original: ModuleType, version: str) -> str:
    """The page."""
    states = {**RAISED, **DIFFERS}
    return _HEAD.format(
        version=version,
        differences="\n".join(f"| `{name}` | {states[name]} |" for name in sorted(states)),
        names="\n".join(f"| `{name}` | {f'`{kind}`' if kind else ''} |" for name, kind in names(original).items()),
    )


def main() -> None:
    import wasmtime
    from wasmtime_capi.version import PACKAGE

    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(table(wasmtime, PACKAGE))


if __name__ == "__main__":
    main()
