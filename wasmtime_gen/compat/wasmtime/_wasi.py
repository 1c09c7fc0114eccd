"""WasiConfig: what guests see of the system, set part by part."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import wasmtime_gen as core
from wasmtime_gen.compat.wasmtime._errors import WasmtimeError
from wasmtime_gen.compat.wasmtime._managed import Managed, Parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike
    from typing import TypeAlias

    CustomOutput: TypeAlias = Callable[[bytes], int | None]
    AnyPath: TypeAlias = str | bytes | PathLike[str] | PathLike[bytes]


def _output(stream: str) -> tuple[property, property, Callable[[WasiConfig], None]]:
    """The three ways to say where a stream goes."""

    def put_file(self: WasiConfig, path: AnyPath) -> None:
        self._core.of_open()[stream] = _opened(path, "wb", f"failed to set {stream} file")

    def put_custom(self: WasiConfig, callback: CustomOutput) -> None:
        self._core.of_open()[stream] = _whole(callback)

    def inherit(self: WasiConfig) -> None:
        self._core.of_open()[stream] = core.INHERIT

    inherit.__doc__ = f"Let {stream} be that of this process."
    return (
        property(fset=put_file, doc=f"The file for {stream}, emptied at once. It can only be set."),
        property(fset=put_custom, doc=f"A function that gets what is written to {stream}. It can only be set."),
        inherit,
    )


class WasiConfig(Managed):
    """What guests see of the system: nothing, until it is set here. It ends with Store.set_wasi()."""

    def __init__(self) -> None:
        self._core = Parts()
        # Without more, output is dropped.
        self._core.of_open().update(stdout=None, stderr=None, env={}, preopens={})

    def _made(self) -> core.WasiConfig:
        parts = self._core.of_open()
        try:
            made = core.WasiConfig(**parts)
        except ValueError as error:
            raise WasmtimeError(str(error)) from error
        self.close()
        return made

    def _set_argv(self, argv: list[str]) -> None:
        self._core.of_open()["args"] = list(argv)

    argv = property(fset=_set_argv, doc="The program's arguments, its name first. It can only be set.")

    def inherit_argv(self) -> None:
        """Let the arguments be those of this process."""
        self._core.of_open()["args"] = list(sys.orig_argv)

    def _set_env(self, pairs: Iterable[Iterable[str]]) -> None:
        self._core.of_open()["env"].update((name, value) for name, value in pairs)

    env = property(fset=_set_env, doc="Pairs of names and values of environment variables. It can only be set.")

    def inherit_env(self) -> None:
        """Let the environment variables be those of this process."""
        self._core.of_open()["env"].update(os.environ)

    def _set_stdin_file(self, path: AnyPath) -> None:
        self._core.of_open()["stdin"] = _opened(path, "rb", "failed to set stdin file")

    stdin_file = property(fset=_set_stdin_file, doc="The file for stdin. It can only be set.")

    def inherit_stdin(self) -> None:
        """Let stdin be that of this process."""
        self._core.of_open()["stdin"] = core.INHERIT

    stdout_file, stdout_custom, inherit_stdout = _output("stdout")
    stderr_file, stderr_custom, inherit_stderr = _output("stderr")

    def preopen_dir(self, path: str, guest_path: str, fs_mutable: bool = True) -> None:
        """Let guests use the directory `path` as `guest_path`."""
        if not os.path.isdir(path):
            raise WasmtimeError("failed to add preopen dir")
        self._core.of_open()["preopens"][guest_path] = core.WritableDir(path) if fs_mutable else path


def _opened(path: AnyPath, mode: str, otherwise: str) -> Path:
    """The path, if it can be opened so."""
    name = os.fsdecode(path)  # refuses the number of a file that is open, which would be closed here
    try:
        with open(name, mode):
            return Path(name)
    except OSError as error:
        raise WasmtimeError(otherwise) from error


def _whole(callback: CustomOutput) -> Callable[[bytes], None]:
    """Give all bytes to a function that may say that it has taken fewer, or a negative errno."""

    def write(data: bytes) -> None:
        while data:
            taken = callback(data)
            if taken is None:
                return
            if taken <= 0:
                number = -taken or errno.EIO
                raise OSError(number, os.strerror(number))
            data = data[taken:]

    return write
