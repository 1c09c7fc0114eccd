"""The next upgrade, rehearsed: today's allowlist and templates on every known version, tested against its library."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from codegen import libraries, regen, sources
from codegen.errors import CodegenError

ASIDE = regen.ROOT / ".cache" / "rehearsal"


def rehearse(only: Iterable[str] = ()) -> list[str]:
    """The versions whose raw layer does not pass tests/capi. What the allowlist leaves undecided is bound as it is."""
    known = sources.Versions.load().known
    if unknown := [version for version in only if version not in known]:
        raise CodegenError(f"{', '.join(unknown)} is not known: choose from {', '.join(known)}")
    failed = []
    for version in only or known:
        package = known[version].package
        folder = ASIDE / version
        for name, content in regen.generate(sources.source(version), package, strict=False).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        library = libraries.fetch(package)
        click.echo(f"Wasmtime {version}, library of wasmtime {package}")
        if _test(folder, library):
            failed.append(version)
    return failed


def _test(folder: Path, library: Path) -> int:
    environment = dict(os.environ, PYTHONPATH=str(folder), WASMTIME_GEN_LIBRARY=str(library))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(regen.ROOT / "tests" / "capi")]
    return subprocess.run(command, cwd=regen.ROOT, env=environment).returncode
