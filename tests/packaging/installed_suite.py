"""The suite against the installed wheel, in an environment without the repository: make test-installed

The wheel and what tests need, which its extras name, go into a virtual environment for each CPython; `wasmtime` does
not. The tests run in a copy of the sdist in which links to the installed files stand for both packages, so that nothing
but the wheel can serve them. They are those of what the wheel promises: the generator's and the bench's own are not
among them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from bench.interpreters import interpreters

ROOT = Path(__file__).parent.parent.parent
HOME = ROOT / ".cache" / "installed"
SUITES = ["tests/api", "tests/capi", "tests/cli", "tests/compat", "tests/conformance", "tests/examples", "tests/safety"]


def main(versions: list[str]) -> int:
    known = interpreters()
    if missing := [version for version in versions if version not in known]:
        sys.exit(f"pyenv has no CPython {', '.join(missing)}")
    dist = HOME / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(dist), str(ROOT)], check=True)
    sdist, wheel = next(dist.glob("*.tar.gz")), next(dist.glob("*.whl"))
    return max([_suite(known[version], sdist, wheel) for version in versions or known])


def _suite(interpreter: Path, sdist: Path, wheel: Path) -> int:
    home = HOME / interpreter.parent.parent.name
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run([str(interpreter), "-m", "venv", str(home / "env")], check=True)
    python = home / "env" / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", f"{wheel}[cli,dev]"], check=True)
    with tarfile.open(sdist) as archive:
        archive.extractall(home, filter="data")
    tests = next(home.glob("wasmtime_gen-*"))
    packages = next((home / "env" / "lib").glob("python*/site-packages"))
    for link in (tests / "wasmtime_gen", tests / "generated" / "wasmtime_capi"):
        shutil.rmtree(link)
        link.symlink_to(packages / link.name)
    (tests / ".cache").symlink_to(ROOT / ".cache")
    print(f"The suite against {wheel.name} on CPython {home.name}", flush=True)
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not original", *SUITES]
    return subprocess.run(command, cwd=tests, env={**os.environ, "PYTHONPATH": str(tests / "generated")}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
