"""The command line as a whole: help, errors, terminals, doctor and bench."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from wasmtime_capi.cdata import IS_TRIED

from tests.cli.conftest import Cli, Terminal
from wasmtime_gen.cli.commands import COMMANDS
from wasmtime_gen.cli.terminal import size

COLOUR = "\x1b["
# A guest in the main thread runs on where callbacks are entered as any function: CONTRIBUTING.md.
NEEDS_ENTRY = pytest.mark.skipif(not IS_TRIED, reason="leans on how callbacks are entered")


def test_the_help_tells_the_exit_codes(cli: Cli) -> None:
    done = cli("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Exit codes:\n      0  done\n      1  what was given is wrong" in done.stdout
    done = cli("run", "--help")
    for code in (
        "2  the command line",
        "124  the timeout",
        "125  the program",
        "130  Ctrl-C",
        "134  the program trapped",
    ):
        assert code in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(cli: Cli, name: str) -> None:
    done = cli(name, "-h")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: wasmtime-gen {name} ")
    assert (cli(name, "--no-such-option").returncode, cli("no-such-command").returncode) == (2, 2)


def test_the_version_names_the_library(cli: Cli) -> None:
    assert re.fullmatch(r"wasmtime-gen \d+\.\d+\.\d+, for Wasmtime \d+\.\d+\.\d+\n", cli("--version").stdout)


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra_it_says_how_to_get_it(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from wasmtime_gen.__main__ import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"wasmtime-gen needs {missing}, which is not installed. Get it with: pip install 'wasmtime_gen[cli]'\n",
    )


def test_the_entry_point_is_the_same(folder: Path, environment: dict[str, str]) -> None:
    script = Path(sys.executable).with_name("wasmtime-gen")
    done = subprocess.run([script, "run", "exit_7.wat"], cwd=folder, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (7, "", "")


def test_a_closed_pipe_is_no_traceback(folder: Path, environment: dict[str, str]) -> None:
    for arguments in ("inspect --json cat.wat", "validate cat.wat", "compile cat.wat", "stubs cat.wat"):
        command = f"{sys.executable} -m wasmtime_gen {arguments} | true"
        done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_output_that_cannot_be_written_is_an_error(folder: Path, environment: dict[str, str]) -> None:
    for arguments in ("inspect cat.wat", "run --invoke add numbers.wat 1 2", "stubs cat.wat", "wat -o - cat.wat"):
        command = f"{sys.executable} -m wasmtime_gen {arguments} > /dev/full"
        done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True)
        assert (done.returncode in (1, 125), done.stderr) == (True, "error: No space left on device\n"), arguments


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_no_harm(folder: Path, environment: dict[str, str], closed: str) -> None:
    for arguments, code in (("run exit_7.wat", 7), ("run hello.wat", 0), ("run cat.wat", 0), ("inspect cat.wat", 0)):
        command = f"{sys.executable} -m wasmtime_gen {arguments} {closed}"
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        assert (done.returncode, done.stderr) == (code, ""), arguments
    command = f"{sys.executable} -m wasmtime_gen inspect missing.wat {closed}"
    assert subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True).returncode == 1


def test_a_terminal_that_knows_few_characters_is_enough(cli: Cli, folder: Path) -> None:
    (folder / "wide.wat").write_text('(module (func (export "ä\u4e16")))')
    done = cli("inspect", "wide.wat", PYTHONIOENCODING="ascii")
    assert (done.returncode, r"\xe4\u4e16" in done.stdout, done.stderr) == (0, True, "")
    done = cli("inspect", "ä.wat", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (1, "error: \\xe4.wat: No such file or directory\n")


def test_colours_are_for_terminals_and_not_with_no_color(cli: Cli, terminal: Callable[..., Terminal]) -> None:
    assert COLOUR not in cli("run", "numbers.wat").stderr
    assert COLOUR not in cli("inspect", "cat.wat").stdout
    code, screen = terminal("run", "numbers.wat").end()
    assert (code, screen.startswith("\x1b[1;31merror: \x1b[0mnumbers.wat is no program")) == (125, True)
    assert COLOUR in terminal("run", "numbers.wat", NO_COLOR="").end()[1]
    for command in (("run", "numbers.wat"), ("inspect", "cat.wat"), ("compile", "cat.wat"), ("doctor",)):
        assert "\x1b" not in terminal(*command, NO_COLOR="1", FORCE_COLOR="1").end()[1], command
    assert COLOUR not in terminal("run", "numbers.wat", TERM="dumb").end()[1]


def test_a_program_has_the_terminal(terminal: Callable[..., Terminal]) -> None:
    it = terminal("run", "cat.wat")
    it.type(b"one\n")
    it.wait_for(b"one\r\none\r\n")  # the echo, and what it wrote
    it.type(b"two\n")
    it.wait_for(b"two\r\ntwo\r\n")
    it.type(b"\x04")
    assert it.end() == (0, "one\r\none\r\ntwo\r\ntwo\r\n")


@pytest.mark.parametrize(
    "arguments",
    [("run", "forever.wat"), pytest.param(("run", "--invoke", "_start", "forever.wat"), marks=NEEDS_ENTRY)],
)
def test_ctrl_c_ends_a_program_that_runs(terminal: Callable[..., Terminal], arguments: tuple[str, ...]) -> None:
    it = terminal(*arguments)
    it.wait_for(b"spins\r\n")
    it.type(b"\x03")
    code, screen = it.end()
    assert (code, "Traceback" in screen, screen.strip()) == (130, False, "spins\r\n^C")


def test_ctrl_c_ends_a_program_that_waits_for_the_terminal(terminal: Callable[..., Terminal]) -> None:
    it = terminal("run", "cat.wat")
    it.type(b"x\n")
    it.wait_for(b"x\r\nx\r\n")
    it.type(b"\x03")
    code, screen = it.end()
    assert (code, "Traceback" in screen) == (130, False)


def test_ctrl_c_ends_a_measurement(terminal: Callable[..., Terminal]) -> None:
    it = terminal("bench", "numbers.wat", "spin")
    time.sleep(3)  # it writes nothing before it is done
    it.type(b"\x03")
    code, screen = it.end()
    assert (code, "Traceback" in screen) == (130, False)


def test_names_of_files_command_no_terminal(terminal: Callable[..., Terminal]) -> None:
    for command in (
        ("inspect", "hostile.wat"),
        ("cache", "list", "\x1b]0;"),
        ("run", "--fuel", "\x1b]0;", "hostile.wat"),
        ("run", "--dir", "\x1b]0;", "hostile.wat"),
        ("wat", "hostile.wat", "\x1b]0;"),
        ("--\x1b]0;",),
    ):
        screen = terminal(*command, NO_COLOR="1").end()[1]
        assert ("\x1b" in screen, r"\x1b]0;" in screen) == (False, True), command


def test_the_binary_format_is_not_for_terminals(terminal: Callable[..., Terminal]) -> None:
    code, screen = terminal("wat", "-o", "-", "hello.wat").end()
    assert (code, "The binary format is not for terminals" in screen) == (2, True)


def test_doctor_tells_what_there_is(cli: Cli) -> None:
    done = cli("doctor")
    for text in (
        "CPython 3.",
        "libwasmtime",
        "bindings for 50.",
        "run and trap",
        "is ignored" if signal.getsignal(signal.SIGINT) is signal.SIG_IGN else "raises KeyboardInterrupt",
        "all is well",
    ):
        assert text in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_doctor_tells_what_to_do(cli: Cli, tmp_path: Path) -> None:
    done = cli("doctor", WASMTIME_GEN_LIBRARY="/no/such/library")
    assert (done.returncode, done.stderr) == (1, "")
    assert "WASMTIME_GEN_LIBRARY names /no/such/library, which is not a file" in done.stdout
    assert "Unset WASMTIME_GEN_LIBRARY, or let it name another file." in done.stdout
    assert "1 problem\n" in done.stdout
    (tmp_path / "file").touch()
    done = cli("doctor", WASMTIME_GEN_CACHE=str(tmp_path / "file"))
    assert (done.returncode, "Let WASMTIME_GEN_CACHE name another directory." in done.stdout) == (1, True)


def test_without_the_library_commands_say_so(cli: Cli) -> None:
    assert cli("--help", WASMTIME_GEN_LIBRARY="/no/such/library").returncode == 0
    done = cli("run", "hello.wat", WASMTIME_GEN_LIBRARY="/no/such/library")
    assert (done.returncode, done.stderr) == (
        1,
        "error: WASMTIME_GEN_LIBRARY names /no/such/library, which is not a file\n",
    )


def test_bench_tells_the_time_of_a_call(cli: Cli) -> None:
    for options in ((), ("--interruptible",)):
        done = cli("bench", "--seconds", "0.02", *options, "numbers.wat", "add", "1", "-2")
        assert (done.returncode, done.stderr) == (0, "")
        number = r"[\d,.]+ ns"
        assert re.fullmatch(rf"{number} a call \(from {number} to {number}, 7 runs of \d+ calls\)\n", done.stdout)
    done = cli("bench", "numbers.wat", "divide", "1", "0")
    assert (done.returncode, done.stderr.splitlines()[0]) == (1, "error: wasm trap: integer divide by zero")
    done = cli("bench", "numbers.wat", "add", "1")
    assert (done.returncode, done.stderr) == (1, "error: add takes 2 arguments (i32, i32 -> i32), not 1\n")
    for seconds in ("nan", "0", "x"):
        done = cli("bench", "--seconds", seconds, "numbers.wat", "spin")
        assert (done.returncode, "Error: Invalid value for '--seconds': " in done.stderr) == (2, True)
    done = cli("bench", "needy.wat", "f")
    assert (done.returncode, "needy.wat imports what is not of WASI" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (1234567, "1.18 MiB"),
        (1023 << 20, "1023 MiB"),
        (1 << 64, "16 EiB"),
    ],
)
def test_sizes_are_rounded_for_people(number: int, text: str) -> None:
    assert size(number) == text
