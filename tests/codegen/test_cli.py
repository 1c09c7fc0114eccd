"""python -m codegen: what it offers, and that what goes wrong is told in a sentence, without a traceback."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codegen import __main__ as cli
from codegen import config, model, pipeline, regen, sources
from codegen.sources import CRATE, Source, Version, Versions
from tests.availability import unavailable

COMMANDS = ["check", "diff", "fetch", "regen", "rehearse", "report", "wheels"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, arguments)


def python(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """python -m codegen, of the repository in this folder."""
    command = [sys.executable, "-m", "codegen", *arguments]
    return subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True, text=True)


def test_help_lists_all_commands_and_what_they_do() -> None:
    shown = run("--help")
    assert shown.exit_code == 0
    listed = shown.output.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == COMMANDS
    assert all(len(line.split()) > 3 for line in listed)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str) -> None:
    assert run(command, "--help").output.startswith(f"Usage: main {command}")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["regen", "--source", "/nowhere"], "/nowhere is neither a .crate file nor an unpacked crate"),
        (["diff", "none.json", "50.0.0"], "none.json does not exist: expected a version, a crate or an api.json"),
        (["rehearse", "1.2.3"], f"1.2.3 is not known: choose from {', '.join(Versions.load().known)}"),
    ],
)
def test_an_error_is_one_sentence(arguments: list[str], sentence: str) -> None:
    failed = run(*arguments)
    assert (failed.exit_code, failed.output) == (1, f"Error: {sentence}\n")


@pytest.mark.parametrize("text", ["{}", "not json", '{"version": "1.0.0", "unknown": 1}'])
def test_a_file_that_is_no_api_json_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    failed = run("diff", str(path), str(path))
    assert failed.exit_code == 1
    assert failed.output.startswith(f"Error: {path} is not an api.json of this generator: ")


def test_without_cargo_and_source_the_process_ends_with_one_sentence(tmp_path: Path) -> None:
    failed = python(regen.ROOT, "regen", PATH=str(tmp_path), CARGO_HOME=str(tmp_path))
    version = Versions.load().pinned
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr == (
        "Error: cargo is not installed: install cargo 1.82 or newer (rustup.rs), or give the sources: "
        f"make regen SOURCE=path to {CRATE}-{version}.crate, or to the unpacked crate\n"
    )


def test_an_old_cargo_on_the_path_ends_the_process_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "cargo").write_text("#!/bin/sh\necho 'cargo 1.65.0'\n")
    (tmp_path / "cargo").chmod(0o755)
    failed = python(regen.ROOT, "check", PATH=str(tmp_path), CARGO_HOME=str(tmp_path))
    assert failed.returncode == 1
    assert failed.stderr.startswith("Error: cargo 1.65 cannot fetch one crate: cargo 1.82 or newer can, ")


def test_diff_takes_versions_crates_and_api_json_alike(crate_source: Callable[..., Source], tmp_path: Path) -> None:
    old, new = crate_source("48.0.0"), crate_source("49.0.0")
    crate, api = tmp_path / "crate", tmp_path / "api.json"
    for folder, files in (("include", old.headers), ("src", old.rust)):
        for name, text in files.items():
            (crate / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (crate / folder / name).write_text(text)
    api.write_bytes(model.dump(pipeline.build(new, config.load(), strict=False)[0]))
    shown = run("diff", "48.0.0", "49.0.0")
    assert (shown.exit_code, run("diff", str(crate), str(api)).output) == (0, shown.output)
    assert shown.output.startswith("Wasmtime's C API from 48.0.0 to 49.0.0: ")
    assert re.search(r"wasmtime_component_func_t\s+grew from 24 to 32 bytes", shown.output)
    unchanged = "Wasmtime's C API did not change from 49.0.0 to 49.0.0.\n"
    assert run("diff", str(api), str(api)).output == unchanged
    assert run("diff", "--markdown", str(api), str(api)).output.endswith(f"\n\n{unchanged}")


def test_diff_verifies_the_versions_that_it_knows(
    crate_source: Callable[..., Source], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crate_source("48.0.0")
    monkeypatch.setattr(sources, "VERSIONS", tmp_path / "versions.json")
    Versions("48.0.0", {"48.0.0": Version("0" * 64, "48.0.0")}).save()
    failed = run("diff", "48.0.0", "48.0.0")
    assert failed.exit_code == 1
    assert failed.output.startswith(f"Error: {CRATE} 48.0.0 is not the one that was reviewed: its digest is ")


def test_a_whole_upgrade_in_a_repository_of_its_own(crate_source: Callable[..., Source], tmp_path: Path) -> None:
    crate_source("49.0.0")
    if shutil.which("git") is None:
        unavailable("git is not installed")
    for part in ("codegen", "templates", "generated", "wasmtime_gen"):
        shutil.copytree(regen.ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    author = ["-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "-A"], [*author, "commit", "-q", "-m", "x"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)

    done = python(tmp_path, "regen", "--version", "49.0.0")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "generated/ holds the bindings of Wasmtime 49.0.0 (PyPI wasmtime 49.0.0)\n"
    assert '"pinned": "49.0.0"' in (tmp_path / "codegen/versions.json").read_text()
    assert 'VERSION = "49.0.0"' in (tmp_path / "generated/wasmtime_capi/_library.py").read_text()
    pinned = Versions.load().pinned
    report = (tmp_path / "generated/API_CHANGES.md").read_text()
    assert report.startswith(f"# Wasmtime's C API from {pinned} to 49.0.0\n")
    assert str(tmp_path) not in report

    edited = tmp_path / "generated/wasmtime_capi/constants.py"
    edited.write_text(edited.read_text() + "EDITED = 1\n")
    checked = python(tmp_path, "check")
    assert (checked.returncode, checked.stdout) == (1, "")
    lines = checked.stderr.splitlines()
    assert lines[0] == "Error: generated/ is stale or was edited by hand: run make regen and commit the result"
    assert lines[1:3] == [
        f"{mark} {side}/wasmtime_capi/constants.py"
        for mark, side in zip(("---", "+++"), ("generated", "regenerated"), strict=True)
    ]
    assert [line for line in lines[3:] if line[0] in "+-"] == ["-EDITED = 1"]
