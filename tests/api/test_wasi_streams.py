"""The standard streams of guests: bounded, complete when a call returns, in order, exceptions as themselves."""

from __future__ import annotations

import os
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.api.wasi_guests import captured, fails, guest, read_stdin
from wasmtime_gen import (
    INHERIT,
    STDOUT,
    Capture,
    Engine,
    OutputLimitError,
    Store,
    Trap,
    UnreachableTrap,
    WasiConfig,
    WasmtimeError,
    WritableDir,
)

BADF, INVAL, SPIPE = 8, 28, 70


def test_what_is_written_is_there_when_the_call_returns(store: Store) -> None:
    instance = guest(store, WasiConfig())
    assert instance.exports.write(1, 100, 6) == 0
    assert instance.exports.done() == 6
    assert captured(store) == (b"hello\n", b"")
    instance.exports.write(2, 110, 6)
    assert captured(store) == (b"hello\n", b"error\n")


def test_what_is_written_is_complete_after_a_trap(store: Store) -> None:
    instance = guest(store, WasiConfig())
    assert fails(instance.exports.both_and_trap, 500)[0] is UnreachableTrap
    assert captured(store) == (b"hello\n" * 500, b"error\n" * 500)


def test_both_streams_in_one_place_keep_their_order(store: Store) -> None:
    instance = guest(store, WasiConfig(stderr=STDOUT))
    assert fails(instance.exports.both_and_trap, 500)[0] is UnreachableTrap
    assert store.wasi.stdout == b"hello\nerror\n" * 500
    told = "stderr goes where stdout goes: read store.wasi.stdout"
    assert fails(lambda: store.wasi.stderr) == (WasmtimeError, told)


def test_a_host_function_sees_what_the_guest_has_written_so_far(store: Store) -> None:
    seen: list[tuple[bytes, bytes]] = []
    instance = guest(store, WasiConfig(), lambda: seen.append(captured(store)))
    instance.exports.write(1, 100, 6)
    instance.exports.call_host()
    assert seen == [(b"hello\n", b"")]


@pytest.mark.parametrize("size", [1, 7, 65536])
def test_a_guest_that_floods_is_stopped_at_the_bound(store: Store, size: int) -> None:
    instance = guest(store, WasiConfig(stdout=Capture(100_000)))
    assert fails(instance.exports.flood, size) == (
        OutputLimitError,
        "the guest wrote more than 100000 bytes to stdout: raise the bound with WasiConfig(stdout=Capture(limit)), or "
        "take the output with a function",
    )
    assert len(captured(store)[0]) == 100_000
    assert fails(instance.exports.write, 1, 100, 1)[0] is OutputLimitError
    assert instance.exports.write(2, 110, 6) == 0


def test_a_bound_can_be_reached_exactly(store: Store) -> None:
    instance = guest(store, WasiConfig(stdout=Capture(6), stderr=Capture(0)))
    assert instance.exports.write(1, 100, 6) == 0
    assert instance.exports.write(1, 100, 0) == 0
    assert fails(instance.exports.write, 1, 100, 1)[0] is OutputLimitError
    assert fails(instance.exports.write, 2, 100, 1)[1].startswith("the guest wrote more than 0 bytes to stderr")
    assert captured(store) == (b"hello\n", b"")


def test_a_function_gets_each_piece_in_the_thread_of_the_call(store: Store) -> None:
    seen: list[tuple[bytes, int]] = []
    instance = guest(store, WasiConfig(stdout=lambda data: seen.append((data, threading.get_ident()))))
    instance.exports.write(1, 100, 6)
    instance.exports.write(1, 100, 2)
    assert seen == [(b"hello\n", threading.get_ident()), (b"he", threading.get_ident())]


@pytest.mark.parametrize(
    "raised", [KeyError("mine"), SystemExit(3), KeyboardInterrupt(), Trap("mine"), OSError(5, "x")]
)
def test_what_a_function_raises_comes_out_of_the_call_as_itself(store: Store, raised: BaseException) -> None:
    def function(data: bytes) -> None:
        raise raised

    instance = guest(store, WasiConfig(stdout=function))
    with pytest.raises(BaseException) as caught:  # noqa: PT011
        instance.exports.flood(5)
    assert caught.value is raised


def test_a_function_may_use_the_store_as_a_host_function_may(store: Store) -> None:
    def function(data: bytes) -> None:
        seen.append((data, instance.exports.byte(100)))

    seen: list[tuple[bytes, int]] = []
    instance = guest(store, WasiConfig(stdout=function))
    instance.exports.write(1, 100, 6)
    assert seen == [(b"hello\n", ord("h"))]


