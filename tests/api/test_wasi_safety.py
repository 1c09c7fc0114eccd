"""What WASI must survive: memories that move, the limit of recursion, many threads, ways out of a directory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.api.wasi_guests import Program, guest, read_stdin
from wasmtime_gen import ConcurrentUseError, Engine, Memory, Store, WasiConfig, WritableDir
from wasmtime_gen._wasi import calls

MOVING = "memory_reservation=0, memory_reservation_for_growth=0"


def _process(code: str) -> None:
    """Run in a process of its own: a failure would end this one."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "fine\n", "")


@pytest.mark.parametrize("operation", ["write(1, 65536, 5)", "read(0, 65536, 5)", "file_type(1)", "counts()"])
def test_a_finalizer_cannot_move_the_memory_under_wasi(operation: str) -> None:
    _process(f"""
import gc
from tests.api.wasi_guests import guest
from wasmtime_gen import ConcurrentUseError, Engine, Store, WasiConfig
store = Store(Engine({MOVING}))
instance = guest(store, WasiConfig(stdin=b"12345" * 4000))
memory = instance.exports.memory
assert memory.can_move
grown = refused = 0

class Grows:
    def __init__(self):
        self.cycle = self

    def __del__(self):
        global grown, refused
        try:
            grown += memory.grow(1) > 0
        except ConcurrentUseError as error:
            refused += "interrupted the reading or writing of its memory" in str(error)

gc.freeze()
for turn in range(300):
    memory.write(65536, b"Hello")
    if memory.pages < 400:
        Grows()
    gc.set_threshold(1 + turn % 50)
    instance.exports.{operation}
    gc.set_threshold(0)
    assert memory.read(65536, 5) in (b"Hello", b"12345")
assert grown and store.wasi.stdout in (b"", b"Hello" * 300), (grown, refused)
assert refused or {operation!r} == "counts()", grown
print("fine")
""")


def test_a_handler_cannot_call_into_a_guest_whose_memory_wasi_is_using(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(Engine(memory_reservation=0, memory_reservation_for_growth=0))
    instance = guest(store, WasiConfig())
    memory = instance.exports.memory
    assert isinstance(memory, Memory)
    told = []

    original = calls._gathered

    def gathered(*args: Any) -> bytes:
        for use in (lambda: memory.grow(1), lambda: instance.exports.done(), store.gc):
            with pytest.raises(ConcurrentUseError) as raised:
                use()
            told.append(str(raised.value))
        return original(*args)

    monkeypatch.setattr(calls, "_gathered", gathered)
    assert instance.exports.write(1, 100, 6) == 0
    assert told == 3 * [
        "this Store cannot be called into at this moment, in a signal handler or finalizer that has interrupted the "
        "reading or writing of its memory"
    ]
    assert store.wasi.stdout == b"hello\n"
    assert memory.grow(1) == 2


def test_near_the_limit_of_recursion_nothing_is_lost_without_an_error() -> None:
    _process("""
import sys
from tests.api.wasi_guests import guest
from wasmtime_gen import Engine, Store, WasiConfig
store = Store(Engine())
instance = guest(store, WasiConfig(stdin=b"x" * 10**6))

def deep(left, operation):
    return deep(left - 1, operation) if left else operation()

def write():
    before = len(store.wasi.stdout)
    assert instance.exports.write(1, 100, 6) == 0
    assert len(store.wasi.stdout) == before + 6

def read():
    assert instance.exports.read(0, 1000, 7) == 0
    assert instance.exports.done() == 7

def stat():
    assert instance.exports.file_type(1) == 0

ends = set()
for operation in (write, read, stat):
    operation()
    for depth in range(sys.getrecursionlimit() - 120, sys.getrecursionlimit()):
        try:
            deep(depth, operation)
            ends.add("done")
        except RecursionError:
            ends.add("refused")
    operation()
assert ends == {"done", "refused"}
print("fine")
""")


def test_four_threads_have_four_guests_and_mix_nothing_up() -> None:
    engine = Engine()
    wrong: list[object] = []

    def run(number: int) -> None:
        try:
            given = bytes([48 + number]) * 3000
            store = Store(engine)
            instance = guest(store, WasiConfig(stdin=given))
            for _ in range(1000):
                assert read_stdin(instance, 3) == given[:3]
                assert instance.exports.write(1, 1000, 3) == 0
                assert instance.exports.write(2, 1000, 1) == 0
            assert (store.wasi.stdout, store.wasi.stderr) == (given, given[:1000])
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


ESCAPES = """
import os
ways = ["/d/../secret", "/d/inside/../../secret", "/d/link", "/d/absolute", "/d/out/secret", "../secret", "/secret",
    "/d/./..//secret", "//d/../secret"]
for way in ways:
    for use in (lambda: open(way).read(), lambda: open(way, "w").write("x"), lambda: os.remove(way + "/../secret")):
        try:
            print(way, use())
        except OSError:
            pass
made = [lambda: os.symlink("/", "/d/made"), lambda: os.symlink("../secret", "/d/near"),
    lambda: os.rename("/d/../secret", "/d/stolen"), lambda: os.rename("/d/mine", "/d/../mine"),
    lambda: os.link("/d/../secret", "/d/hard"), lambda: os.mkdir("/d/../made"), lambda: os.rmdir("/d/../other"),
    lambda: os.listdir("/d/.."), lambda: os.listdir("/d/out"), lambda: os.stat("/d/link").st_size]
for make in made:
    try:
        make()
    except OSError:
        continue
    for way in ("/d/made/etc/passwd", "/d/near", "/d/stolen", "/d/hard"):
        try:
            print("made", way, len(open(way).read()))
        except OSError:
            pass
open("/d/mine", "a").write("!")
print("tried")
"""


def test_no_path_leads_out_of_a_directory(python: Program, tmp_path: Path) -> None:
    directory, other = tmp_path / "d", tmp_path / "other"
    (directory / "inside").mkdir(parents=True)
    other.mkdir()
    (tmp_path / "secret").write_text("secret")
    (other / "secret").write_text("secret")
    (directory / "mine").write_text("mine")
    (directory / "link").symlink_to("../secret")
    (directory / "absolute").symlink_to(tmp_path / "secret")
    (directory / "out").symlink_to("../other")
    store = python.start(args=["python", "-c", ESCAPES], preopens={"/d": WritableDir(directory)})
    assert store.wasi.stdout == b"tried\n"
    assert (tmp_path / "secret").read_text() == (other / "secret").read_text() == "secret"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d", "other", "secret"]
    assert (directory / "mine").read_text() == "mine!"
