"""The same sources give the same bytes, wherever and for whomever: nothing of the machine and no comment is in them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from codegen import regen, sources
from codegen.sources import Source

# What `regen` writes, into a folder aside.
RENDER = """
import sys
from pathlib import Path
from codegen import regen, sources
folder = Path(sys.argv[1])
for name, content in regen.generate(sources.read(Path(sys.argv[2])), "1.2.3").items():
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
"""
SECOND = {
    "PYTHONHASHSEED": "4711",
    "LC_ALL": "C",
    "LANG": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "TZ": "Asia/Tokyo",
    "COLUMNS": "40",
}


def unpack(source: Source, folder: Path) -> Path:
    files = {f"include/{name}": text for name, text in source.headers.items()}
    files |= {f"src/{name}": text for name, text in source.rust.items()}
    for name, text in reversed(files.items()):  # the order of a folder is the order in which it was written
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def start(home: Path, crate: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    home.mkdir(parents=True)
    (home / "stddef.h").write_text("#error a header of the working directory was read")
    (home / "pyproject.toml").write_text("[tool.black]\nline-length = 20\n")
    environment = dict(os.environ, PYTHONPATH=str(regen.ROOT), HOME=str(home), **environment)
    command = [sys.executable, "-c", RENDER, str(home / "out"), str(crate)]
    return subprocess.Popen(command, cwd=home, env=environment)


def test_two_runs_from_different_directories_and_homes_are_byte_identical(
    pinned: Source, rendered: dict[str, bytes], tmp_path: Path
) -> None:
    homes = tmp_path / "one", tmp_path / "somewhere" / "else with blanks"
    crates = unpack(pinned, tmp_path / "crate"), unpack(pinned, tmp_path / "deeper" / "crate-2")
    runs = [
        start(home, crate, environment)
        for home, crate, environment in zip(homes, crates, ({"PYTHONHASHSEED": "0"}, SECOND), strict=True)
    ]
    assert [run.wait() for run in runs] == [0, 0]
    one, two = (
        {p.relative_to(home / "out").as_posix(): p.read_bytes() for p in (home / "out").rglob("*") if p.is_file()}
        for home in homes
    )
    assert [name for name in one.keys() | two.keys() if one.get(name) != two.get(name)] == []
    assert set(one) == set(rendered)
    assert {name for name in one if one[name] != rendered[name]} == {"wasmtime_capi/_library.py"}  # names the package


def test_a_generated_file_names_no_path_of_this_machine(rendered: dict[str, bytes]) -> None:
    places = [
        str(regen.ROOT),
        str(Path.home()),
        os.getcwd(),
        "/include/",
        "/shims/",
        "/entry.c",
        "(unnamed",
        "(anonymous",
    ]
    found = [(name, place) for name, data in rendered.items() for place in places if place.encode() in data]
    assert found == []


def test_a_generated_file_has_no_time_and_no_line_numbers(rendered: dict[str, bytes]) -> None:
    stamp = re.compile(rb"\b20\d\d-\d\d-\d\d|\b\d\d:\d\d:\d\d|\.h:\d+")
    assert [(name, match[0]) for name, data in rendered.items() for match in stamp.finditer(data)] == []


def test_a_generated_file_names_no_registry(rendered: dict[str, bytes]) -> None:
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    caches = [folder.name.rpartition("-")[0] for folder in home.glob("registry/cache/*")]
    hosts = [".".join(parts) for parts in (("crates", "io"), ("pypi", "org"), ("pythonhosted", "org"))] + [*caches]
    hosts += re.findall(r"//([^/@]+@)?([\w.-]+)", os.environ.get("PIP_INDEX_URL", ""))
    assert [(name, host) for name, data in rendered.items() for host in hosts if host.encode() in data] == []


def comment_lines(header: str) -> set[str]:
    """What stands in comments, line by line, without their marks; a single word may be a name."""
    comments = re.findall(r"/\*.*?\*/|//[^\n]*", header, re.DOTALL)
    lines = (
        line.strip().removeprefix("/**").lstrip("/*! <").rstrip("*/ ") for text in comments for line in text.split("\n")
    )
    return {line for line in lines if len(line) >= 25 and " " in line}


def test_no_comment_of_the_headers_is_in_a_generated_file(pinned: Source, rendered: dict[str, bytes]) -> None:
    lines = set().union(*map(comment_lines, pinned.headers.values()))
    assert len(lines) > 3000
    text = b"\n".join(rendered.values()).decode()
    assert [line for line in lines if line in text] == []


def test_the_source_of_the_pinned_version_is_the_committed_one(pinned: Source) -> None:
    versions = sources.Versions.load()
    assert (pinned.version, pinned.sha256) == (versions.pinned, versions.known[versions.pinned].sha256)