def test_a_function_cannot_close_the_store(store: Store) -> None:
    instance = guest(store, WasiConfig(stdout=lambda data: store.close()))
    assert fails(instance.exports.write, 1, 100, 6)[1] == "this Store cannot be closed while a call runs in it"


def test_a_function_that_uses_the_store_in_another_thread_is_refused_there(store: Store) -> None:
    refused: list[str] = []

    def function(data: bytes) -> None:
        thread = threading.Thread(target=lambda: refused.append(fails(lambda: instance.exports.byte(100))[1]))
        thread.start()
        thread.join()

    instance = guest(store, WasiConfig(stdout=function))
    instance.exports.write(1, 100, 6)
    assert refused == ["this Store is in use by another thread: a store runs one call at a time"]


def test_nothing_is_kept_of_what_is_dropped(store: Store) -> None:
    instance = guest(store, WasiConfig(stdout=None))
    assert instance.exports.write(1, 100, 6) == 0
    assert fails(lambda: captured(store)) == (
        WasmtimeError,
        "stdout is not captured, it goes to None: give WasiConfig(stdout=Capture(limit))",
    )


def test_a_file_has_what_was_written_when_the_call_returns(store: Store, tmp_path: Path) -> None:
    out, err = tmp_path / os.fsdecode(b"\xffout"), tmp_path / "err"
    out.write_text("a longer text that was there before")
    instance = guest(store, WasiConfig(stdout=out, stderr=err))
    instance.exports.write(1, 100, 6)
    instance.exports.write(2, 110, 6)
    assert (out.read_bytes(), err.read_bytes()) == (b"hello\n", b"error\n")


@pytest.mark.parametrize("merged", [True, False])
def test_both_streams_may_go_to_one_file(store: Store, tmp_path: Path, merged: bool) -> None:
    file = tmp_path / "out"
    instance = guest(store, WasiConfig(stdout=file, stderr=STDOUT if merged else file))
    assert fails(instance.exports.both_and_trap, 10)[0] is UnreachableTrap
    assert file.read_bytes() == b"hello\nerror\n" * 10


def test_a_guest_is_told_when_a_file_is_full(store: Store) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full here")
    assert guest(store, WasiConfig(stdout=full)).exports.write(1, 100, 6) == 51  # nospc


def test_files_are_closed_with_the_store_and_when_they_are_replaced(engine: Engine, tmp_path: Path) -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    (tmp_path / "in").write_text("x")
    config = WasiConfig(stdin=tmp_path / "in", stdout=tmp_path / "out", stderr=tmp_path / "err")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = open_files()
        store = Store(engine)
        for _ in range(3):
            store.wasi = config
        assert not before or open_files() == before + 3
        store.close()
        assert open_files() == before
        store = Store(engine)
        store.wasi = config
        del store
        assert open_files() == before


@pytest.mark.parametrize("given", [b"abcdef", bytearray(b"abcdef"), memoryview(b"abcdef"), "abcdef"])
def test_stdin_is_read_to_its_end(store: Store, given: Any) -> None:
    instance = guest(store, WasiConfig(stdin=given))
    assert [read_stdin(instance, size) for size in (2, 3, 9, 9)] == [b"ab", b"cde", b"f", b""]


def test_stdin_is_read_from_a_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"\0\xffabc")
    instance = guest(store, WasiConfig(stdin=tmp_path / "in"))
    assert [read_stdin(instance, size) for size in (2, 9, 9)] == [b"\0\xff", b"abc", b""]


def test_stdin_is_empty_by_default(store: Store) -> None:
    assert read_stdin(guest(store, WasiConfig()), 9) == b""


def test_of_a_pipe_no_more_is_read_than_the_guest_asks_for(store: Store) -> None:
    reading, writing = os.pipe()
    saved = os.dup(0)
    os.write(writing, b"abcdefgh")
    os.dup2(reading, 0)
    try:
        instance = guest(store, WasiConfig(stdin=INHERIT))
        assert read_stdin(instance, 3) == b"abc"
        assert os.read(0, 100) == b"defgh"
        os.write(writing, b"xy")
        assert read_stdin(instance, 100) == b"xy"
    finally:
        os.dup2(saved, 0)
        for fd in (reading, writing, saved):
            os.close(fd)


