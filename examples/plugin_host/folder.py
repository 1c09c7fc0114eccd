"""Folder: plug-ins by their name, loaded when they are asked for and again when their file has changed."""

from __future__ import annotations

import logging
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from wasmtime_gen import CompileCache, Engine, Linker, LinkError, Module, WasmtimeError, wat2wasm

from .api import PluginError
from .linear import LinearPlugin, define_host
from .script import ScriptPlugin
from .session import Session

KINDS = (".wat", ".wasm", ".py")
_LARGEST = 16 << 20  # bytes of a file: what is larger would take long to compile
_log = logging.getLogger(__name__)


class Plugin(Protocol):
    """A plug-in, whatever it is written in."""

    def run(self, session: Session, text: str) -> str:
        """What it answers. Raises PluginError or WasmtimeError when there is no answer."""


class Folder:
    """The plug-ins in a folder. A file whose name can be shown is a plug-in of that name without its suffix."""

    def __init__(self, folder: Path, cache: CompileCache, python: Path) -> None:
        self._folder = folder
        self._cache = cache
        self._python = python
        self._engine = Engine(interruptible=True)
        self._linker = Linker(self._engine)
        define_host(self._linker)
        self._loaded: dict[str, tuple[bytes, Plugin]] = {}  # with the digest of the file

    def files(self) -> list[Path]:
        """The files of the plug-ins, in order."""
        found = (path for path in self._folder.iterdir() if path.suffix in KINDS and path.name.isprintable())
        return sorted(path for path in found if path.is_file())

    def find(self, name: str) -> Plugin:
        """The plug-in of this name, as its file is now. Raises PluginError when there is none, or none that loads."""
        paths = [path for path in self.files() if path.stem == name]
        if not paths:
            raise PluginError(f"there is no plug-in {name!r} in {self._folder}")
        if len(paths) > 1:
            raise PluginError(f"several files have its name: {', '.join(path.name for path in paths)}")
        path, content = paths[0], _content(paths[0])
        digest = sha256(content).digest()
        known = self._loaded.get(name)
        if known is None or known[0] != digest:
            known = self._loaded[name] = digest, self._load(path, content)
            _log.info("loaded %s, version %s", path.name, digest.hex()[:8])
        return known[1]

    def _load(self, path: Path, content: bytes) -> Plugin:
        if path.suffix == ".py":
            return ScriptPlugin(self._interpreter, path.name, content)
        try:
            wasm = wat2wasm(content) if path.suffix == ".wat" else content
            return LinearPlugin(self._linker, Module(self._engine, wasm, cache=self._cache))
        except LinkError as error:
            names = ", ".join(f"{problem.module}.{problem.name}" for problem in error.problems)
            raise PluginError(f"it imports what its host does not have, or not with this type: {names}") from None
        except WasmtimeError as error:
            raise PluginError(f"its file {path.name} cannot be loaded: {error}") from None

    @cached_property
    def _interpreter(self) -> Module:
        try:
            return Module.from_file(self._engine, self._python, cache=self._cache)
        except FileNotFoundError:
            raise PluginError(f"scripts need a CPython for WASI at {self._python}: make fetch brings it") from None


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise PluginError(f"its file {path.name} cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST:
        raise PluginError(f"its file {path.name} has more than {_LARGEST} bytes")
    return content
