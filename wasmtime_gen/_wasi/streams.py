"""What the standard streams of a guest are connected to. All of it runs in the thread of the guest's call.

`read` and `write` return what they did, in bytes, or a negative number of WASI for an error that the guest is told.
What they raise stops the guest and comes out of its call.
"""

from __future__ import annotations

import errno
import os

from wasmtime_gen._errors import OutputLimitError
from wasmtime_gen._wasi.config import Capture, Inherit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wasmtime_gen._interruption import Interruption

BADF, FAULT, INVAL, IO = 8, 21, 28, 29
# Errors that writing to a file or a pipe can have, by WASI's numbers.
_NUMBERS = {"EAGAIN": 6, "EBADF": BADF, "EDQUOT": 19, "EFBIG": 22, "EINVAL": INVAL, "EISDIR": 31, "ENOSPC": 51}
_NUMBERS |= {"EPIPE": 64, "EIO": IO, "EPERM": 63, "ENXIO": 60}
_BY_ERRNO = {getattr(errno, name): number for name, number in _NUMBERS.items() if hasattr(errno, name)}


class Stream:
    """A stream of neither direction: a guest that reads from stdout is told that it cannot."""

    __slots__ = ()
    is_terminal = False

    def read(self, size: int) -> bytes | int:
        return -BADF

    def write(self, data: bytes) -> int:
        return -BADF

    def waits_for(self, reading: bool) -> int | None:
        """The descriptor of this process that has to be ready before this stream is, if it is not now."""
        return None

    def waiting(self, reading: bool) -> int:
        """How many bytes wait to be read, or can be written, once it is ready: 1 if nobody knows."""
        return -BADF if reading else 1


class FromBytes(Stream):
    __slots__ = ("_content", "_position")

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._position = 0

    def read(self, size: int) -> bytes:
        start = self._position
        found = self._content[start : start + size]
        self._position += len(found)
        return found

    def waiting(self, reading: bool) -> int:
        return max(len(self._content) - self._position, 0) if reading else -BADF


class FromFunction(Stream):
    __slots__ = ("_function",)

    def __init__(self, function: Callable[[int], bytes]) -> None:
        self._function = function

    def read(self, size: int) -> bytes:
        found = self._function(size)
        if not isinstance(found, (bytes, bytearray, memoryview)):
            raise TypeError(f"a function for stdin must return bytes, not {type(found).__name__}")
        content = memoryview(found).tobytes()  # of a subclass too, whatever it says of itself
        if len(content) > size:
            raise ValueError(f"a function for stdin must return at most the {size} bytes asked for, not {len(content)}")
        return content

    def waiting(self, reading: bool) -> int:
        return 1 if reading else -BADF


class Dropped(Stream):
    __slots__ = ()

    def write(self, data: bytes) -> int:
        return len(data)


class Captured(Stream):
    __slots__ = ("_limit", "_name", "content")

    def __init__(self, limit: int, name: str) -> None:
        self._limit = limit
        self._name = name
        self.content = bytearray()

    def _exceeded(self) -> OutputLimitError:
        error = OutputLimitError(
            f"the guest wrote more than {self._limit} bytes to {self._name}: raise the bound with "
            f"WasiConfig({self._name}=Capture(limit)), or take the output with a function"
        )
        error.stream = self._name
        return error

    def write(self, data: bytes) -> int:
        room = self._limit - len(self.content)
        if len(data) > room:
            self.content += data[:room]
            raise self._exceeded()
        self.content += data
        return len(data)


class ToFunction(Stream):
    __slots__ = ("_function",)

    def __init__(self, function: Callable[[bytes], object]) -> None:
        self._function = function

    def write(self, data: bytes) -> int:
        self._function(data)
        return len(data)


class Descriptor(Stream):
    """A file that is opened here, or one of this process's own streams."""

    __slots__ = ("_close", "_fd", "_interruption", "_reads")

    def __init__(
        self, fd: int, reads: bool, interruption: Interruption | None, close: Callable[[int], None] | None = None
    ) -> None:
        self._fd = fd
        self._reads = reads
        self._close = close
        self._interruption = interruption  # of a store that has it, if using the descriptor may block
        if interruption is not None:
            from wasmtime_gen._waiting import may_block

            self._interruption = interruption if may_block(fd) else None

    def read(self, size: int) -> bytes | int:
        if not self._reads:
            return -BADF
        if self._interruption is not None:
            from wasmtime_gen._waiting import FOREVER, IN, wait

            wait(self._interruption, FOREVER, [(self._fd, IN)])
        try:
            return os.read(self._fd, size)
        except OSError as error:
            return -_BY_ERRNO.get(error.errno or 0, IO)

    def write(self, data: bytes) -> int:
        if self._reads:
            return -BADF
        if self._interruption is not None:
            return self._write_in_pieces(self._interruption, data)
        try:
            return os.write(self._fd, data)
        except OSError as error:
            return -_BY_ERRNO.get(error.errno or 0, IO)

    def _write_in_pieces(self, interruption: Interruption, data: bytes) -> int:
        from wasmtime_gen._waiting import FOREVER, OUT, PIECE, wait

        total = 0
        try:
            while True:
                wait(interruption, FOREVER, [(self._fd, OUT)])
                total += os.write(self._fd, data[total : total + PIECE])
                if total >= len(data):
                    return total
        except OSError as error:
            return total or -_BY_ERRNO.get(error.errno or 0, IO)

    def waits_for(self, reading: bool) -> int | None:
        from wasmtime_gen._waiting import IN, OUT, may_block, ready

        if reading != self._reads or not may_block(self._fd) or ready([(self._fd, IN if reading else OUT)]):
            return None
        return self._fd

    def waiting(self, reading: bool) -> int:
        return 1 if reading == self._reads else -BADF

    @property
    def is_terminal(self) -> bool:  # type: ignore[override]
        """Whether this is a terminal, so that the guest writes each line at once."""
        return os.isatty(self._fd)

    def __del__(self) -> None:
        if self._close is not None:
            try:  # noqa: SIM105 - contextlib is not light
                self._close(self._fd)
            except OSError:
                pass  # closed by somebody else: nothing is left to do, and nobody to tell


_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
# Two streams that were given the same file must not write over each other.
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)


def input_stream(given: Any, interruption: Interruption | None) -> Stream:
    """The stream for what a WasiConfig has as stdin. Raises OSError when the file cannot be opened."""
    if given is None or isinstance(given, bytes):
        return FromBytes(given or b"")
    if isinstance(given, Inherit):
        return Descriptor(0, True, interruption)
    if not hasattr(given, "__fspath__"):
        return FromFunction(given)
    return Descriptor(_opened(given, _READ, "stdin"), True, interruption, os.close)


def output_stream(given: Any, name: str, inherited: int, interruption: Interruption | None) -> Stream:
    """The stream for what a WasiConfig has as stdout or stderr. Raises OSError when the file cannot be opened."""
    if given is None:
        return Dropped()
    if isinstance(given, Capture):
        return Captured(given.limit, name)
    if isinstance(given, Inherit):
        return Descriptor(inherited, False, interruption)
    if hasattr(given, "__fspath__"):
        return Descriptor(_opened(given, _WRITE, name), False, interruption, os.close)
    return ToFunction(given)


def _opened(path: Any, flags: int, name: str) -> int:
    try:
        if flags == _READ and os.path.isdir(path):  # it can be opened, but not read
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        return os.open(path, flags, 0o666)
    except OSError as error:
        raise OSError(
            error.errno, f"the file for the guest's {name} cannot be opened: {error.strerror}", os.fspath(path)
        ) from None
