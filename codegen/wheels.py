"""`make wheels`: our wheel for every platform that the pinned release of `wasmtime` has a library for.

Nothing is compiled: each is the same Python with another library, which the build hook takes out of that release.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from codegen import libraries, sources
from codegen.errors import CodegenError

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache" / "wheels"
# What pip is asked for; each also stands for the older ones of its kind.
PLATFORMS = (
    "android_26_arm64_v8a",
    "android_26_x86_64",
    "macosx_11_0_arm64",
    "macosx_11_0_x86_64",
    "manylinux2014_aarch64",
    "manylinux2014_x86_64",
    "musllinux_1_2_aarch64",
    "musllinux_1_2_x86_64",
    "win_amd64",
    "win_arm64",
)


def fetch() -> list[Path]:
    """The wheels of the pinned release, one for each platform, downloaded with pip where they are not in the cache."""
    return [cached(platform) or _download(platform) for platform in PLATFORMS]


def cached(platform: str) -> Path | None:
    """The wheel of the pinned release for `platform`, if it was fetched."""
    return next(_folder(platform).glob("*.whl"), None)


def build(release: Path, folder: Path) -> Path:
    """Our wheel, in `folder`, with the library of `release`."""
    with tempfile.TemporaryDirectory() as made:
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", made, str(ROOT)]
        environment = {**os.environ, "WASMTIME_GEN_WHEEL": str(release)}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise CodegenError(f"the wheel with the library of {release.name} was not built: {done.stdout.strip()}")
        wheel = next(Path(made).glob("*.whl"))
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / wheel.name
        target.write_bytes(wheel.read_bytes())
        return target


def _download(platform: str) -> Path:
    folder = _folder(platform)
    libraries.download(f"wasmtime=={folder.parent.name}", str(folder), "--platform", platform)
    wheel = next(folder.glob("*.whl"))
    if wheel.stem.endswith("-any"):  # what pip gets where there is none for the platform: Python without a library
        wheel.unlink()
        raise CodegenError(f"wasmtime {folder.parent.name} has no wheel for {platform}: mend PLATFORMS in {__file__}")
    return wheel


def _folder(platform: str) -> Path:
    versions = sources.Versions.load()
    return CACHE / versions.known[versions.pinned].package / platform
