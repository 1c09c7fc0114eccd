"""All code of the docs runs, and prints what the page says that it prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import blocks, printed
from tests.examples.test_examples import PRINTS
from wasmtime_gen import wat2wasm

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
SNIPPET = re.compile(r'--8<-- "examples/(?P<example>[^"]+)"\n')
# What is not run: what a program prints, and what the tests of the generator make anew.
SHOWN = ("text", "diff", "json", "yaml")


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_prints_what_the_page_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own = [block for block in blocks((ROOT / page).read_text()) if not SNIPPET.search(block.text)]
    for block, output, told in printed(own, page):
        assert output == told, f"{page}, line {block.line}"


@pytest.mark.parametrize("page", PAGES)
def test_each_block_is_of_a_kind_that_is_tested(page: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    found = blocks((ROOT / page).read_text())
    for block, following in zip(found, [*found[1:], None], strict=False):
        place = f"{page}, line {block.line}"
        if block.language == "sh":
            assert set(re.findall(r"^make ([a-z-]+)", block.text, re.MULTILINE)) <= set(targets), place
        elif block.language == "wat":
            wat2wasm(block.text)
        elif snippet := SNIPPET.fullmatch(block.text):
            assert following is not None, place
            assert (following.language, following.text) == ("text", PRINTS[snippet["example"]]), place
        else:
            assert block.language in ("python", *SHOWN), place
