"""`regen` writes generated/, moves the pin, removes what is stale, and reports what changed since the last commit."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen import config, libraries, regen, sources
from codegen.errors import CodegenError
from codegen.sources import Version, Versions
from tests.availability import unavailable
from tests.codegen import micro

HEADER = """
#define WASMTIME_VERSION "{0}"
#define WASMTIME_VERSION_MAJOR {0[0]}
#define WASMTIME_VERSION_MINOR {0[2]}
#define WASMTIME_VERSION_PATCH {0[4]}
"""
ONE = "void one(void);\n"
TWO = "void two(void);\n"


class House:
    """A repository in small: two known versions, the first one pinned, of which the second has another function."""

    def __init__(self, root: Path) -> None:
        self.root, self.generated = root, root / "generated"
        self.crates = {"1.0.0": self.crate("1.0.0", ONE), "2.0.0": self.crate("2.0.0", ONE + TWO)}
        known = {v: Version(sources.read(path).sha256, f"{v[0]}.0.9") for v, path in self.crates.items()}
        Versions("1.0.0", known).save()

    def crate(self, version: str, declarations: str) -> Path:
        folder = self.root / "crates" / version
        (folder / "include/wasmtime").mkdir(parents=True, exist_ok=True)
        (folder / "src").mkdir(exist_ok=True)
        (folder / "include/wasmtime/conf.h.in").write_text("")
        (folder / "include/wasmtime.h").write_text(HEADER.format(version) + declarations)
        (folder / "src/lib.rs").write_text("")
        return folder

    def regen(self, version: str = "", source: str = "", package: str = "") -> str:
        return regen.regenerate(version, source or str(self.crates[version or self.pin]), package)

    @property
    def pin(self) -> str:
        return Versions.load().pinned

    @property
    def report(self) -> str:
        path = self.generated / regen.CHANGES
        return path.read_text() if path.is_file() else ""

    def functions(self) -> str:
        return (self.generated / "wasmtime_capi/functions.py").read_text()

    def commit(self, folder: Path | None = None) -> None:
        if shutil.which("git") is None:
            unavailable("git is not installed")
        author = ["-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false"]
        for command in (["init", "-q"], ["add", "-A"], [*author, "commit", "-q", "-m", "x"]):
            subprocess.run(["git", *command], cwd=folder or self.root, check=True)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    root = tmp_path / "project"
    rules = micro.allow(micro.every("functions", "constants"), entry="wasmtime.h")
    monkeypatch.setattr(config, "load", lambda: rules)
    monkeypatch.setattr(sources, "VERSIONS", root / "versions.json")
    monkeypatch.setattr(regen, "ROOT", root)
    monkeypatch.setattr(regen, "GENERATED", root / "generated")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return House(root)


def test_regen_writes_what_check_accepts(house: House) -> None:
    assert house.regen() == "generated/ holds the bindings of Wasmtime 1.0.0 (PyPI wasmtime 1.0.9)"
    assert '"one": ("void",)' in house.functions()
    known = Versions.load().known["1.0.0"]
    present = {p.relative_to(house.generated).as_posix() for p in house.generated.rglob("*") if p.is_file()}
    assert present == set(regen.generate(sources.read(house.crates["1.0.0"]), known.package))


def test_regen_restores_what_was_edited_and_removes_what_is_stale(house: House) -> None:
    house.regen()
    before = house.functions()
    (house.generated / "wasmtime_capi/functions.py").write_text("edited")
    (house.generated / "wasmtime_capi/old.py").write_text("stale")
    (house.generated / "old.json").write_text("stale")
    house.regen()
    assert house.functions() == before
    assert not (house.generated / "wasmtime_capi/old.py").exists()
    assert not (house.generated / "old.json").exists()


def test_regen_of_the_pinned_version_does_not_touch_the_lock(house: House) -> None:
    before = sources.VERSIONS.read_bytes()
    house.regen()
    assert sources.VERSIONS.read_bytes() == before


def test_regen_of_another_known_version_moves_the_pin(house: House) -> None:
    house.regen()
    assert house.regen("2.0.0") == "generated/ holds the bindings of Wasmtime 2.0.0 (PyPI wasmtime 2.0.9)"
    assert house.pin == "2.0.0"
    assert '"two": ("void",)' in house.functions()


def test_regen_of_a_new_version_enters_it_into_the_lock(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "find_package", lambda version: f"{version}.post1")
    crate = house.crate("3.0.0", ONE)
    house.regen("3.0.0", str(crate))
    versions = Versions.load()
    assert versions.pinned == "3.0.0"
    assert list(versions.known) == ["1.0.0", "2.0.0", "3.0.0"]
    assert versions.known["3.0.0"] == Version(sources.read(crate).sha256, "3.0.0.post1")


def test_a_source_of_another_version_is_refused(house: House) -> None:
    with pytest.raises(CodegenError, match=r"holds version 1\.0\.0, expected 3\.0\.0$"):
        house.regen("3.0.0", str(house.crates["1.0.0"]))


def test_a_package_that_carries_another_library_is_refused(released_library: Callable[[str], Path]) -> None:
    released_library("50.0.1")
    libraries.check_package("50.0.1", "50.0.0")
    with pytest.raises(CodegenError, match=r"wasmtime 50\.0\.1 on PyPI carries library 50\.0\.0, not 50\.0\.1: leave"):
        libraries.check_package("50.0.1", "50.0.1")


def test_a_given_package_is_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[tuple[str, str]] = []
    monkeypatch.setattr(libraries, "check_package", lambda *given: looked.append(given))
    house.regen(package="1.0.7")
    house.regen("3.0.0", str(house.crate("3.0.0", ONE)), "3.0.1")
    assert looked == [("1.0.7", "1.0.0"), ("3.0.1", "3.0.0")]


def test_a_lock_that_does_not_change_is_not_written(house: House) -> None:
    house.regen()
    before = sources.VERSIONS.stat().st_mtime_ns
    house.regen()
    assert sources.VERSIONS.stat().st_mtime_ns == before


def test_a_regen_that_fails_leaves_the_pin_and_the_files_as_they_were(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "check_package", lambda package, version: None)
    house.regen()
    crate = house.crate("3.0.0", "struct s { int a; };")
    before = house.functions(), sources.VERSIONS.read_bytes()
    with pytest.raises(CodegenError, match="structs: s"):
        house.regen("3.0.0", str(crate), "3.0.0")
    assert (house.functions(), sources.VERSIONS.read_bytes()) == before


def test_an_upgrade_is_reported_against_the_last_commit(house: House) -> None:
    house.regen()
    house.commit()
    house.regen("2.0.0")
    assert house.report.startswith("# Wasmtime's C API from 1.0.0 to 2.0.0")
    assert "`two`" in house.report
    assert house.report == regen._sealed(regen._unsealed(house.report))


def test_the_report_stands_until_the_next_change_is_committed(house: House) -> None:
    house.regen()
    house.commit()
    house.regen("2.0.0")
    reported = house.report
    house.regen()
    assert house.report == reported
    house.commit()
    house.regen()
    assert house.report == reported


def test_a_way_back_leaves_no_report_of_what_did_not_happen(house: House) -> None:
    house.regen()
    house.commit()
    house.regen("2.0.0")
    house.regen("1.0.0")
    assert house.report == ""
    house.regen("2.0.0")
    upgraded = house.report
    house.commit()
    house.regen("1.0.0")
    assert house.report not in ("", upgraded)
    house.regen("2.0.0")
    assert house.report == upgraded


def test_the_report_names_the_lines_of_wasmtime_gen_that_use_what_changed(house: House) -> None:
    (house.root / "wasmtime_gen").mkdir()
    (house.root / "wasmtime_gen/_two.py").write_text("import wasmtime_capi as c\n\nc.two()\n")
    house.regen("2.0.0")
    house.commit()
    house.regen("1.0.0")
    assert "  - `wasmtime_gen/_two.py:3: c.two()`" in house.report.splitlines()


def test_the_last_commit_is_found_where_the_project_is_a_folder_of_a_repository(house: House) -> None:
    house.regen()
    house.commit(house.root.parent)
    house.regen("2.0.0")
    assert house.report.startswith("# Wasmtime's C API from 1.0.0 to 2.0.0")


def test_without_a_commit_there_is_nothing_to_report(house: House) -> None:
    house.regen()
    house.regen("2.0.0")
    assert house.report == ""


def test_without_git_regen_works_and_keeps_the_report(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.regen()
    (house.generated / regen.CHANGES).write_text("kept")
    monkeypatch.setenv("PATH", "")
    house.regen("2.0.0")
    assert house.report == "kept"


def test_an_api_json_that_this_code_cannot_read_is_nothing_to_compare_with(house: House) -> None:
    house.regen()
    (house.generated / "api.json").write_text('{"version": "1.0.0", "unknown": 1}')
    house.commit()
    assert regen.committed() is None
    house.regen("2.0.0")
    assert house.report == ""