def test_the_wrong_direction_is_refused(store: Store) -> None:
    for config in (WasiConfig(), WasiConfig(stdin=INHERIT, stdout=INHERIT)):
        instance = guest(store, config)
        assert instance.exports.write(0, 100, 6) == BADF
        assert instance.exports.read(1, 1000, 6) == BADF


def test_a_descriptor_that_is_not_open_is_refused(store: Store) -> None:
    instance = guest(store, WasiConfig())
    for fd in (3, 99, -1):
        assert instance.exports.write(fd, 100, 6) == BADF
        assert instance.exports.read(fd, 1000, 6) == BADF
        assert instance.exports.close(fd) == BADF


def test_a_stream_that_the_guest_closes_is_closed(store: Store) -> None:
    instance = guest(store, WasiConfig(stdin=b"abc"))
    for fd in (0, 1):
        assert instance.exports.close(fd) == 0
        assert instance.exports.close(fd) == BADF
    assert instance.exports.write(1, 100, 6) == BADF
    assert instance.exports.read(0, 1000, 6) == BADF
    assert instance.exports.write(2, 110, 6) == 0
    assert captured(store) == (b"", b"error\n")


def test_a_stream_keeps_its_place_under_another_number(store: Store) -> None:
    instance = guest(store, WasiConfig())
    assert instance.exports.renumber(2, 1) == 0
    assert instance.exports.write(1, 110, 6) == 0
    assert instance.exports.write(2, 110, 6) == BADF
    assert instance.exports.renumber(1, 1) == 0
    assert instance.exports.write(1, 110, 6) == 0
    assert captured(store) == (b"", b"error\n" * 2)


def test_a_directory_is_no_stream(store: Store, tmp_path: Path) -> None:
    instance = guest(store, WasiConfig(preopens={"/a": WritableDir(tmp_path)}))
    assert instance.exports.write(3, 100, 6) == BADF
    assert instance.exports.renumber(3, 1) == 0
    assert instance.exports.write(1, 100, 6) == BADF
    assert captured(store) == (b"", b"")


def test_pieces_that_are_given_together_are_written_together(store: Store) -> None:
    seen: list[bytes] = []
    instance = guest(store, WasiConfig(stdout=seen.append))
    for at, number in enumerate((100, 5, 0, 0, 110, 6)):
        instance.exports.store(300 + 4 * at, number)
    assert instance.exports.write_vectors(1, 300, 3, 8) == 0
    assert instance.exports.done() == 11
    assert seen == [b"helloerror\n"]


@pytest.mark.parametrize(
    ("vectors", "count", "done"),
    [(2 * 65536 - 4, 1, 8), (0, 1, 2 * 65536 - 3), (-8, 1, 8), (0, 1, -1), (2 * 65536, 1, 8), (65536, 1024, 8)],
)
@pytest.mark.parametrize("outside", [False, True])
def test_addresses_outside_of_the_memory_are_a_trap(
    store: Store, vectors: int, count: int, done: int, outside: bool
) -> None:
    instance = guest(store, WasiConfig())
    for at in range(65536, 65536 + 1024 * 8, 8):
        instance.exports.store(at, 2 * 65536 - 3 if outside else 65536 + 1023)
        instance.exports.store(at + 4, 4 if outside else 1)
    instance.exports.store(0, -1)
    instance.exports.store(4, 1)
    if vectors == 65536 and not outside:
        assert instance.exports.write_vectors(1, vectors, count, done) == 0
        return
    kind, told = fails(instance.exports.write_vectors, 1, vectors, count, done)
    assert kind is Trap
    assert "which are not within its memory" in told
    assert captured(store) == (b"", b"")


def test_more_vectors_than_posix_demands_are_refused(store: Store) -> None:
    instance = guest(store, WasiConfig())
    for count in (1025, -1):
        assert instance.exports.write_vectors(1, 0, count, 8) == INVAL


def test_a_write_may_be_short(store: Store) -> None:
    instance = guest(store, WasiConfig(stdout=None))
    for at in range(0, 1024 * 8, 8):
        instance.exports.store(2000 + at, 0)
        instance.exports.store(2004 + at, 2 * 65536)
    assert instance.exports.write_vectors(1, 2000, 1024, 8) == 0
    assert instance.exports.done() == 1 << 20


@pytest.mark.parametrize("given", [None, Capture(), print])
def test_an_output_of_ours_is_no_terminal(store: Store, given: Any) -> None:
    assert guest(store, WasiConfig(stdout=given)).exports.file_type(1) != 2
