"""`python -m docgen FOLDER`: build the site there, strictly: a warning is an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

if __name__ == "__main__":
    folder = str(Path(sys.argv[1]).absolute())
    # What the theme prints about the future of mkdocs is no warning of this site.
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "--quiet", "build", "--strict", "--site-dir", folder]
    sys.exit(subprocess.run(command, cwd=ROOT, env=environment).returncode)
