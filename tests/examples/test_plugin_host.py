"""The plug-in host, as its users run it: the tutorial, plug-ins that do what they can to break it, and changed ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from codegen import programs
from tests.availability import unavailable

ROOT = Path(__file__).parent.parent.parent
APPLICATION = ROOT / "examples" / "plugin_host"
HOSTILE = APPLICATION / "hostile"
COMMAND = [sys.executable, "-X", "dev", "-W", "error", "-m", "examples.plugin_host"]
ZIG_CACHE = str(programs.CACHE / "zig")

ENDLESS = ("spin.wat", "spin_at_start.wat", "py_spin.py", "py_sleep.py")
FAILURES = {
    "born_large": "it cannot run: memory minimum size of 65536 pages exceeds memory limits",
    "deep": "it trapped: wasm trap: call stack exhausted, in deeper in a module",
    "eat": "wasm trap: out of bounds memory access, in eat in a module",
    "exit": "it exited with code 3",
    "flood": "it logged more than 10000 bytes",
    "hoard": "it stored more than 1048576 bytes",
    "long_answer": "it answered with more than 1048576 bytes",
    "objects": "it trapped: GC heap out of memory",
    "py_deaf": "it called get before it read what its host had told it",
    "py_eat": "it ended with MemoryError",
    "py_endless_line": "it wrote a line of more than 1048576 bytes to its host",
    "py_exit": "it ended with code 3",
    "py_flood": "it logged more than 10000 bytes",
    "py_garbage": "it wrote to its host what is neither a call nor an answer: b'garbage'",
    "py_half_character": "it passed a text that UTF-8 cannot encode",
    "py_nested": "it wrote to its host what is neither a call nor an answer: b'[[[",
    "py_print": "it wrote too much to its stderr",
    "py_private": "it wrote to its host what is neither a call nor an answer",
    "py_raise": "it ended with ZeroDivisionError: division by zero",
    "py_recursive": "its calls of plug-ins are nested more than 2 deep",
    "py_snoop": "it ended with FileNotFoundError: [Errno 44] No such file or directory: '/etc/passwd'",
    "py_wrong_call": "it called log with something else than 1 texts",
    "recursive": "it called recursive, which failed: its calls of plug-ins are nested more than 2 deep",
    "silent_flood": "it logged more than 10000 bytes",
    "table": "wasm trap: undefined element: out of bounds table access, in eat in a module",
    "throw": "it trapped: thrown Wasm exception",
    "trap": "it trapped: wasm trap: wasm `unreachable` instruction executed, in give_up in a module",
    "wrong_address": (
        "it passed a text beyond its memory: 4294967295 bytes at address 65530 are out of range: "
        "the memory has 65536 bytes"
    ),
    "wrong_export": "it must export a function 'run' that takes an i32 and returns nothing",
    "wrong_import": "it imports what its host does not have, or not with this type: host.system",
    "wrong_place": (
        "it asked for a text beyond its memory: 6 bytes at address 4294967294 are out of range: "
        "the memory has 65536 bytes"
    ),
    "wrong_run": "what it exports as 'run' is a function of its host",
    "wrong_syntax": "its file wrong_syntax.wat cannot be loaded: expected `)`",
    "wrong_take": "it took a text where none waits",
    "wrong_text": "it passed a text that is not UTF-8",
}


@pytest.fixture
def folder(tmp_path: Path, python_wasm: Path) -> Path:
    """An empty folder for plug-ins, where the commands of the tutorial can be run."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    return plugins


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes((HOSTILE / name).read_bytes())


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], cwd=folder.parent, capture_output=True, text=True)


def test_what_never_ends_runs_out_of_its_time(folder: Path) -> None:
    put(folder, *ENDLESS)
    done = run("try", "plugins", "Hello!", "--seconds", "0.5", folder=folder)
    assert (done.returncode, done.stdout) == (1, "")
    failed = [line for line in done.stderr.splitlines() if not line.startswith("loaded")]
    names = sorted(Path(name).stem for name in ENDLESS)
    assert failed == [f"[{name}] has failed: it ran out of its time" for name in names]


def test_whatever_a_plugin_does_the_next_one_runs(folder: Path) -> None:
    put(folder, *(path.name for path in HOSTILE.iterdir() if path.name not in ENDLESS and path.is_file()))
    (folder / "zebra.wat").write_bytes((APPLICATION / "plugins" / "rot13.wat").read_bytes())
    done = run("try", "plugins", "Hello!", "--seconds", "30", "--depth", "2", folder=folder)
    assert done.returncode == 1
    assert done.stdout == "terminal: \\x1b[2J\nzebra: Uryyb!\n"
    failed = dict(re.findall(r"^\[(\w+)\] has failed: (.*)$", done.stderr, re.MULTILINE))
    assert failed.keys() == FAILURES.keys()
    assert [name for name in failed if FAILURES[name] not in failed[name]] == []


