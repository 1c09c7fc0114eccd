"""What mypy --strict says of a user's code: lines that end in a comment say themselves what is expected."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PATH = os.pathsep.join([str(ROOT), str(ROOT / "generated")])


def check_snippet(snippet_text: str, tmp_path: Path) -> None:
    """Each `reveal_type(...)  # type` and each `# error: code` must be what mypy says, and nothing else."""
    snippet = tmp_path / "snippet.py"
    snippet.write_text(snippet_text)
    command = [sys.executable, "-m", "mypy", "--strict", "--hide-error-context", "--no-error-summary", "--config-file="]
    command += [f"--cache-dir={tmp_path / 'cache'}", "--follow-imports=silent", str(snippet)]
    done = subprocess.run(command, env=os.environ | {"MYPYPATH": PATH}, cwd=tmp_path, capture_output=True, text=True)
    found: dict[int, str] = {}
    for line in done.stdout.splitlines():
        _, number, kind, message = line.split(":", 3)
        if kind == " error":
            found[int(number)] = "error: " + message.rpartition("[")[2].rstrip("]")
        elif message.startswith(" Revealed type is "):
            found[int(number)] = re.sub(r"wasmtime_gen\._\w+\.(?:[a-z]\w*\.)?|builtins\.", "", message.split('"')[1])
    lines = enumerate(snippet_text.splitlines(), 1)
    assert found == {number: line.partition("  # ")[2] for number, line in lines if "  # " in line}, done
