"""What the upgrade report looks like, as text and as Markdown, and which lines of the package it quotes."""

from __future__ import annotations

from pathlib import Path

from codegen.changes import as_markdown, as_text, change, uses

# The lines of the hand-written package


def test_uses_are_whole_words_with_file_and_line(tmp_path: Path) -> None:
    package = tmp_path / "wasmtime_gen"
    (package / "wasi").mkdir(parents=True)
    (package / "_store.py").write_text("import lib\n\n    lib.thing_run(lib.thing_run_all)\nthing_run_all()\n")
    (package / "wasi" / "_a.py").write_text("x = 'thing_run'  # é\n", encoding="utf-8")
    (package / "notes.md").write_text("thing_run\n")
    assert uses(package, ["thing_run", "thing_gone", "void (*)(void)"]) == {
        "thing_gone": (),
        "thing_run": (
            "wasmtime_gen/_store.py:3: lib.thing_run(lib.thing_run_all)",
            "wasmtime_gen/wasi/_a.py:1: x = 'thing_run'  # é",
        ),
        "void (*)(void)": (),
    }


def test_without_a_package_nothing_is_said_about_uses(tmp_path: Path) -> None:
    assert uses(tmp_path / "wasmtime_gen", ["thing_run"]) == {}


# The two writers

REPORT = (
    (
        change("functions removed", "a_run", "declared in thing.h until now"),
        change("functions removed", "b_run", "declared in thing.h until now"),
        change("functions added", "c_run", "declared in thing.h"),
        change("macros removed", "M"),
    ),
    "1.0.0",
    "2.0.0",
    {"a_run": ("wasmtime_gen/_a.py:7: lib.a_run(`x`)",), "b_run": (), "c_run": ()},
)


def test_the_text_report_reads_like_this() -> None:
    assert as_text(*REPORT) == (
        """\
Wasmtime's C API from 1.0.0 to 2.0.0: 2 breaking, 2 other changes

BREAKING: functions removed (2)
  The headers no longer declare them.

  a_run
  b_run
      declared in thing.h until now
      > wasmtime_gen/_a.py:7: lib.a_run(`x`)

functions added (1)
  Bound already if a pattern of the allowlist fits.

  c_run
      declared in thing.h

macros removed (1)
  Seen, never bound.

  M
"""
    )


def test_the_markdown_report_reads_like_this() -> None:
    assert as_markdown(*REPORT) == (
        """\
# Wasmtime's C API from 1.0.0 to 2.0.0

2 breaking, 2 other changes.

## Breaking

### Functions removed (2)

The headers no longer declare them.

- `a_run`, `b_run`: declared in thing.h until now
  - `` wasmtime_gen/_a.py:7: lib.a_run(`x`) ``

## Other changes

### Functions added (1)

Bound already if a pattern of the allowlist fits.

- `c_run`: declared in thing.h

### Macros removed (1)

Seen, never bound.

- `M`
"""
    )


def test_no_changes_are_told_in_one_sentence() -> None:
    sentence = "Wasmtime's C API did not change from 1.0.0 to 1.0.1."
    assert as_text((), "1.0.0", "1.0.1", {}) == f"{sentence}\n"
    assert as_markdown((), "1.0.0", "1.0.1", {}) == f"# Wasmtime's C API from 1.0.0 to 1.0.1\n\n{sentence}\n"


def test_one_other_change_is_singular() -> None:
    report = as_text((change("functions added", "f"),), "1", "2", {})
    assert report.startswith("Wasmtime's C API from 1 to 2: 0 breaking, 1 other change\n")


def test_a_breaking_change_that_the_package_does_not_use_says_so() -> None:
    changes = (change("functions removed", "thing_run"),)
    assert "      (no line of the package names it)\n" in as_text(changes, "1", "2", {"thing_run": ()})
    assert as_markdown(changes, "1", "2", {"thing_run": ()}).endswith(
        "- `thing_run` (no line of the package names it)\n"
    )
    assert "no line" not in as_text(changes, "1", "2", {}), "nobody searched"


def test_mass_changes_are_folded_but_no_breaking_name_is_left_out() -> None:
    macros = tuple(f"MACRO_{i:02}" for i in range(30))
    functions = tuple(f"run_{i:02}" for i in range(30))
    changes = [change("functions removed", name, "declared in thing.h until now") for name in functions]
    changes += [change("macros removed", name) for name in macros]
    lines = {f"run_{i:02}": (f"wasmtime_gen/_a.py:{i}: run",) for i in range(30)}
    for report in (as_text(changes, "1", "2", lines), as_markdown(changes, "1", "2", lines)):
        assert all(name in report for name in functions)
        assert [m for m in macros if m in report] == list(macros[:8])
        assert "and 22 more" in report
        assert report.count("wasmtime_gen/_a.py") == 20
        assert "and 10 more lines" in report
        assert report.count("declared in thing.h until now") == 1


def test_quiet_changes_are_shortened_and_show_no_uses() -> None:
    changes = [change("parameters renamed", f"f{i}", f"param 0 is now called x{i}") for i in range(9)]
    for report in (as_text(changes, "1", "2", {"f0": ("a.py:1: f0",)}), as_markdown(changes, "1", "2", {})):
        assert report.endswith("and 1 more\n")
        assert "a.py" not in report


def test_c_stands_in_code_and_markup_elsewhere_is_escaped() -> None:
    told = change(
        "records whose layout changed",
        "t",
        "field kind: const char* const[2] -> unsigned int",
        "field x: void (*)(int (*)(void*), int) -> bool**",
        "param 12 n: uint8_t -> const uint8_t*",
        "called x, is now called y",
        "see <*a and a*>",
    )
    report = as_markdown((told,), "1", "2", {})
    assert report.splitlines()[-1] == (
        "- `t`: field `kind`: `const char* const[2]` -> `unsigned int`; "
        "field `x`: `void (*)(int (*)(void*), int)` -> `bool**`; "
        "param 12 `n`: `uint8_t` -> `const uint8_t*`; called x, is now called `y`; see \\<\\*a and `a*`>"
    )
