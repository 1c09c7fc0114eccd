"""What the pages in docs/ show happens: their commands run in order, with the files of examples/, and write what they
should. "..." stands for anything.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WRONG = "(module\n  (func (param i64) (drop (i32.eqz (local.get 0)))))\n"


PAGES = [page for page in sorted((ROOT / "docs").glob("*.md")) if "```console" in page.read_text()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_happens(page: Path, tmp_path: Path) -> None:
    for file in (ROOT / "examples").glob("*.wat"):
        shutil.copy(file, tmp_path)
    (tmp_path / "wrong.wat").write_text(WRONG)
    scripts = os.path.dirname(sys.executable)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COLUMNS"))},
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "WASMTIME_GEN_CACHE": str(tmp_path / "cache"),
    }
    shown = BLOCK.findall(page.read_text())
    assert shown
    for kind, text in shown:
        if kind == "python":
            (tmp_path / text.partition("\n")[0].removeprefix("# ")).write_text(text)
            continue
        assert kind == "console"
        for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
            done = subprocess.run(
                command,
                shell=True,
                cwd=tmp_path,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            expected = ".*".join(re.escape(part) for part in squeezed(output).split("..."))
            assert re.fullmatch(expected, squeezed(done.stdout), re.DOTALL), (command, done.stdout)


def squeezed(text: str) -> str:
    """Without the margins and rules of tables."""
    lines = [re.sub(r" +", " ", line).strip() for line in text.splitlines()]
    return "\n".join([line for line in lines if line and "──" not in line])
