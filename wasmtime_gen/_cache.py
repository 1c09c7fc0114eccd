"""CompileCache: a directory of images, so that a module is compiled once and loaded by every later process.

Images are code: whoever can write to the directory controls the process. So it must belong to the user alone, and so
must each file. A file is complete when its name appears, and never changes afterwards. What is not found whole counts
as not found.
"""

from __future__ import annotations

import errno
import os
import stat
from hashlib import sha256

from wasmtime_gen._engine import Engine
from wasmtime_gen._errors import ImageError
from wasmtime_gen._handle import Native, checked
from wasmtime_gen._image import FORM, circumstances, pack, unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import NoReturn

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class CompileCache:
    """A directory that keeps compiled modules, for `cache=` of Module, from_text and from_file. Processes may share it.

    The directory is made, for this user alone, if it does not exist. Entries are found by the SHA-256 of the wasm, the
    options of the engine that matter for the code and the version of the library. Nothing is ever removed, but anything
    may be deleted at any time.

    Raises PermissionError when others can write to the directory, since they could run code in this process, and
    OSError when it cannot be made.

    >>> from tempfile import TemporaryDirectory
    >>> from wasmtime_gen import CompileCache, Engine, Module, wat2wasm
    >>> engine, wasm = Engine(), wat2wasm('(module (func (export "run")))')
    >>> with TemporaryDirectory() as directory:
    ...     cache = CompileCache(directory)
    ...     before = cache.has(engine, wasm)
    ...     module = Module(engine, wasm, cache=cache)
    ...     print(before, cache.has(engine, wasm))
    False True
    """

    __slots__ = ("directory",)
    directory: str

    def __init__(self, directory: str | PathLike[str]) -> None:
        path = os.fspath(directory) if hasattr(directory, "__fspath__") else directory
        if not isinstance(path, str):
            raise TypeError(f"a cache is a CompileCache or the path of a directory, not {type(directory).__name__}")
        if not path:
            raise ValueError("a cache needs the path of a directory, which is empty here")
        self.directory = os.path.abspath(path)
        self._prepare()

    def has(self, engine: Engine, wasm: bytes | bytearray | memoryview) -> bool:
        """True if the module would be loaded from here instead of compiled. Loads it, to be sure.

        Raises PermissionError when others can write to the directory by now.
        """
        from wasmtime_gen._module import _binary

        return self._find(checked(engine, Engine, "engine"), _binary(wasm)) is not None

    def _compiled(self, engine: Engine, wasm: bytes) -> Native:
        """The native module, found here, or compiled and kept here."""
        native = self._find(engine, wasm)
        if native is None:
            from wasmtime_gen._compiling import compiled

            native = compiled(engine, wasm)
            self._keep(self._path(engine, wasm), pack(native, wasm, engine.config))
        return native

    def _find(self, engine: Engine, wasm: bytes) -> Native | None:
        engine._use()
        self._prepare()
        image = _read(self._path(engine, wasm))
        if image is None:
            return None
        try:
            native, kept = unpack(engine, image)
        except ImageError:  # damaged, or for a processor with more features than this one
            return None
        return native if kept == wasm else None

    def _keep(self, path: str, image: bytes) -> None:
        """Write under another name first: other processes see the whole entry or none."""
        temporary = f"{path}.{os.getpid()}.{os.urandom(6).hex()}"
        try:
            file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            try:
                with open(file, "wb") as out:
                    out.write(image)
                os.replace(temporary, path)
            except BaseException:
                os.unlink(temporary)
                raise
        except OSError as error:
            # Windows replaces no file that another process is reading: an entry like this one.
            if os.name != "nt" or _read(path) != image:
                self._fail(error, "cannot be written to")

    def _path(self, engine: Engine, wasm: bytes) -> str:
        key = sha256(f"form {FORM}\n{circumstances(engine.config)}\n".encode())
        key.update(wasm)
        return os.path.join(self.directory, f"{key.hexdigest()}.image")

    def _prepare(self) -> None:
        """Make the directory if need be, and make sure that it is private. Raises OSError if it cannot be."""
        try:
            os.makedirs(self.directory, 0o700, exist_ok=True)
            found = os.stat(self.directory)
        except OSError as error:
            self._fail(error, "cannot be made")
        if not _is_ours(found):
            raise PermissionError(
                errno.EPERM,
                f"this directory cannot be a compile cache: it belongs to user {found.st_uid}, who could put other "
                f"code there. Give one that belongs to user {os.geteuid()}, as whom this process runs",
                self.directory,
            )
        if _others_write(found):
            raise PermissionError(
                errno.EPERM,
                "this directory cannot be a compile cache: other users can write to it (its mode is "
                f"{stat.S_IMODE(found.st_mode):o}) and could put other code there. Remove what it holds and take the "
                "right from them with chmod 700, or give another directory",
                self.directory,
            )

    def _fail(self, error: OSError, what: str) -> NoReturn:
        raise OSError(
            error.errno,
            f"the compile cache {what}: {error.strerror}. Give one that this user can write to, with space in it",
            self.directory,
        ) from None

    def __repr__(self) -> str:
        return f"CompileCache({self.directory!r})"


def _read(path: str) -> bytes | None:
    """The content of an entry; None if there is no file of ours."""
    try:
        file = os.open(path, _READ)
    except OSError:
        return None
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode) or not _is_ours(found) or _others_write(found):
        os.close(file)
        return None
    with open(file, "rb") as content:
        return content.read()


def _is_ours(found: os.stat_result) -> bool:
    # Windows has other means, which its directories below the user's own use by default.
    return not hasattr(os, "geteuid") or found.st_uid == os.geteuid()


def _others_write(found: os.stat_result) -> bool:
    return hasattr(os, "geteuid") and bool(found.st_mode & _OTHERS_WRITE)


def cache_from(given: CompileCache | str | PathLike[str]) -> CompileCache:
    """What was given as `cache=`."""
    return given if isinstance(given, CompileCache) else CompileCache(given)
