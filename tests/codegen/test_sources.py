"""The sources are those of one exact version: found, verified, and refused with what to do about it."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from codegen import sources
from codegen.errors import CodegenError
from codegen.sources import CRATE, Source, Version, Versions

UMBRELLA = """
#define WASMTIME_VERSION "{0}.{1}.{2}"
#define WASMTIME_VERSION_MAJOR {0}
#define WASMTIME_VERSION_MINOR {1}
#define WASMTIME_VERSION_PATCH {2}
"""
FILES = {
    "include/wasmtime.h": UMBRELLA.format(1, 2, 3),
    "include/wasmtime/conf.h.in": "",
    "src/lib.rs": "fn f() {}",
    "Cargo.toml": "[package]",
}
BY_HAND = f"or give the sources: make regen SOURCE=path to {CRATE}-1.2.3.crate, or to the unpacked crate"


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    """An unpacked crate of version 1.2.3."""
    folder = tmp_path / f"{CRATE}-1.2.3"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def archive(crate: Path) -> Path:
    path = crate.with_suffix(".3.crate")
    with tarfile.open(path, "w:gz") as target:
        target.add(crate, crate.name)
    return path


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crate: Path) -> Path:
    """A versions.json that pins this crate."""
    path = tmp_path / "versions.json"
    monkeypatch.setattr(sources, "VERSIONS", path)
    Versions("1.2.3", {"1.2.3": Version(sources.read(crate).sha256, "1.2.4")}).save()
    return path


@pytest.fixture
def no_cargo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of cargo, and a PATH on which nothing is but what the test puts there."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))
    return programs


def cargo(programs: Path, script: str) -> None:
    path = programs / "cargo"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def refusal(call: Callable[..., object], *args: object) -> str:
    with pytest.raises(CodegenError) as caught:
        call(*args)
    return str(caught.value)


def test_an_archive_and_an_unpacked_crate_are_the_same_source(pinned: Path, crate: Path, archive: Path) -> None:
    expected = Source(
        "1.2.3",
        {"wasmtime.h": FILES["include/wasmtime.h"], "wasmtime/conf.h.in": ""},
        {"lib.rs": FILES["src/lib.rs"]},
    )
    assert sources.source("1.2.3", str(crate)) == sources.source("1.2.3", str(archive)) == expected


@pytest.mark.parametrize("name", ["include/wasmtime.h", "src/lib.rs", "include/new.h", "src/deep/new.rs"])
def test_a_crate_that_was_not_reviewed_is_refused_with_both_digests(pinned: Path, crate: Path, name: str) -> None:
    reviewed = sources.read(crate).sha256
    (crate / name).parent.mkdir(exist_ok=True)
    with (crate / name).open("a") as file:
        file.write("\n// changed\n")
    changed = sources.read(crate).sha256
    assert changed != reviewed
    assert refusal(sources.source, "1.2.3", str(crate)) == (
        f"{CRATE} 1.2.3 is not the one that was reviewed: its digest is {changed}, versions.json pins {reviewed}. "
        "Get the released crate, or find out why it changed."
    )


def test_the_digest_knows_which_text_stands_in_which_file() -> None:
    one = Source("1", {"a.h": "x", "b.h": "y"}, {})
    digests = {
        replace(one, headers=headers, rust=rust).sha256
        for headers, rust in [
            ({"a.h": "x", "b.h": "y"}, {}),
            ({"a.h": "y", "b.h": "x"}, {}),
            ({"a.h": "xy", "b.h": ""}, {}),
            ({"a.h": "x"}, {"b.h": "y"}),
            ({"a.hx": "", "b.h": "y"}, {}),
        ]
    }
    assert len(digests) == 5
    assert Source("1", {"b.h": "y", "a.h": "x"}, {}).sha256 == one.sha256


def test_what_is_not_read_does_not_count(pinned: Path, crate: Path) -> None:
    (crate / "Cargo.toml").write_text("[other]")
    (crate / "include" / "notes.txt").write_text("x")
    sources.source("1.2.3", str(crate))


def test_a_folder_that_is_no_crate_is_not_read_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "large").write_text("")
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    assert refusal(sources.read, tmp_path) == f"{tmp_path} holds no include/wasmtime.h: expected the crate {CRATE}"


def test_a_crate_of_another_version_is_refused(pinned: Path, crate: Path) -> None:
    (crate / "include/wasmtime.h").write_text(UMBRELLA.format(1, 2, 4))
    assert refusal(sources.source, "1.2.3", str(crate)) == (
        f"{crate} holds version 1.2.4, expected 1.2.3: add VERSION=1.2.4 if you mean that one"
    )


def test_a_version_without_a_digest_is_refused(pinned: Path, crate: Path) -> None:
    (crate / "include/wasmtime.h").write_text(UMBRELLA.format(2, 0, 0))
    assert refusal(sources.source, "2.0.0", str(crate)) == (
        "version 2.0.0 is not in versions.json: add it with make regen VERSION=2.0.0"
    )


@pytest.mark.parametrize(
    ("umbrella", "told"),
    [
        (UMBRELLA.format(1, 2, 3).replace('"1.2.3"', '"1.2.4"'), "WASMTIME_VERSION 1.2.4, parts 1.2.3"),
        (UMBRELLA.format(1, 2, 3).replace("MINOR 2", "MINOR 3"), "WASMTIME_VERSION 1.2.3, parts 1.3.3"),
        (UMBRELLA.format(1, 2, 3).replace("_MAJOR", "_MAIN"), "WASMTIME_VERSION 1.2.3, parts ?.2.3"),
        ("", "WASMTIME_VERSION None, parts ?.?.?"),
    ],
)
def test_version_macros_that_contradict_each_other_are_refused(crate: Path, umbrella: str, told: str) -> None:
    (crate / "include/wasmtime.h").write_text(umbrella)
    assert refusal(sources.read, crate) == f"wasmtime.h contradicts itself: {told}"


def test_source_that_is_not_there_or_is_nothing_is_refused(tmp_path: Path) -> None:
    nowhere, text = tmp_path / "nowhere", tmp_path / "notes.txt"
    text.write_text("not an archive")
    assert refusal(sources.read, nowhere) == f"{nowhere} is neither a .crate file nor an unpacked crate"
    assert refusal(sources.read, text).startswith(f"{text} is not a whole .crate file: ")
    assert refusal(sources.read, tmp_path) == f"{tmp_path} holds no include/wasmtime.h: expected the crate {CRATE}"


def test_a_crate_that_is_cut_or_damaged_is_refused(archive: Path) -> None:
    whole = archive.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:20], whole[:60] + b"\0\xff" * 20 + whole[100:], b""):
        archive.write_bytes(damaged)
        assert refusal(sources.read, archive).startswith(f"{archive} is not a whole .crate file: ")


def test_a_header_that_is_not_text_is_refused(crate: Path) -> None:
    (crate / "include/wasmtime.h").write_bytes(b"\xff\xfe")
    assert refusal(sources.read, crate).startswith("a file in include/ is not UTF-8 text: ")


def test_without_cargo_and_source_both_ways_are_told(no_cargo: Path) -> None:
    assert refusal(sources.fetch, "1.2.3") == (
        f"cargo is not installed: install cargo 1.82 or newer (rustup.rs), {BY_HAND}"
    )


def test_a_cargo_that_is_too_old_is_refused(no_cargo: Path) -> None:
    cargo(no_cargo, "echo 'cargo 1.65.0'")
    assert refusal(sources.fetch, "1.2.3") == f"cargo 1.65 cannot fetch one crate: cargo 1.82 or newer can, {BY_HAND}"


@pytest.mark.parametrize("version", ["1.82.0 (8f40fc59f 2024-08-21)", "1.100.1", "2.0.0-nightly"])
def test_a_cargo_that_is_new_enough_is_asked_for_this_one_crate(no_cargo: Path, tmp_path: Path, version: str) -> None:
    cache = tmp_path / "cargo/registry/cache/some-registry"
    fetch = f'/bin/mkdir -p "{cache}"; echo crate > "{cache}/{CRATE}-1.2.3.crate"; echo "$@" > "{tmp_path}/asked"'
    cargo(no_cargo, f"if [ $1 = --version ]; then echo 'cargo {version}'; else {fetch}; fi")
    assert sources.fetch("1.2.3") == cache / f"{CRATE}-1.2.3.crate"
    assert (tmp_path / "asked").read_text() == f"info {CRATE}@1.2.3\n"


def test_what_cargo_says_when_it_fails_is_told_with_the_other_way(no_cargo: Path) -> None:
    cargo(no_cargo, "[ $1 = --version ] && echo 'cargo 1.90.0' && exit; echo 'error: no network' >&2; exit 101")
    assert refusal(sources.fetch, "1.2.3") == (
        f"cargo could not fetch {CRATE} 1.2.3: error: no network\nTry again, {BY_HAND}"
    )


def test_a_cargo_that_leaves_nothing_is_told(no_cargo: Path, tmp_path: Path) -> None:
    cargo(no_cargo, "echo 'cargo 1.90.0'")
    assert refusal(sources.fetch, "1.2.3") == (
        f"cargo fetched {CRATE} 1.2.3, but it is not in {tmp_path}/cargo/registry/cache"
    )


def test_a_crate_in_the_cache_needs_no_cargo(no_cargo: Path, tmp_path: Path) -> None:
    cached = tmp_path / f"cargo/registry/cache/index-1/{CRATE}-1.2.3.crate"
    cached.parent.mkdir(parents=True)
    cached.touch()
    assert sources.fetch("1.2.3") == cached


def test_conf_h_is_rendered_for_the_features_of_the_library() -> None:
    template = (
        "// A comment\n#ifndef C\n#cmakedefine WASMTIME_FEATURE_GC\n#cmakedefine WASMTIME_FEATURE_GC_DRC\n"
        "#cmakedefine WASMTIME_FEATURE_WAT\n#endif\n"
    )
    text, known = sources.render_conf(template, {"GC", "WAT", "UNKNOWN"})
    assert text == "// A comment\n#ifndef C\n#define WASMTIME_FEATURE_GC\n\n#define WASMTIME_FEATURE_WAT\n#endif\n"
    assert known == ["GC", "GC_DRC", "WAT"]


def test_every_known_version_is_verified_by_its_own_digest(crate_source: Callable[..., Source]) -> None:
    versions = Versions.load()
    for version, known in versions.known.items():
        found = crate_source(version)
        assert (found.version, found.sha256) == (version, known.sha256)
    assert versions.pinned in versions.known


def test_the_lock_keeps_its_form_when_it_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed, versions = sources.VERSIONS.read_bytes(), Versions.load()
    monkeypatch.setattr(sources, "VERSIONS", tmp_path / "versions.json")
    versions.save()
    assert sources.VERSIONS.read_bytes() == committed
    assert msgspec.json.decode(committed, type=Versions) == versions
