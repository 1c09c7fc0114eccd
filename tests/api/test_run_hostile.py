"""Programs that want to harm: whatever they do, run() ends in time, within bounds, and leaves nothing behind."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.programs import CAT, WASI, exits, program, writes
from tests.api.wasi_guests import fails
from wasmtime_gen import (
    STDOUT,
    CompletedProgram,
    Engine,
    GuestTimeout,
    Module,
    OutputLimitError,
    StackOverflowTrap,
    WasmtimeError,
    WritableDir,
    run,
    wat2wasm,
)

LATE = 1.0  # seconds: twenty times what is promised
MIB = 1 << 20


def ends_in_time(given: Any, *args: str, timeout: float = 0.3, **keywords: Any) -> CompletedProgram:
    """What is told of a program that its timeout ends."""
    begin = time.monotonic()
    with pytest.raises(GuestTimeout) as caught:
        run(given, args, timeout=timeout, **keywords)
    assert timeout <= time.monotonic() - begin < timeout + LATE
    assert caught.value.seconds == timeout
    result = caught.value.result
    assert result is not None
    assert (result.trap, result.returncode) == (caught.value, 134)
    assert timeout <= result.duration < timeout + LATE
    return result


C_SOURCE = r"""
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *volatile kept;
static int recurse(volatile char *outer) {
  char inner[100];
  kept = inner;
  return recurse(inner) + *outer + *kept;
}

static int tried(const char *what, int result) {
  printf("%s %d\n", what, result < 0 ? errno : 0);
  return 0;
}

int main(int argc, char **argv) {
  const char *mode = argv[1], *path = argc > 2 ? argv[2] : "";
  if (!strcmp(mode, "loop")) for (volatile int i = 0;; i++);
  if (!strcmp(mode, "sleep")) for (;;) sleep(1000000);
  if (!strcmp(mode, "naps")) for (;;) usleep(1);
  if (!strcmp(mode, "wait")) return getchar();
  if (!strcmp(mode, "grow")) {
    long total = 0;
    for (void *p; (p = kept = malloc(1 << 20)); total++) memset(p, 1, 1 << 20);
    printf("%ld\n", total);
    return 0;
  }
  if (!strcmp(mode, "flood")) for (;;) { puts("out"); fputs("err\n", stderr); }
  if (!strcmp(mode, "recurse")) return recurse((char *)mode);
  if (!strcmp(mode, "files")) {
    char other[1000];
    snprintf(other, sizeof other, "%s/made", path);
    tried("open", open(path, O_RDONLY));
    tried("create", open(other, O_WRONLY | O_CREAT, 0666));
    tried("truncate", open(path, O_WRONLY | O_TRUNC));
    tried("mkdir", mkdir(other, 0777));
    tried("unlink", unlink(path));
    tried("rename", rename(path, other));
    tried("link", link(path, other));
    tried("symlink", symlink("/etc/passwd", other));
    return 0;
  }
  if (!strcmp(mode, "read")) {
    char text[100] = "";
    int fd = open(path, O_RDONLY);
    if (fd < 0) return tried("open", fd);
    printf("read %zd\n", read(fd, text, 99));
    return 0;
  }
  return 99;
}
"""


@pytest.fixture(scope="module")
def c_program(c_for_wasi: Callable[[str], Path]) -> Module:
    return Module.from_file(Engine(interruptible=True), c_for_wasi(C_SOURCE))


@pytest.fixture(scope="module")
def python(python_wasm: Path) -> Module:
    return Module.from_file(Engine(interruptible=True), python_wasm, cache=python_wasm.with_name("images"))


@pytest.fixture
def open_pipe() -> Iterator[Any]:
    """The reading end of a pipe into which nobody writes, and that nobody closes."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as file:
        yield file
    os.close(writing)


def test_endless_loops_end(c_program: Module, python: Module) -> None:
    assert ends_in_time(c_program, "loop").stdout == b""
    assert ends_in_time(python, "-c", "while True: pass", timeout=0.5).stdout == b""
    assert ends_in_time(python, "-c", "10**10**8", timeout=0.5).stdout == b""
    ends_in_time(program("(loop (br 0))"), fuel=2**63)
    assert ends_in_time(wat2wasm('(module (func $f (loop (br 0))) (start $f) (func (export "_start")))'))


def test_sleep_bombs_end(c_program: Module, python: Module) -> None:
    for mode in "sleep", "naps":
        ends_in_time(c_program, mode)
    for code in "time.sleep(1e6)", "[time.sleep(0) for _ in iter(int, 1)]":
        ends_in_time(python, "-c", f"import time; {code}", timeout=0.5)


def test_who_waits_for_input_that_never_comes_ends(c_program: Module, python: Module, open_pipe: Any) -> None:
    ends_in_time(c_program, "wait", input=open_pipe)
    assert ends_in_time(python, "-c", "print(1, flush=True); input()", timeout=0.5, input=open_pipe).stdout == b"1\n"
    code = "import select; select.select([0], [], [])"
    ends_in_time(python, "-c", code, timeout=0.5, input=open_pipe)


