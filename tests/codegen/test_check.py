"""`check` finds every way in which generated/ is not what the sources and the allowlist make, and shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen import regen
from codegen.errors import CodegenError
from codegen.model import load

STALE = "generated/ is stale or was edited by hand: run make regen and commit the result"


@pytest.fixture
def house(tmp_path: Path, rendered: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A generated/ that is up to date, with a report of the last upgrade."""
    generated = tmp_path / "generated"
    monkeypatch.setattr(regen, "GENERATED", generated)
    monkeypatch.setattr(regen, "generate", lambda source, package: rendered)
    for name, content in rendered.items():
        path = generated / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (generated / regen.CHANGES).write_text(regen._sealed("# Changes\n\n- one\n"))
    return generated


def refusal() -> str:
    with pytest.raises(CodegenError) as caught:
        regen.check()
    return str(caught.value)


def test_what_is_up_to_date_passes(house: Path, rendered: dict[str, bytes]) -> None:
    version = load(rendered["api.json"]).version
    assert regen.check() == f"generated/ is what the sources of {version} and the allowlist make"


def test_caches_of_python_are_no_part_of_it(house: Path) -> None:
    cache = house / "wasmtime_capi" / "__pycache__"
    cache.mkdir()
    (cache / "x.pyc").write_bytes(b"")
    regen.check()


def test_a_hand_edit_of_any_file_is_found_with_the_difference(house: Path, rendered: dict[str, bytes]) -> None:
    for name, content in rendered.items():
        (house / name).write_bytes(content + b"edited = True\n")
        assert refusal().splitlines()[:3] == [STALE, f"--- generated/{name}", f"+++ regenerated/{name}"], name
        assert refusal().splitlines()[-1] == "-edited = True"
        (house / name).write_bytes(content)


def test_a_changed_line_is_shown_as_it_is_and_as_it_should_be(house: Path) -> None:
    path = house / "wasmtime_capi" / "functions.py"
    path.write_text(path.read_text().replace('"wasm_engine_new": ("wasm_engine_t*",)', '"wasm_engine_new": ("int",)'))
    lines = refusal().splitlines()
    assert '-    "wasm_engine_new": ("int",),' in lines
    assert '+    "wasm_engine_new": ("wasm_engine_t*",),' in lines
    assert len(lines) < 10


def test_a_change_of_line_ends_only_is_found(house: Path) -> None:
    path = house / "wasmtime_capi" / "enums.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert refusal() == f"{STALE}\ngenerated/wasmtime_capi/enums.py differs in its line ends or bytes only"


@pytest.mark.parametrize("name", ["wasmtime_capi/records.py", "wasmtime_capi/py.typed", "api.json"])
def test_a_deleted_file_is_found(house: Path, name: str) -> None:
    (house / name).unlink()
    assert refusal() == f"{STALE}\ngenerated/{name} is missing"


@pytest.mark.parametrize("name", ["notes.txt", "wasmtime_capi/old.py", "wasmtime_capi/deep/py.typed"])
def test_an_extra_file_is_found(house: Path, name: str) -> None:
    (house / name).parent.mkdir(exist_ok=True)
    (house / name).write_text("")
    assert refusal() == f"{STALE}\ngenerated/{name} is not one of the generated files"


def test_a_long_difference_is_cut_and_says_so(house: Path) -> None:
    path = house / "wasmtime_capi" / "functions.py"
    path.write_text(path.read_text() + "x = 1\n" * 300)
    lines = refusal().splitlines()
    assert len(lines) == 202
    assert lines[-1].startswith("... and ")
    assert lines[-1].endswith(" lines more")


EDITED = "generated/API_CHANGES.md was edited by hand: restore it with git, or run make regen"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- one", "- two"),
        ("- one\n", ""),
        ("# Changes", "# Changes!"),
        ("<!--", "more\n<!--"),
        ("-->\n", "-->\nmore\n"),
    ],
)
def test_an_edited_report_is_found(house: Path, old: str, new: str) -> None:
    path = house / regen.CHANGES
    path.write_text(path.read_text().replace(old, new))
    assert refusal() == EDITED


@pytest.mark.parametrize("text", ["", "# Changes\n"])
def test_a_report_without_its_seal_is_found(house: Path, text: str) -> None:
    (house / regen.CHANGES).write_text(text)
    assert refusal() == EDITED


def test_before_the_first_upgrade_there_is_no_report(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regen, "_committed", lambda name: b"")
    (house / regen.CHANGES).unlink()
    regen.check()


def test_a_missing_report_is_found(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regen, "_committed", lambda name: b"# Changes")
    (house / regen.CHANGES).unlink()
    assert refusal() == "generated/API_CHANGES.md is missing: restore it with git, or run make regen"
