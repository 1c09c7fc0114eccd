"""run(): where input comes from, and where output goes."""

from __future__ import annotations

import io
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.programs import CAT, program, writes
from tests.api.wasi_guests import fails
from wasmtime_gen import (
    INHERIT,
    STDOUT,
    Capture,
    GuestTimeout,
    run,
)


class Reader:
    """A file without a descriptor, and without read1."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def read(self, size: int) -> bytes:
        found, self.content = self.content[:size], self.content[size:]
        return found


LARGE = b"0123456789" * 20_000


def test_input_comes_from_bytes_text_files_and_functions(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(LARGE)
    with open(tmp_path / "in", "rb") as file:
        for given in LARGE, LARGE.decode(), bytearray(LARGE), tmp_path / "in", file, io.BytesIO(LARGE), Reader(LARGE):
            assert run(CAT, input=given).stdout == LARGE
    assert run(CAT, input=Reader(b"abc").read).stdout == b"abc"
    assert run(CAT).stdout == b""
    with open(tmp_path / "in", "rb") as file:
        file.seek(199_990)
        assert run(CAT, input=file).stdout == LARGE[-10:]  # by its descriptor, as subprocess.run() takes it
    assert fails(run, CAT, input=5)[0] is TypeError
    assert fails(run, CAT, input=tmp_path / "missing")[0] is FileNotFoundError
    assert fails(run, CAT, input=lambda size: "text") == (TypeError, "a function for stdin must return bytes, not str")
    assert fails(run, CAT, input=lambda size: b"a" * (size + 1)) == (
        ValueError,
        "a function for stdin must return at most the 100 bytes asked for, not 101",
    )


def test_input_comes_from_pipes_and_sockets_as_it_arrives() -> None:
    reading, writing = os.pipe()
    ours, theirs = socket.socketpair()
    with os.fdopen(reading, "rb") as pipe, ours, theirs, theirs.makefile("rb") as file:
        for source, send, close in (
            (pipe, lambda data: os.write(writing, data), lambda: os.close(writing)),
            (file, ours.sendall, lambda: ours.shutdown(socket.SHUT_WR)),
        ):
            seen: list[bytes] = []

            def answer(
                data: bytes,
                seen: list[bytes] = seen,
                send: Callable[[bytes], object] = send,
                close: Callable[[], object] = close,
            ) -> None:
                seen.append(data)
                send(b"again") if len(seen) < 3 else close()

            send(b"first")
            run(CAT, input=source, stdout=answer, timeout=30)
            assert seen == [b"first", b"again", b"again"]


def test_functions_and_files_are_used_in_the_thread_of_the_caller(tmp_path: Path) -> None:
    threads: list[int] = []
    pieces: list[bytes] = []

    def take(data: bytes) -> None:
        threads.append(threading.get_ident())
        pieces.append(data)

    def give(size: int) -> bytes:
        threads.append(threading.get_ident())
        return b"abc" if len(threads) == 1 else b""

    result = run(CAT, input=give, stdout=take)
    assert (pieces, result.stdout, result.stderr) == ([b"abc"], None, b"")
    assert set(threads) == {threading.get_ident()}
    buffer = io.BytesIO()
    with open(tmp_path / "out", "wb") as file:
        run(program(writes(1) + writes(2, 3)), stdout=buffer, stderr=file)
    assert (buffer.getvalue(), (tmp_path / "out").read_bytes()) == (b"hello\n", b"hel")
    with open(tmp_path / "out", "w") as text:
        run(CAT, input=b"a", stdout=text)
    assert (tmp_path / "out").read_bytes() == b"a"
    assert fails(run, CAT, input=b"a", stdout=io.StringIO()) == (TypeError, "string argument expected, got 'bytes'")


@pytest.mark.parametrize("where", ["input", "stdout", "stderr"])
def test_what_functions_raise_comes_out_and_ends_the_program(where: str) -> None:
    class Special(BaseException):
        pass

    def function(_: object) -> Any:
        raise Special(where)

    both = program(f"(loop {writes(1)} {writes(2)} (br 0))")
    before = threading.active_count()
    with pytest.raises(Special) as caught:
        run(CAT if where == "input" else both, **{where: function})  # type: ignore[arg-type]
    assert caught.value.args == (where,)
    assert threading.active_count() == before


def test_output_goes_where_it_is_told_to(tmp_path: Path) -> None:
    both = program(writes(1) + writes(2, 3))
    result = run(both, stderr=STDOUT)
    assert (result.stdout, result.stderr) == (b"hello\nhel", None)
    result = run(both, stdout=tmp_path / "out", stderr=None)
    assert (result.stdout, result.stderr, (tmp_path / "out").read_bytes()) == (None, None, b"hello\n")
    assert run(both, capture=False, stdout=Capture(10), stderr=None).stdout == b"hello\n"
    assert fails(run, both, stdout=5)[0] is TypeError
    assert fails(run, both, capture=print) == (TypeError, "capture must be a bool, not builtin_function_or_method")
    assert fails(run, both, limit=-1)[0] is OverflowError


def test_output_that_is_not_captured_is_that_of_this_process(capfd: pytest.CaptureFixture[str]) -> None:
    result = run(program(writes(1) + writes(2, 3)), capture=False)
    assert (result.stdout, result.stderr) == (None, None)
    assert capfd.readouterr() == ("hello\n", "hel")
    run(program(writes(1)), stdout=INHERIT)
    assert capfd.readouterr() == ("hello\n", "")


def test_output_is_written_whole_where_a_write_may_be_short() -> None:
    class Raw:
        content = b""

        def write(self, data: bytes) -> int:
            self.content += data[:3]
            return min(3, len(data))

    raw = Raw()
    run(program(writes(1)), stdout=raw)
    assert raw.content == b"hello\n"

    class Full(Raw):
        def write(self, data: bytes) -> int:
            return 0

    assert fails(run, program(writes(1)), stdout=Full()) == (
        OSError,
        "6 bytes of the guest's output could not be written",
    )


def test_a_full_pipe_of_an_open_file_keeps_no_program_beyond_its_timeout() -> None:
    reading, writing = os.pipe()
    with open(writing, "wb", buffering=0) as file:
        assert fails(run, program(f"(loop {writes(1)} (br 0))"), stdout=file, timeout=0.3)[0] is GuestTimeout
    os.close(reading)


def test_an_open_file_gets_both_streams_behind_what_was_written_before(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as file:
        file.write(b"before ")
        run(program(writes(1) + writes(2, 3)), stdout=file, stderr=STDOUT)
    assert (tmp_path / "out").read_bytes() == b"before hello\nhel"