def test_who_waits_for_its_own_caller_ends() -> None:
    slow: list[float] = []

    def wait(_: object) -> bytes:
        slow.append(time.monotonic())
        time.sleep(0.5)
        return b"a"

    ends_in_time(CAT, input=wait, timeout=0.3)
    assert len(slow) == 1
    ends_in_time(program(f"(loop {writes(1)} (br 0))"), stdout=wait, timeout=0.3)


def test_a_pipe_that_nobody_reads_ends_nobodys_timeout(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    kept = os.open(fifo, os.O_RDWR)
    try:
        ends_in_time(program(f"(loop {writes(1)} (br 0))"), stdout=fifo)
    finally:
        os.close(kept)


def test_memory_bombs_stay_within_their_bound(c_program: Module, python: Module) -> None:
    result = run(c_program, ["grow"], memory=32 * MIB, timeout=60)
    assert result.stdout is not None
    assert 0 < int(result.stdout) < 32
    assert 16 * MIB < result.peak_memory <= 32 * MIB
    result = run(python, ["-c", "x = [bytearray(1 << 20) for _ in range(10**6)]"], memory=64 * MIB, timeout=60)
    assert (result.returncode, result.stderr and result.stderr.splitlines()[-1]) == (1, b"MemoryError")
    assert result.peak_memory <= 64 * MIB
    kind, told = fails(run, c_program, ["grow"], memory=1 << 16)
    assert kind is WasmtimeError
    assert told.startswith("the program's memories do not fit into memory=65536: they are ")


def test_output_bombs_stay_within_their_bound(c_program: Module, python: Module) -> None:
    for fd, name in (1, "stdout"), (2, "stderr"):
        with pytest.raises(OutputLimitError) as caught:
            run(program(f"(loop {writes(fd, 1000)} (br 0))"), limit=10_000, timeout=60)
        assert str(caught.value) == (
            f"the program wrote more than 10000 bytes to {name}: raise the limit, or take the output with "
            f"run(..., {name}=function)"
        )
        assert caught.value.stream == name
        result = caught.value.result
        assert result is not None
        assert (result.returncode, result.trap) == (134, None)
        assert len((result.stdout, result.stderr)[fd - 1] or b"") == 10_000
    together: dict[str, Any] = {"stderr": STDOUT}
    for given in (c_program, ["flood"]), (python, ["-c", "while True: print('x' * 100)"]):
        for keywords in {}, together:
            with pytest.raises(OutputLimitError) as caught:
                run(*given, limit=MIB, timeout=60, **keywords)
            assert caught.value.result is not None
            assert len(caught.value.result.stdout or b"") + len(caught.value.result.stderr or b"") <= 2 * MIB
    ends_in_time(c_program, "flood", stdout=None, stderr=None)


def test_recursion_is_a_trap_or_the_languages_own_error(c_program: Module, python: Module) -> None:
    assert isinstance(run(c_program, ["recurse"], timeout=60).trap, StackOverflowTrap)
    result = run(python, ["-c", "f = lambda: f()\nf()"], timeout=60)
    assert (result.stderr or b"").splitlines()[-1].startswith(b"RecursionError") or result.trap is not None
    assert result.returncode in (1, 134)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A directory to give, with links that lead out of it, next to a secret."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "yard").mkdir()
    (tmp_path / "yard" / "file").write_text("content")
    (tmp_path / "yard" / "out").symlink_to("../secret")
    (tmp_path / "yard" / "absolute").symlink_to(tmp_path / "secret")
    (tmp_path / "yard" / "up").symlink_to("..")
    (tmp_path / "yard" / "loop").symlink_to("loop")
    return tmp_path


OUTSIDE = (
    "/yard/../secret",
    "/yard/out",
    "/yard/absolute",
    "/yard/up/secret",
    "/yard/up",
    "/yard/loop",
    "/yard/./../secret",
    "/yard/file/../../secret",
    "../secret",
    "/secret",
    "/etc/passwd",
    "/yard/missing",
    "/proc/self/environ",
    "",
)


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("writable", [False, True])
def test_nothing_leads_out_of_a_directory(c_program: Module, house: Path, path: str, writable: bool) -> None:
    yard = WritableDir(house / "yard") if writable else house / "yard"
    result = run(c_program, ["read", path], dirs={"/yard": yard}, timeout=60, check=True)
    assert (result.stdout or b"").startswith(b"open "), result
    assert result.stdout != b"open 0\n"


def test_a_read_only_directory_stays_as_it_is(c_program: Module, house: Path) -> None:
    before = sorted((path.name, path.lstat().st_mtime_ns) for path in house.rglob("*"))
    for path in "/yard/file", "/yard/out", "/yard/../secret", "/yard/missing", "/yard":
        result = run(c_program, ["files", path], dirs={"/yard": house / "yard"}, timeout=60, check=True)
        lines = [line.split() for line in (result.stdout or b"").decode().splitlines()]
        done = [what for what, error in lines if error == "0"]
        assert done == (["open"] if path in ("/yard/file", "/yard") else [])
    assert sorted((path.name, path.lstat().st_mtime_ns) for path in house.rglob("*")) == before
    assert (house / "secret").read_text() == "secret"


def test_a_writable_directory_is_the_only_one_that_changes(c_program: Module, house: Path) -> None:
    for path in OUTSIDE:
        run(c_program, ["files", path], dirs={"/yard": WritableDir(house / "yard")}, timeout=60)
    assert (house / "secret").read_text() == "secret"
    assert sorted(path.name for path in house.iterdir()) == ["secret", "yard"]


# What no epoch reaches

ATOMIC = """(module (memory (export "memory") 1 1 shared) (func (export "_start")
  (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 2_500_000_000)))))"""


def test_a_program_in_one_long_step_is_left_alone() -> None:
    engine = Engine(interruptible=True, shared_memory=True)
    begin = time.monotonic()
    with pytest.raises(GuestTimeout) as caught:
        run(Module(engine, wat2wasm(ATOMIC)), timeout=0.1)
    assert 0.1 < time.monotonic() - begin < 2.5
    assert caught.value.result is None
    for thread in threading.enumerate():
        if thread.name == "wasmtime-run":
            thread.join(20)
    assert threading.active_count() == 1


def test_a_process_with_a_program_that_was_left_alone_ends_without_a_word() -> None:
    program = f"""
import threading
from wasmtime_gen import *
wasm = wat2wasm({ATOMIC.replace("2_500_000_000", "-1")!r})
try:
    run(Module(Engine(interruptible=True, shared_memory=True), wasm), timeout=0.1)
except GuestTimeout as error:
    print(error, [thread.name for thread in threading.enumerate()])
"""
    done = subprocess.run([sys.executable, "-X", "dev", "-c", program], capture_output=True, text=True, timeout=60)
    told = "the guest ran longer than 0.1 seconds ['MainThread', 'wasmtime-run']\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, told, "")


# Leftovers

HOSTILE: dict[str, tuple[bytes, dict[str, Any], object]] = {
    "ends": (program(writes(1)), {"timeout": 60}, 0),
    "exits": (exits(200), {}, 200),
    "traps": (program("unreachable"), {}, 134),
    "fails": (exits(3), {"check": True}, "CalledProgramError"),
    "loops": (program("(loop (br 0))"), {"timeout": 0.001}, "GuestTimeout"),
    "burns": (program("(loop (br 0))"), {"fuel": 1000}, 134),
    "floods": (program(f"(loop {writes(1, 1000)} (br 0))"), {"limit": 9000}, "OutputLimitError"),
    "grows": (program("(drop (memory.grow (i32.const 1000)))"), {"memory": MIB}, 0),
    "recurses": (program("(call 6)", wasi=WASI + "(func $f call $f)"), {}, 134),
    "reads": (CAT, {"input": lambda size: b""}, 0),
    "raises": (program(writes(1)), {"stdout": lambda data: 1 // 0}, "ZeroDivisionError"),
    "lacks": (wat2wasm('(module (import "a" "b" (func)) (func (export "_start")))'), {}, "LinkError"),
    "no directory": (exits(0), {"dirs": {"/": "/missing"}}, "FileNotFoundError"),
    "no program": (b"\0asm", {}, "ValidationError"),
}


def ending(given: bytes, keywords: dict[str, Any]) -> object:
    try:
        return run(given, **keywords).returncode
    except Exception as error:
        return type(error).__name__


def resident() -> int:
    """Bytes of this process's memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def leftovers() -> tuple[int, int]:
    """Threads and descriptors of this process."""
    return threading.active_count(), len(os.listdir("/proc/self/fd"))


def run_many(times: int) -> tuple[int, int]:
    """Run each hostile program so often, and compare. The result is by how much memory and objects have grown."""

    def round_() -> None:
        found = {name: ending(given, keywords) for name, (given, keywords, _) in HOSTILE.items()}
        assert found == {name: expected for name, (_, _, expected) in HOSTILE.items()}

    for _ in range(10):
        round_()
    gc.collect()
    before, memory, objects = leftovers(), resident(), len(gc.get_objects())
    for _ in range(times):
        round_()
    gc.collect()
    time.sleep(0.5)  # for the thread that beats, which ends by itself
    assert leftovers() == before
    return resident() - memory, len(gc.get_objects()) - objects


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="only Linux tells")
def test_many_runs_leave_no_threads_descriptors_or_memory_behind() -> None:
    grown, objects = run_many(int(os.environ.get("WASMTIME_GEN_RUNS", "15")))
    assert objects < 200
    assert grown < 20 * MIB