def test_what_a_plugin_logged_before_it_failed_is_shown_up_to_its_budget(folder: Path) -> None:
    put(folder, "flood.wat")
    done = run("run", "plugins", "flood", "", "--logged", "20", folder=folder)
    assert done.stderr.splitlines()[1:] == ["[flood] spam"] * 4 + ["[flood] has failed: it logged more than 20 bytes"]


def test_nothing_that_a_failed_run_has_stored_is_kept(folder: Path) -> None:
    source = (
        "import host\ndef run(text):\n  before = host.get('x')\n  host.set('x', text)\n  return f'{before} {int(text)}'"
    )
    (folder / "keeper.py").write_text(source)
    done = run("run", "plugins", "keeper", "1", "no number", "2", "--seconds", "30", folder=folder)
    assert (done.returncode, done.stdout) == (1, "keeper: None 1\nkeeper: 1 2\n")


def test_a_name_that_is_no_file_s_or_several_is_told(folder: Path) -> None:
    done = run("run", "plugins", "../words", "", folder=folder)
    assert done.stderr == "[../words] has failed: there is no plug-in '../words' in plugins\n"
    put(folder, "spin.wat")
    (folder / "spin.py").touch()
    done = run("run", "plugins", "spin", "", folder=folder)
    assert done.stderr == "[spin] has failed: several files have its name: spin.py, spin.wat\n"


def test_a_file_whose_name_cannot_be_shown_is_no_plugin(folder: Path) -> None:
    for name in (b"\x1b[2J.wat", b"two\nlines.wat", b"\xff.wat", b"shown.wat"):
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).touch()
    assert run("list", "plugins", folder=folder).stdout == "shown: shown.wat\n"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["list", "nowhere"], "there is no folder nowhere"),
        (["list", "plugins", "--depth", "17"], "a budget's depth must be from 1 to 16, not 17"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is(folder: Path, arguments: list[str], error: str) -> None:
    done = run(*arguments, folder=folder)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"python -m examples.plugin_host: error: {error}"


@pytest.fixture
def session(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The host at work on a plug-in `changing`, one line of stdin after the other."""
    pipe = subprocess.PIPE
    command = [*COMMAND, "run", "plugins", "changing", "--seconds", "30"]
    with subprocess.Popen(command, cwd=folder.parent, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        yield process
        if process.poll() is None:
            process.kill()


def test_a_changed_plugin_is_loaded_anew_while_the_host_runs(folder: Path, session: subprocess.Popen[str]) -> None:
    assert session.stdin is not None
    assert session.stdout is not None
    file, rot13 = folder / "changing.wat", (APPLICATION / "plugins" / "rot13.wat").read_text()
    answers = []
    for source in (rot13, rot13, rot13.replace("(i32.const 13)))))", "(i32.const 12)))))")):
        file.write_text(source)  # the second time with a new date only
        session.stdin.write("zoo\n")
        session.stdin.flush()
        answers.append(session.stdout.readline())
    assert answers == ["changing: mbb\n", "changing: mbb\n", "changing: ncc\n"]
    file.write_text("(module")
    rest, errors = session.communicate("zoo\n")
    assert rest == ""
    assert [line.split()[0] for line in errors.splitlines()][:3] == ["loaded", "loaded", "[changing]"]
    assert "its file changing.wat cannot be loaded" in errors


def test_work_is_spread_over_processes_which_survive_its_failures(folder: Path) -> None:
    (folder / "divide.py").write_text("import os\ndef run(text): return f'{12 // int(text)} {os.getpid() > 0}'")
    done = run("run", "plugins", "divide", "1", "0", "3", "--processes", "2", "--seconds", "30", folder=folder)
    assert (done.returncode, done.stdout) == (1, "divide: 12 True\ndivide: 4 True\n")
    assert done.stderr == "[divide] has failed: it ended with ZeroDivisionError: integer division or modulo by zero\n"


def test_the_tutorial_does_what_it_says(folder: Path) -> None:
    if not find_spec("ziglang"):
        unavailable("ziglang, a C compiler for WASI, is not installed: pip install -e '.[dev]'")
    folder.rmdir()  # it makes its own
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", (APPLICATION / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    printed = ""
    for language, text in blocks:
        if language == "console":
            for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                assert shell(command, folder.parent) == output, command
        elif language == "output":
            assert printed == text
        elif named := re.match(r"# (plugins/\S+)\n", text):
            (folder.parent / named[1]).write_text(text)
        else:
            printed = shell("python -c " + '"$CODE"', folder.parent, CODE=text)
    assert printed != ""


def shell(command: str, cwd: Path, **variables: str) -> str:
    """What a command prints, with the versions of plug-ins as zeros."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    zig = {"ZIG_GLOBAL_CACHE_DIR": ZIG_CACHE, "ZIG_LOCAL_CACHE_DIR": ZIG_CACHE}
    done = subprocess.run(
        command,
        shell=True,
        cwd=cwd,
        env={**os.environ, **zig, **variables, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return re.sub(r"version [0-9a-f]{8}", "version 00000000", done.stdout)
