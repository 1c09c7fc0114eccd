"""WASI and the process around it: inherited streams and environment, forks, signals, and an end without a word."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

BEFORE = """
import os, sys, threading, time
from tests.api.wasi_guests import guest, linker_with_wasi, read_stdin
from wasmtime_gen import *
engine = Engine(epoch_interruption=False)
store = Store(engine)
"""


def run(program: str, **given: Any) -> tuple[int, bytes, bytes]:
    """How a process of this program ends, and what it writes."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **given.pop("env", {})}
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", BEFORE + program]
    done = subprocess.run(command, capture_output=True, env=environment, timeout=60, **given)
    return done.returncode, done.stdout, done.stderr


def test_inherited_outputs_are_those_of_the_process_and_written_at_once() -> None:
    program = """
instance = guest(store, WasiConfig(stdout=INHERIT, stderr=INHERIT))
for _ in range(3):
    print("host", flush=True)
    instance.exports.write(1, 100, 6)
    instance.exports.write(2, 110, 6)
os._exit(0)
"""
    assert run(program) == (0, b"host\nhello\n" * 3, b"error\n" * 3)


def test_stderr_can_go_where_an_inherited_stdout_goes() -> None:
    program = "guest(store, WasiConfig(stdout=INHERIT, stderr=STDOUT)).exports.write(2, 110, 6)"
    assert run(program) == (0, b"error\n", b"")


def test_an_inherited_stdin_is_not_read_ahead_and_its_end_is_not_final() -> None:
    program = """
for size in (3, 2):
    print(read_stdin(guest(Store(engine), WasiConfig(stdin=INHERIT)), size))
print(sys.stdin.buffer.read())
print(read_stdin(guest(store, WasiConfig(stdin=INHERIT)), 5))
"""
    assert run(program, input=b"abcdefgh") == (0, b"b'abc'\nb'de'\nb'fgh'\nb''\n", b"")


def test_the_environment_is_inherited_as_it_is_when_the_config_is_set() -> None:
    program = """
config = WasiConfig(env=INHERIT)
count = len(os.environ)
print(guest(store, config).exports.counts()[1] == count)
os.environ["ONE_MORE"] = "1"
print(guest(store, config).exports.counts()[1] == count + 1)
os.environb[b"NOT_TEXT"] = b"\\xff"
try:
    store.wasi = config
except ValueError as error:
    print(error)
"""
    told = (
        b"True\nTrue\nthe environment variable 'NOT_TEXT' of this process is not UTF-8, so a guest cannot have it: "
        b"give env as a dict without it\n"
    )
    assert run(program) == (0, told, b"")


def test_a_guest_is_told_that_nobody_reads_its_output() -> None:
    program = """
reading, writing = os.pipe()
os.dup2(writing, 1)
os.close(writing)
os.close(reading)
instance = guest(store, WasiConfig(stdout=INHERIT))
sys.stderr.write(str(instance.exports.write(1, 100, 6)))
os.close(1)
sys.stderr.write(" " + str(instance.exports.write(1, 100, 6)))
"""
    assert run(program) == (0, b"", b"64 8")  # pipe, badf


def test_only_an_inherited_terminal_is_one() -> None:
    pytest.importorskip("pty")
    program = """
import pty
ours, theirs = pty.openpty()
kept = os.dup(1)
os.dup2(theirs, 1)
types = [guest(Store(engine), WasiConfig(stdout=given)).exports.file_type(1) for given in (INHERIT, Capture(), None)]
os.dup2(kept, 1)
types.append(guest(Store(engine), WasiConfig(stdout=INHERIT)).exports.file_type(1))
types.append(guest(Store(engine), WasiConfig(stdin=INHERIT)).exports.file_type(0))
os.dup2(theirs, 0)
types.append(guest(Store(engine), WasiConfig(stdin=INHERIT)).exports.file_type(0))
types.append(guest(Store(engine), WasiConfig(stdin=b"")).exports.file_type(0))
print([type_ == 2 for type_ in types])
"""
    assert run(program, stdin=subprocess.DEVNULL) == (0, b"[True, False, False, False, False, True, False]\n", b"")


def test_ctrl_c_comes_out_of_a_guest_that_waits_for_stdin() -> None:
    program = """
import _thread, signal
reading, writing = os.pipe()
os.dup2(reading, 0)
instance = guest(store, WasiConfig(stdin=INHERIT))
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
is_over = threading.Event()

def interrupt():
    while not is_over.wait(0.3):  # again, should the first come just before the guest waits
        os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt).start()
try:
    try:
        instance.exports.read(0, 1000, 5)
    finally:
        is_over.set()
except KeyboardInterrupt:
    print("interrupted")
os.write(writing, b"abc")
print(read_stdin(instance, 5))
"""
    assert run(program) == (0, b"interrupted\nb'abc'\n", b"")


ENDS = {
    "live stores": "instance.exports.write(1, 100, 6)",
    "after a trap": """
try:
    instance.exports.both_and_trap(3)
except Trap:
    pass
""",
    "after an exit": """
try:
    instance.exports.exit(200)
except Exit:
    pass
""",
    "a cycle": "store.data = [store, instance]",
    "a flood in another thread": """
threading.Thread(target=instance.exports.flood, args=(100,), daemon=True).start()
time.sleep(0.05)
""",
    "a read in another thread": """
reading, writing = os.pipe()
os.dup2(reading, 0)
store.wasi = WasiConfig(stdin=INHERIT)
threading.Thread(target=instance.exports.read, args=(0, 1000, 1), daemon=True).start()
time.sleep(0.05)
""",
}


@pytest.mark.parametrize("output", ["Capture(1 << 40)", "lambda data: None", "None"])
@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
def test_a_process_ends_without_a_word(end: str, output: str) -> None:
    assert run(f"instance = guest(store, WasiConfig(stdout={output}))\n{end}") == (0, b"", b"")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_after_a_fork_guests_are_refused_where_they_could_wait_for_ever() -> None:
    program = """
instance = guest(store, WasiConfig())
instance.exports.write(1, 100, 6)
other = Store(engine)
if os.fork() == 0:
    for operation in (
        lambda: setattr(Store(engine), "wasi", WasiConfig()),
        lambda: instance.exports.write(1, 100, 6),
        lambda: setattr(store, "wasi", WasiConfig()),
    ):
        try:
            operation()
        except WasmtimeError as error:
            print(type(error).__name__, error)
    store.close()
    print(store.wasi.stdout, other.gc())
    sys.stdout.flush()
    os._exit(0)
os.wait()
instance.exports.write(1, 100, 6)
print(store.wasi.stdout)
"""
    lost = (
        "WASI was in use when this process was forked, and its threads did not come along: a guest could wait for them "
        "for ever. Start processes by 'spawn' or 'forkserver', or fork before store.wasi is set for the first time"
    )
    told = [
        f"WasmtimeError {lost}",
        f"ConcurrentUseError {lost}",
        f"ConcurrentUseError {lost}",
        r"b'hello\n' None",
        r"b'hello\nhello\n'",
    ]
    assert run(program) == (0, "".join(f"{line}\n" for line in told).encode(), b"")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_wasi_works_in_a_process_that_was_forked_before_it_was_used() -> None:
    program = """
config, linker = WasiConfig(), linker_with_wasi(engine)
if os.fork() == 0:
    instance = guest(store, config)
    instance.exports.write(1, 100, 6)
    instance.exports.close(2)
    print(store.wasi.stdout, flush=True)
    os._exit(0)
os.wait()
"""
    assert run(program) == (0, b"b'hello\\n'\n", b"")
