"""`wasmtime-gen run`: streams, exit codes, bounds and directories of a program, and calls of one function."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.mark.parametrize(("guest", "code"), [("hello", 0), ("exit_7", 7), ("exit_200", 200)])
def test_the_exit_code_is_passed_on(cli: Cli, guest: str, code: int) -> None:
    done = cli("run", f"{guest}.wat")
    assert (done.returncode, done.stdout, done.stderr) == (code, "hello\n" if guest == "hello" else "", "")


def test_streams_pass_through(cli: Cli) -> None:
    text = "line\n" * 30000
    done = cli("run", "cat.wat", input=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, text, "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGPIPE")
@pytest.mark.parametrize("how", [(), ("--invoke", "_start")])
def test_a_program_whose_output_nobody_reads_ends(
    how: tuple[str, ...], folder: Path, environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "wasmtime_gen", "run", *how, "cat.wat"]
    with open("/dev/zero", "rb") as endless:
        running = subprocess.Popen(command, stdin=endless, stdout=subprocess.PIPE, cwd=folder, env=environment)
    assert running.stdout is not None
    assert running.stdout.read(1) == b"\0"
    running.stdout.close()
    assert running.wait(60) == -signal.SIGPIPE


def test_a_trap_is_told_and_has_the_code_of_an_abort(cli: Cli) -> None:
    done = cli("run", "err.wat")
    assert (done.returncode, done.stdout) == (134, "")
    assert done.stderr.startswith("oh!\nerror: wasm trap: wasm `unreachable` instruction executed\n  at function ")


def test_arguments_behind_the_file_are_the_programs(cli: Cli) -> None:
    done = cli("run", "args.wat", "--help", "-x", "a b", "", "--", "ä")
    assert (done.returncode, done.stdout) == (0, "args.wat\0--help\0-x\0a b\0\0--\0ä\0")


def test_the_environment_is_what_was_given(cli: Cli) -> None:
    assert cli("run", "env.wat", SECRET="1").stdout == ""
    done = cli("run", "--env", "A=1=2", "--env", "B", "--env", "MISSING", "--env", "C=", "env.wat", B="3")
    assert done.stdout == "A=1=2\0B=3\0C=\0"
    done = cli("run", "--env", "=1", "env.wat")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "Error: '=1' has no name: write NAME=VALUE.")


def test_directories_are_read_only_unless_asked_for(cli: Cli, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    assert cli("run", "create.wat").returncode == 8  # there is none
    assert cli("run", "--dir", f"{data}::/data", "create.wat").returncode == 63  # it must not
    assert not list(data.iterdir())
    assert cli("run", "--writable-dir", f"{data}::/data", "create.wat").returncode == 0
    assert [each.name for each in data.iterdir()] == ["new"]
    done = cli("run", "--dir", "missing::/", "create.wat")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "Error: 'missing' is no directory.")
    for one, other in (("--dir", "--dir"), ("--dir", "--writable-dir")):
        done = cli("run", one, "..::/data", other, f"{data}::/data/", "create.wat")
        assert (done.returncode, done.stderr.splitlines()[-1]) == (
            2,
            f"Error: '..' and '{data}' would both be '/data/' for the program: name one otherwise, as HOST::GUEST.",
        )


def test_time_fuel_and_memory_are_bounded(cli: Cli) -> None:
    done = cli("run", "--timeout", "0.3", "forever.wat")
    assert (done.returncode, done.stderr) == (124, "error: the guest ran longer than 0.3 seconds\n")
    done = cli("run", "--fuel", "10000", "forever.wat")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        134,
        "error: wasm trap: all fuel consumed by WebAssembly",
    )
    done = cli("run", "--timeout", "nan", "forever.wat")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        "Error: Invalid value for '--timeout': 'nan' is no number of seconds.",
    )
    assert cli("run", "grow.wat").returncode == 100
    for size, pages in (("1MiB", 15), ("655360", 9), ("640K", 9), ("1.5m", 23), ("1 MB", 14), ("64kib", 0)):
        assert cli("run", "--max-memory", size, "grow.wat").returncode == pages
    done = cli("run", "--max-memory", "1000", "grow.wat")
    assert (done.returncode, done.stderr) == (
        125,
        "error: the program's memories do not fit into memory=1000: they are 65536 bytes or more. Each that grows may "
        "grow to the same size, so memory=65536 is enough\n",
    )
    done = cli("run", "--max-memory", "lots", "grow.wat")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        "Error: Invalid value for '--max-memory': 'lots' is no size: write bytes, or a number with K, M, G, KiB, MiB, "
        "GiB, kB, MB or GB.",
    )
    for size in ("9223372036854775808", "9" * 5000, "9" * 400 + ".5", "9223372036854775807K"):
        done = cli("run", "--max-memory", size, "grow.wat")
        assert (done.returncode, done.stderr.splitlines()[-1]) == (
            2,
            f"Error: Invalid value for '--max-memory': {size[:40]!r} is too large: a size is at most "
            "9223372036854775807 bytes.",
        )


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("missing.wat", "missing.wat: No such file or directory"),
        (".", ".: Is a directory"),
        ("numbers.wat", "numbers.wat is no program: it exports no function '_start'. --invoke calls another one"),
        (
            "component.wat",
            "component.wat is a component, not a module: components cannot be run yet. `wasmtime-gen inspect` tells "
            "what it imports and exports",
        ),
        (
            "needy.wat",
            "needy.wat imports what is not of WASI (wasi_snapshot_preview1):\n  os.system: i32 -> ()\nA Python program "
            "can give that: Linker.define_func(), or wasmtime_gen.importer.provide()",
        ),
        (
            "invalid.wat",
            "type mismatch: expected i32, found i64\n --> invalid.wat:7:16\n  |\n"
            "7 |     i64.const 1)\n  |                ^",
        ),
    ],
)
def test_what_cannot_be_started_is_told(cli: Cli, file: str, told: str) -> None:
    done = cli("run", file)
    assert (done.returncode, done.stdout, done.stderr) == (125, "", f"error: {told}\n")


@pytest.mark.parametrize(
    ("call", "printed"),
    [
        ("add 40 2", "42\n"),
        ("add -1 0xff", "254\n"),
        ("add 4294967295 1", "0\n"),
        ("wide -9223372036854775808", "-9223372036854775808\n"),
        ("half 3", "1.5\n"),
        ("half -inf", "-inf\n"),
        ("half 0x1p-3", "0.0625\n"),
        ("single 0.5", "0.5\n"),
        ("vector 000102030405060708090a0b0c0d0e0f", "0x000102030405060708090a0b0c0d0e0f\n"),
        ("two", "1\n1.5\n"),
        ("nothing", ""),
        ("is_null null", "1\n"),
    ],
)
def test_a_function_is_called_with_what_was_typed(cli: Cli, call: str, printed: str) -> None:
    name, *args = call.split()
    done = cli("run", "--invoke", name, "numbers.wat", *args)
    assert (done.returncode, done.stdout, done.stderr) == (0, printed, "")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("add 1", "add takes 2 arguments (i32, i32 -> i32), not 1"),
        (
            "add 1 x",
            "argument 2 of add is 'x', which is no i32: write a number from -2**31 to 2**32-1, such as 42, -1 or 0xff",
        ),
        (
            "add 1 4294967296",
            "argument 2 of add is '4294967296', which is no i32: write a number from -2**31 to 2**32-1,"
            " such as 42, -1 or 0xff",
        ),
        (
            "add 1 1.5",
            "argument 2 of add is '1.5', which is no i32: write a number from -2**31 to 2**32-1, such as 42, -1"
            " or 0xff",
        ),
        (
            "half \x1b[2J",
            r"argument 1 of half is '\x1b[2J', which is no f64: write a number such as 1.5, -1e9, inf or nan",
        ),
        (
            "vector 00",
            "argument 1 of vector is '00', which is no v128: write its 16 bytes as 32 hexadecimal digits, the "
            "first in memory first",
        ),
        ("is_null 5", "argument 1 of is_null is '5', which is no externref: write null"),
        ("strict null", "argument 1 of strict is 'null', which is no (ref extern): no such reference can be written"),
        ("memory", "numbers.wat exports 'memory', but that is no function: (memory 1)"),
        (
            "missing",
            "numbers.wat exports no function 'missing'. There are: add, wide, half, single, vector, two, nothing, "
            "is_null, strict, spin, divide",
        ),
    ],
)
def test_what_cannot_be_called_is_told(cli: Cli, call: str, told: str) -> None:
    name, *args = call.split(" ")
    done = cli("run", "--invoke", name, "numbers.wat", *args)
    assert (done.returncode, done.stdout, done.stderr) == (125, "", f"error: {told}\n")


def test_a_called_function_is_bounded_too(cli: Cli) -> None:
    done = cli("run", "--timeout", "0.3", "--invoke", "spin", "numbers.wat")
    assert (done.returncode, done.stderr.splitlines()[0]) == (124, "error: the guest ran longer than 0.3 seconds")
    done = cli("run", "--fuel", "1000", "--invoke", "spin", "numbers.wat")
    assert (done.returncode, "all fuel consumed" in done.stderr) == (134, True)
    done = cli("run", "--max-memory", "10", "--invoke", "two", "numbers.wat")
    assert (done.returncode, "do not fit into memory=10" in done.stderr) == (125, True)
    done = cli("run", "--invoke", "divide", "numbers.wat", "1", "0")
    assert (done.returncode, done.stderr.splitlines()[0]) == (134, "error: wasm trap: integer divide by zero")
    done = cli("run", "--invoke", "_start", "exit_200.wat")
    assert (done.returncode, done.stderr) == (200, "")
    done = cli("run", "--invoke", "_start", "--env", "A=B", "env.wat")
    assert (done.returncode, done.stdout) == (0, "A=B\0")
    done = cli("run", "--invoke", "f", "needy.wat")
    assert (done.returncode, "needy.wat imports what is not of WASI" in done.stderr) == (125, True)


def test_programs_are_kept_in_the_cache_unless_refused(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", "--no-cache", "hello.wat").stdout == "hello\n"
    assert not (tmp_path / "cache").exists()
    assert cli("run", "hello.wat").stdout == "hello\n"
    assert len(list((tmp_path / "cache").iterdir())) == 1
    (tmp_path / "file").touch()
    assert cli("run", "hello.wat", WASMTIME_GEN_CACHE=str(tmp_path / "file")).stdout == "hello\n"
