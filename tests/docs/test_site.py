"""The site builds strictly, needs no network to be read, and has every name on it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

import wasmtime_gen
from codegen import config, diff, model, pipeline
from codegen.sources import Source
from docgen.c_use import Use, uses
from docgen.conditions import with_what_exists
from docgen.links import without_dead_links
from docgen.measured import with_measured_rows
from tests.availability import unavailable
from wasmtime_gen._config.keywords import Options

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not find_spec("mkdocs"):
        unavailable("mkdocs is not installed: run make docs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "docgen", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    loading = re.compile(r"<(?:script|img|iframe)[^>]+src=[\"']?(?:https?:)?//|<link[^>]+rel=[\"']?stylesheet[^>]+//")
    for page in site.rglob("*.html"):
        assert not loading.search(page.read_text()), page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:url\([\"']?|@import [\"'])(?:https?:)?//", sheet.read_text()), sheet


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    text = "".join(page.read_text() for page in (site / "api").glob("*.html"))
    for name in wasmtime_gen.__all__:
        assert f'id="wasmtime_gen.{name}"' in text or f"<code>{name}</code>" in text, name


def test_every_option_of_config_is_in_the_reference(site: Path) -> None:
    text = (site / "api" / "engines-and-modules.html").read_text()
    for name in Options.__annotations__:
        assert f'id="wasmtime_gen.Config.{name}"' in text


def test_every_c_function_is_in_the_reference(site: Path) -> None:
    text = "".join(page.read_text() for page in (site / "capi").glob("*.html"))
    api = model.load((ROOT / "generated" / "api.json").read_bytes())
    bound = [function.name for function in api.functions] + [function.name for function in api.inline_functions]
    assert [name for name in bound if f'id="{name}"' not in text] == []
    assert [each.name for each in api.excused if f"<code>{each.name}</code>" not in text] == []


def test_the_home_of_a_c_function_is_what_calls_it() -> None:
    names = ("wasmtime_context_set_fuel", "wasmtime_memory_grow", "wasmtime_store_new", "wasm_frame_instance")
    found = uses(ROOT / "wasmtime_gen", names)
    for name, public in (("wasmtime_context_set_fuel", "Store.fuel"), ("wasmtime_store_new", "Store")):
        assert [use.public for use in found[name] if use.public] == [public]
    assert found["wasmtime_memory_grow"] == [Use("_memory.memory", "Memory.grow"), Use("_memory.memory", "_grow_by")]
    assert "wasm_frame_instance" not in found


def test_the_upgrade_that_is_worked_through_has_the_true_report(crate_source: Callable[[str], Source]) -> None:
    old, new = (pipeline.build(crate_source(each), config.load(), strict=False)[0] for each in ("48.0.0", "49.0.0"))
    changes = diff.compare(old, new)
    used = diff.uses(ROOT / "wasmtime_gen", [change.name for change in changes])
    report = diff.as_markdown(changes, old.version, new.version, used)
    assert f"````{{.markdown .wrapped}}\n{report}````\n" in (ROOT / "docs" / "maintaining" / "upgrading.md").read_text()


def test_links_to_what_has_no_page_become_text() -> None:
    text = "[a](b.md) [c](../x.py) [d](https://e.org) [f](#g)\n```text\n[h](i.md)\n```\n[`j`](k/l.md#m)\n"
    expected = "[a](b.md) c [d](https://e.org) [f](#g)\n```text\n[h](i.md)\n```\n`j`\n"
    assert without_dead_links(text, "p/q.md", {"p/b.md"}) == expected


def test_text_about_what_does_not_exist_is_left_out() -> None:
    text = "a\n<!-- if README.md -->\nb\n<!-- end -->\n<!-- if nothing.md -->\nc\n<!-- end -->\nd\n"
    assert with_what_exists(text, ROOT) == "a\nb\nd\n"


def test_a_row_that_was_not_measured_is_refused(tmp_path: Path) -> None:
    results = tmp_path / "RESULTS.md"
    results.write_text(
        "| row | ours | median | peer | median | ratio | gate |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        "| call | 1 ns | 2 ns | 3 ns | 4 ns | 3x | - |\n"
    )
    assert with_measured_rows("<!-- rows: call -->", results).endswith("| call | 1 ns | 3 ns | 3x |")
    with pytest.raises(KeyError, match="trap"):
        with_measured_rows("<!-- rows: call; trap -->", results)
