"""Golden headers: in golden/<feature>/ a tiny header, its allowlist, and beside them what the generator makes of it.

    REWRITE_GOLDEN=1 python -m pytest tests/codegen/test_golden.py

rewrites them all; review the result with git diff. A new feature needs a folder with a header and an allowlist.yaml
(and lib.rs for Rust, conf.h.in for features); the rest is written by the same command.

Kept are the generated files that differ from those of an empty API, and of the long __init__.pyi only what is added.
They are named *.txt, so that no linter takes them for ours.
"""

from __future__ import annotations

import ast
import difflib
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from codegen import config, pipeline, render
from codegen.model import KINDS, Api, load
from tests.codegen import micro

GOLDEN = Path(__file__).parent / "golden"
FEATURES = sorted(folder.name for folder in GOLDEN.iterdir() if folder.is_dir())
PACKAGE = "1.2.4"
REWRITE = os.environ.get("REWRITE_GOLDEN") == "1"


@cache
def rendered(feature: str = "") -> dict[str, bytes]:
    """All generated files of one feature, or of an API without anything."""
    api = Api(version=micro.VERSION)
    if feature:
        folder = GOLDEN / feature
        given = {part: folder / part for part in ("lib.rs", "conf.h.in")}
        rust, conf = (path.read_text() if path.is_file() else "" for path in given.values())
        headers = {path.name: path.read_text() for path in folder.glob("*.h")}
        source = micro.source(headers, rust, conf)
        api, _ = pipeline.build(source, config.load(folder / "allowlist.yaml"))
    return render.render(api, PACKAGE)


def golden(feature: str) -> dict[str, str]:
    """What is kept of them, by the name of the golden file."""
    kept = {}
    for name, content in rendered(feature).items():
        empty, text = rendered()[name].decode(), content.decode()
        if name == "api.json":
            kept[name] = text
        elif text != empty:
            kept[f"{Path(name).name}.txt"] = _added(empty, text) if name.endswith(".pyi") else text
    return kept


def _added(before: str, after: str) -> str:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return "".join(f"{line[2:]}\n" for line in lines if line.startswith("+ ") and line.strip() != "+")


def present(feature: str) -> dict[str, str]:
    folder = GOLDEN / feature
    return {path.name: path.read_text() for path in [*folder.glob("*.txt"), *folder.glob("api.json")]}


@pytest.mark.parametrize("feature", FEATURES)
def test_the_generated_files_are_the_golden_ones(feature: str) -> None:
    made = golden(feature)
    if REWRITE:
        for name in present(feature).keys() - made.keys():
            (GOLDEN / feature / name).unlink()
        for name, text in made.items():
            (GOLDEN / feature / name).write_text(text)
    assert made == present(feature), "review it, then: REWRITE_GOLDEN=1 python -m pytest tests/codegen/test_golden.py"


@pytest.mark.parametrize("feature", FEATURES)
def test_golden_packages_can_be_imported_and_have_the_layout_of_c(feature: str, tmp_path: Path) -> None:
    for name, content in rendered(feature).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        if name.endswith(".pyi"):
            ast.parse(content)
    command = [sys.executable, str(Path(__file__).with_name("load_package.py")), str(tmp_path / "api.json")]
    environment = dict(os.environ, PYTHONPATH=str(tmp_path), PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    api = load((tmp_path / "api.json").read_bytes())
    kinds = [kind for kind in KINDS if kind != "inline_functions"]  # their ports are written for the real headers
    declared = {item.name for kind in kinds for item in getattr(api, kind)}
    assert declared <= set(json.loads(done.stdout))


def test_no_comment_of_a_header_gets_into_its_golden_files() -> None:
    for feature in FEATURES:
        for header in (GOLDEN / feature).glob("*.h"):
            comment = header.read_text().splitlines()[0].removeprefix("// ")
            assert comment not in "".join(golden(feature).values())
