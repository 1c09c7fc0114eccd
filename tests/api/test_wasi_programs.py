"""Real programs: CPython, fetched, and a C program that is compiled here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api.wasi_guests import Program, captured, fails
from wasmtime_gen import STDOUT, Capture, Exit, OutputLimitError, WritableDir

LARGE = "0123456789" * 30_000  # more than one call moves


def run(python: Program, code: str, **given: object) -> bytes:
    """What CPython prints when it runs this."""
    store = python.start(args=["python", "-c", code], **given)
    assert captured(store)[1] == b""
    return store.wasi.stdout


def test_python_runs_code(python: Program) -> None:
    assert run(python, "import sys; print(2**100, sys.version_info[:2])") == (
        b"1267650600228229401496703205376 (3, 12)\n"
    )


def test_python_sees_its_arguments_and_environment(python: Program) -> None:
    store = python.start(
        args=["python", "-c", "import os, sys; print(sys.argv[1:], os.environ['NAME'])", "ä", ""], env={"NAME": "ö"}
    )
    assert store.wasi.stdout.decode() == "['ä', ''] ö\n"


def test_python_reads_stdin_to_its_end(python: Program) -> None:
    assert run(python, "import sys; print(len(sys.stdin.read()))", stdin=LARGE) == b"300000\n"
    assert run(python, "print(input(), input())", stdin="a\nb\nc") == b"a b\n"


@pytest.mark.parametrize("code", [0, 1, 2, 125, 126, 127, 200, 255])
def test_python_ends_with_a_code(python: Program, code: int) -> None:
    with pytest.raises(Exit) as caught:
        python.start(args=["python", "-c", f"import sys; sys.exit({code})"])
    assert caught.value.code == code


def test_python_tells_errors_on_stderr_and_by_its_code(python: Program) -> None:
    outputs: list[bytes] = []
    told = fails(python.start, args=["python", "-c", "print(1, flush=True); 1/0"], stdout=outputs.append, stderr=STDOUT)
    assert told == (Exit, "the guest exited with code 1")
    lines = b"".join(outputs).splitlines()
    assert (lines[0], lines[-1]) == (b"1", b"ZeroDivisionError: division by zero")


def test_python_reads_a_directory_and_cannot_change_it(python: Program, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(LARGE)
    code = """
import os
print(os.listdir("/data"), len(open("/data/file").read()))
for change in (lambda: open("/data/new", "w"), lambda: os.remove("/data/file"), lambda: open("/data/../x")):
    try:
        change()
    except OSError as error:
        print(type(error).__name__)
"""
    assert run(python, code, preopens={"/data": tmp_path}).decode() == (
        "['file'] 300000\nPermissionError\nPermissionError\nPermissionError\n"
    )
    assert (tmp_path / "file").read_text() == LARGE


def test_python_writes_into_a_writable_directory(python: Program, tmp_path: Path) -> None:
    code = f"""
import os
with open("/out/file", "w") as file:
    file.write("{LARGE[:10]}" * 30_000)
os.rename("/out/file", "/out/moved")
"""
    assert run(python, code, preopens={"/out": WritableDir(tmp_path)}) == b""
    assert (tmp_path / "moved").read_text() == LARGE


def test_python_may_put_a_file_in_the_place_of_its_stdout(python: Program, tmp_path: Path) -> None:
    code = """
import os
print("before", flush=True)
os.close(1)
os.open("/out/file", os.O_WRONLY | os.O_CREAT)
os.write(1, b"inside")
os.write(2, b"after")
"""
    store = python.start(args=["python", "-c", code], preopens={"/out": WritableDir(tmp_path)})
    assert captured(store) == (b"before\n", b"after")
    assert (tmp_path / "file").read_bytes() == b"inside"


def test_python_that_floods_is_stopped(python: Program) -> None:
    code = "while True:\n try: print('x' * 1000)\n except BaseException: pass"
    assert fails(python.start, args=["python", "-c", code], stdout=Capture(1 << 20))[0] is OutputLimitError


def test_what_a_function_raises_passes_through_python(python: Program) -> None:
    def function(data: bytes) -> None:
        raise KeyError(data)

    code = "try: print('x', flush=True)\nexcept BaseException: print('caught')"
    with pytest.raises(KeyError, match="x"):
        python.start(args=["python", "-c", code], stdout=function)


C_SOURCE = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "env")) {
    puts(getenv("NAME"));
  } else if (argc > 1 && !strcmp(argv[1], "cat")) {
    int c;
    while ((c = getchar()) != EOF) putchar(c);
  } else if (argc > 1 && !strcmp(argv[1], "copy")) {
    FILE *from = fopen("/data/from", "rb"), *to = fopen("/data/to", "wb");
    static char buffer[200000];
    size_t size;
    while ((size = fread(buffer, 1, sizeof buffer, from)) > 0) fwrite(buffer, 1, size, to);
    if (fclose(to)) return 2;
  } else if (argc > 1 && !strcmp(argv[1], "abort")) {
    puts("before");
    fflush(stdout);
    abort();
  }
  return argc > 2 ? atoi(argv[2]) : 0;
}
"""


@pytest.fixture(scope="module")
def c_program(c_for_wasi: Callable[[str], Path]) -> Program:
    return Program(c_for_wasi(C_SOURCE))


def test_a_c_program_reads_its_environment_and_stdin(c_program: Program) -> None:
    assert c_program.start(args=["c", "env"], env={"NAME": "ö"}).wasi.stdout.decode() == "ö\n"
    assert c_program.start(args=["c", "cat"], stdin=LARGE).wasi.stdout.decode() == LARGE


def test_a_c_program_copies_a_file(c_program: Program, tmp_path: Path) -> None:
    (tmp_path / "from").write_text(LARGE)
    c_program.start(args=["c", "copy"], preopens={"/data": WritableDir(tmp_path)})
    assert (tmp_path / "to").read_text() == LARGE


def test_a_c_program_that_returns_0_returns_and_any_other_code_is_an_exit(c_program: Program) -> None:
    c_program.start(args=["c", "-", "0"])
    for code in (1, 126, 255):
        assert fails(c_program.start, args=["c", "-", str(code)]) == (Exit, f"the guest exited with code {code}")


def test_what_a_c_program_printed_before_it_aborted_is_there(c_program: Program) -> None:
    outputs: list[bytes] = []
    assert "unreachable" in fails(c_program.start, args=["c", "abort"], stdout=outputs.append)[1]
    assert outputs == [b"before\n"]
