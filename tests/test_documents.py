"""What README, CONTRIBUTING, CHANGELOG and the Makefile say of each other is true."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import wasmtime_gen
from tests.availability import unavailable

ROOT = Path(__file__).parent.parent
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)


def test_make_help_lists_every_target() -> None:
    done = subprocess.run(["make", "--silent", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == TARGETS
    phony = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert set(phony[0].split()) == set(TARGETS)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_the_targets_and_files_that_a_document_names_are_there(name: str) -> None:
    text = (ROOT / name).read_text()
    commands = re.findall(r"^ {4}make ([a-z-]+)|`make ([a-z -]+)", text, re.M)
    named = {target for pair in commands for target in "".join(pair).split()}
    assert named
    assert named <= set(TARGETS)
    for path in re.findall(
        r"`((?:codegen|generated|templates|wasmtime_gen|tests|bench|examples|docs)/[\w./-]*)`", text
    ):
        assert (ROOT / path).exists(), path


def test_the_changes_begin_with_this_version() -> None:
    headings = re.findall(r"^## (\S+?),? ", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert headings[0] == wasmtime_gen.__version__


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        unavailable(f"{ROOT} is not a git repository")
    hosts = (
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "crates" + ".io",
        "npmjs" + ".org",
        "npmjs" + ".com",
        "/tmp" + "/wt",
    )
    for name in listed.stdout.splitlines():
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        found = [host for host in hosts if host.encode() in content]
        assert found == [], name
