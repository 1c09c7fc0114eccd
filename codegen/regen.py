"""`make regen` and `make check`: write generated/, or prove that it is what the sources and the allowlist make."""

from __future__ import annotations

import difflib
import hashlib
import shutil
import subprocess
from pathlib import Path

from msgspec.structs import replace

from codegen import config, diff, libraries, model, pipeline, render, sources
from codegen.errors import CodegenError

ROOT = Path(__file__).parent.parent
GENERATED = ROOT / "generated"
CHANGES = "API_CHANGES.md"


def regenerate(version: str = "", source: str = "", package: str = "") -> str:
    """Write generated/ for `version` (default: the pinned one), move the pin there, and tell what was done."""
    versions = sources.Versions.load()
    version = version or versions.pinned
    if version in versions.known:
        found = sources.source(version, source)
        known_package = versions.known[version].package
        if package and package != known_package:
            libraries.check_package(package, version)
        package = package or known_package
    else:
        found = sources.read(Path(source) if source else sources.fetch(version))
        if found.version != version:
            raise CodegenError(f"{source or sources.CRATE} holds version {found.version}, expected {version}")
        if package:
            libraries.check_package(package, version)
        package = package or libraries.find_package(version)
    files = generate(found, package)
    known = versions.known | {version: sources.Version(found.sha256, package)}
    replace(versions, pinned=version, known=dict(sorted(known.items()))).save()
    _write(files)
    return f"generated/ holds the bindings of Wasmtime {version} (PyPI wasmtime {package})"


def generate(source: sources.Source, package: str, strict: bool = True) -> dict[str, bytes]:
    """All files of generated/ but the report of changes."""
    api, _ = pipeline.build(source, config.load(), strict)
    return render.render(api, package)


def check() -> str:
    """Raise with the differences when generated/ is not what regen would write now."""
    versions = sources.Versions.load()
    files = generate(sources.source(versions.pinned), versions.known[versions.pinned].package)
    report = GENERATED / CHANGES
    if report.is_file() and (text := report.read_text()) != _sealed(_unsealed(text)):
        raise CodegenError(f"generated/{CHANGES} was edited by hand: restore it with git, or run make regen")
    present = {p.relative_to(GENERATED).as_posix(): p.read_bytes() for p in _files(GENERATED)}
    if present.pop(CHANGES, None) is None and _committed(CHANGES):
        raise CodegenError(f"generated/{CHANGES} is missing: restore it with git, or run make regen")
    if present == files:
        return f"generated/ is what the sources of {versions.pinned} and the allowlist make"
    lines = [line for name in sorted(files | present) for line in _difference(name, present, files)]
    shown = "\n".join(lines[:200]) + (f"\n... and {len(lines) - 200} lines more" if len(lines) > 200 else "")
    raise CodegenError(f"generated/ is stale or was edited by hand: run make regen and commit the result\n{shown}")


def _difference(name: str, present: dict[str, bytes], files: dict[str, bytes]) -> list[str]:
    if present.get(name) == files.get(name):
        return []
    if name not in present:
        return [f"generated/{name} is missing"]
    if name not in files:
        return [f"generated/{name} is not one of the generated files"]
    before, after = (side[name].decode(errors="replace").splitlines() for side in (present, files))
    lines = difflib.unified_diff(before, after, f"generated/{name}", f"regenerated/{name}", lineterm="", n=1)
    return list(lines) or [f"generated/{name} differs in its line ends or bytes only"]


def _write(files: dict[str, bytes]) -> None:
    report = _report(model.load(files["api.json"]))
    if report:
        files = files | {CHANGES: report}
    kept = {*files, CHANGES} if report is None else {*files}
    for stale in _files(GENERATED):
        if stale.relative_to(GENERATED).as_posix() not in kept:
            stale.unlink()
    for name, content in files.items():
        path = GENERATED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _report(new: model.Api) -> bytes | None:
    """API_CHANGES.md: from the last commit to now, or that commit's if nothing changed; None where there is none."""
    old = committed()
    if old is None:
        return None
    if old == new:
        return _committed(CHANGES)
    changes = diff.compare(old, new)
    used = diff.uses(ROOT / "wasmtime_gen", [change.name for change in changes])
    return _sealed(diff.as_markdown(changes, old.version, new.version, used)).encode()


def committed() -> model.Api | None:
    """The API of the last commit; None where there is none, or one that this code cannot read any more."""
    try:
        return model.load(_committed("api.json"))
    except model.LoadError:
        return None


def _committed(name: str) -> bytes:
    """A file of generated/ as of the last commit; b"" where there is none."""
    git = shutil.which("git")
    command = [git or "", "show", f"HEAD:./generated/{name}"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True) if git else None
    return shown.stdout if shown and shown.returncode == 0 else b""


def _files(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.rglob("*")) if p.is_file() and "__pycache__" not in p.parts]


# The report depends on what was committed before, so it cannot be made again: its own digest shows an edit.
_SEAL = "\n<!-- SHA-256 of the report above: {digest} -->\n"


def _sealed(report: str) -> str:
    return report + _SEAL.format(digest=hashlib.sha256(report.encode()).hexdigest())


def _unsealed(text: str) -> str:
    return text.rpartition(_SEAL.partition(":")[0])[0]
