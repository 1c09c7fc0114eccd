"""Which pages the site has besides those in docs/, and where they stand in the navigation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docgen import public_api, raw_layer, reports
from docgen.conditions import with_what_exists
from docgen.examples import with_examples
from docgen.links import without_dead_links
from docgen.measured import with_measured_rows

ROOT = Path(__file__).parent.parent


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill the sections of the navigation that mkdocs.yml leaves empty."""
    made = {"API": _titles(public_api.pages()), "The C API": _titles(raw_layer.pages(ROOT))}
    nav: list[dict[str, Any]] = [
        {title: made.get(title, entry) for title, entry in section.items()} for section in config.nav or []
    ]
    listed = str(nav)
    written = [path.relative_to(config.docs_dir).as_posix() for path in sorted(Path(config.docs_dir).rglob("*.md"))]
    more = [*_titles(reports.optional_pages(ROOT)), *(path for path in written if path not in listed)]
    config.nav = [*nav, {"More": more}] if more else nav
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for path, text in (pages := {**public_api.pages(), **raw_layer.pages(ROOT), **reports.pages(ROOT)}).items():
        files.append(File.generated(config, path, content=without_dead_links(text, path, {*pages, *files.src_uris})))
    files.append(File.generated(config, "plot.svg", abs_src_path=str(ROOT / "bench" / "plot.svg")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Leave out what is not there, other parts of the project and files without a page; fill in what was measured."""
    there = without_dead_links(with_what_exists(markdown, ROOT), page.file.src_uri, set(files.src_uris))
    return with_examples(with_measured_rows(there, ROOT / "bench" / "RESULTS.md"), ROOT / "examples")


def _titles(pages: dict[str, str]) -> list[dict[str, str]]:
    return [{text.partition("\n")[0].removeprefix("# ").replace("`", ""): path} for path, text in pages.items()]
