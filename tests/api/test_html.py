"""What notebooks show of modules, types and traps: readable, escaped, bounded."""

from __future__ import annotations

import queue
from html.parser import HTMLParser
from typing import Any

import pytest

from wasmtime_gen import Engine, ExportType, FuncType, Linker, MemoryType, Module, Store, Trap, ValType

# Names that would be markup, code, an attribute's end, or turn the direction of writing.
HOSTILE = ["<script>alert(1)</script>", "' onload='alert(1)", "</code></table><img src=x>", "&lt;b&gt;", "\\e2\\80\\ae"]
PLAIN = {"div", "code", "table", "caption", "tr", "th", "td", "b", "span", "ol", "li"}


class Reader(HTMLParser):
    """Reads HTML as a browser does, and refuses what is not ours."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in PLAIN, tag
        assert {name for name, _ in attrs} <= {"style", "colspan"}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def html(shown: Any) -> str:
    made = shown._repr_html_()
    assert isinstance(made, str)
    return made


@pytest.fixture
def hostile(engine: Engine) -> Module:
    items = [f'(import "{name}" "{name}" (func))' for name in HOSTILE]
    items += [f'(func $"{name}" (export "{name}") unreachable)' for name in HOSTILE]
    return Module.from_text(engine, f'(module $"{HOSTILE[0]}" {" ".join(items)})')


def test_a_module_shows_its_imports_and_exports(engine: Engine) -> None:
    text = """(module $adder (import "env" "log" (func (param i32))) (memory (export "memory") 1)
      (func (export "add") (param i32 i64) (result f64) unreachable))"""
    assert Reader(html(Module.from_text(engine, text))).text == [
        "<Module 'adder' of 83 bytes>",
        *("Imports", "module", "name", "type", "env", "log", "function i32 -> ()"),
        *("Exports", "name", "type", "memory", "(memory 1)", "add", "function i32, i64 -> f64"),
    ]
    empty = Module.from_text(engine, "(module)")
    assert html(empty) == "<div><code>&lt;Module of 8 bytes&gt;</code></div>"
    empty.close()
    assert html(empty) == "<code>&lt;Module (closed) of 8 bytes&gt;</code>"


def test_names_of_guests_are_never_markup(engine: Engine, store: Store, hostile: Module) -> None:
    found = Reader(html(hostile)).text
    assert found.count(HOSTILE[0]) == 3
    assert r"\u202e" in found
    assert Reader(html(hostile.exports[0])).text == ['(export "<script>alert(1)</script>" (func))']
    linker = Linker(engine)
    linker.define_unknown_imports_as_traps(hostile)
    with pytest.raises(Trap) as caught:
        linker.instantiate(store, hostile).exports[HOSTILE[2]]()  # type: ignore[operator]
    shown = Reader(html(caught.value)).text
    assert shown[:3] == ["UnreachableTrap", ": ", "wasm trap: wasm `unreachable` instruction executed"]
    assert shown[3].startswith(f"{HOSTILE[2]} in {HOSTILE[0]}, offset 0x")
    assert Reader(html(Trap("<b>\n\x1b[2J"))).text == ["Trap", ": ", "<b>\n\\x1b[2J"]


def test_types_show_their_text() -> None:
    assert html(FuncType("i32 -> i64")) == "<code>i32 -&gt; i64</code>"
    assert html(MemoryType(1)) == "<code>(memory 1)</code>"
    assert html(ValType.i32) == "<code>i32</code>"
    assert len(html(ExportType("x" * 10**6, "(func)"))) < 2000


def test_a_large_module_shows_a_part_of_it(engine: Engine) -> None:
    exports = " ".join([f'(export "{position}" (func 0))' for position in range(5000)])
    shown = html(Module.from_text(engine, f"(module (func) {exports})"))
    assert len(shown) < 20000
    assert Reader(shown).text[-1] == "… and 4900 more"


def test_a_notebook_shows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a real kernel."""
    from jupyter_client.manager import start_new_kernel

    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    manager, client = start_new_kernel()
    try:
        code = "from wasmtime_gen import *\nModule.from_text(Engine(), '(module $m (func (export \"<b>\")))')"
        client.execute(code)
        while True:
            try:
                message = client.get_iopub_msg(timeout=60)
            except queue.Empty:
                pytest.fail("the kernel shows nothing")
            if message["msg_type"] == "execute_result":
                break
            assert message["msg_type"] != "error", message["content"]
        data = message["content"]["data"]
        assert data["text/plain"].startswith("<Module 'm' of ")
        assert "&lt;b&gt;" in Reader(data["text/html"]).rawdata or "<b>" in Reader(data["text/html"]).text
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
