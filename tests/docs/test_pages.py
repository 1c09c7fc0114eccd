"""All code of the docs runs, and prints what the page says that it prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docgen import raw_layer
from docgen.examples import MARK
from tests.docs.blocks import blocks, printed
from tests.examples.test_examples import PRINTS
from wasmtime_gen import wat2wasm

ROOT = Path(__file__).parent.parent.parent
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted((ROOT / "docs").rglob("*.md"))}
PAGES["capi/index.md"] = raw_layer.pages(ROOT)["capi/index.md"]
# What is not run here: what a program prints, excerpts of files, and commands that other tests run.
SHOWN = ("text", "diff", "console")


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_prints_what_the_page_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for block, output, told in printed(blocks(PAGES[page]), page):
        assert output == told, f"{page}, line {block.line}"


@pytest.mark.parametrize("page", PAGES)
def test_each_block_is_of_a_kind_that_is_tested(page: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for block in blocks(PAGES[page]):
        if block.language == "sh":
            named = re.findall(r"^make ([a-z-]+)", block.text, re.MULTILINE)
            assert set(named) <= set(targets), f"{page}, line {block.line}"
        elif block.language == "wat":
            wat2wasm(block.text)
        else:
            assert block.language in ("python", *SHOWN), f"{page}, line {block.line}"


@pytest.mark.parametrize("page", PAGES)
def test_an_example_is_followed_by_what_it_prints(page: str) -> None:
    """That it does print this is tested with the examples."""
    text = PAGES[page]
    for mark in MARK.finditer(text):
        assert text[mark.end() :].startswith(f"\n\n```text\n{PRINTS[mark['name']]}```\n"), mark[0]
