"""WasiConfig: what a guest sees of the system through WASI, as a plain Python value. It is put to use in wasi.py."""

from __future__ import annotations

import os
from types import MappingProxyType

from wasmtime_gen._handle import checked
from wasmtime_gen._numbers import unsigned
from wasmtime_gen._types.valtype import Value, assign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike
    from typing import Any, TypeAlias

    Binary: TypeAlias = bytes | bytearray | memoryview
    Input: TypeAlias = "Binary | str | PathLike[str] | PathLike[bytes] | Inherit | Callable[[int], bytes] | None"
    Output: TypeAlias = "Capture | Inherit | PathLike[str] | PathLike[bytes] | Callable[[bytes], object] | None"
    Directory: TypeAlias = "str | PathLike[str] | WritableDir"


class Inherit:
    """The kind of INHERIT: what this process has itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "INHERIT"

    def __reduce__(self) -> str:
        return "INHERIT"


class ToStdout:
    """The kind of STDOUT: for stderr, the place where stdout goes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "STDOUT"

    def __reduce__(self) -> str:
        return "STDOUT"


INHERIT = Inherit()
STDOUT = ToStdout()


class Capture(Value):
    """Keep what a guest writes, up to `limit` bytes: `store.wasi.stdout` reads it.

    A guest that writes more is stopped there: its call raises OutputLimitError, and what fits is kept.

    >>> from wasmtime_gen import Capture
    >>> Capture()
    Capture(limit=16777216)
    """

    __slots__ = __match_args__ = ("limit",)
    #: The most that is kept, in bytes.
    limit: int

    def __init__(self, limit: int = 1 << 24) -> None:
        assign(self, "limit", unsigned(limit, 63, "limit"))

    def __repr__(self) -> str:
        return f"Capture(limit={self.limit})"

    __str__ = __repr__


class WritableDir(Value):
    """A directory of the host in which a guest may also create, change and remove: a value of `preopens`.

    >>> from wasmtime_gen import WritableDir
    >>> WritableDir("build")
    WritableDir('build')
    """

    __slots__ = __match_args__ = ("path",)
    #: The path on the host.
    path: str

    def __init__(self, path: str | PathLike[str]) -> None:
        assign(self, "path", _text(_path(path, "path"), "path"))

    def __repr__(self) -> str:
        return f"WritableDir({self.path!r})"

    __str__ = __repr__


class WasiConfig(Value):
    """What a guest sees through WASI. `store.wasi = config` gives it to the guests of a store; any number may share it.

    - `args`: the program's arguments; the first is its own name by custom.
    - `env`: environment variables, or INHERIT for those that this process has when the store gets the config.
    - `stdin`: bytes, text (as UTF-8), a file as a Path, INHERIT: this process's own, or a function that is called with
      a number of bytes and returns at most so many, none at the end. Nothing is read ahead.
    - `stdout`, `stderr`: Capture(limit) keeps the bytes in `store.wasi`; a Path writes a file, which has no bound;
      INHERIT is this process's own; a function is called with each piece as bytes, in the thread of the guest's call;
      None drops it. `stderr=STDOUT` puts both into one place, in order.
    - `preopens`: directories by the path that the guest sees, such as {"/src": "."}. They are read-only; WritableDir
      makes one writable.
    - `inherit_network`, `allow_ip_name_lookup`: for guests that use sockets. Those of WASI preview 1 can open none.

    An exception that a function of yours raises stops the guest and comes out of its call as itself. Paths are looked
    up when a store gets the config, not before.

    A WasiConfig never changes; `replace` makes another one. Raises TypeError for what is none of these, ValueError for
    text that has NULs or that UTF-8 cannot encode.

    >>> from wasmtime_gen import STDOUT, WasiConfig
    >>> config = WasiConfig(args=["cat", "-"], env={"LANG": "C"}, stdin="Hello!", stderr=STDOUT)
    >>> config
    WasiConfig(args=('cat', '-'), env={'LANG': 'C'}, stdin=b'Hello!', stderr=STDOUT)
    >>> config.replace(env={}, stderr=None).args
    ('cat', '-')
    """

    __slots__ = __match_args__ = (
        "args",
        "env",
        "stdin",
        "stdout",
        "stderr",
        "preopens",
        "inherit_network",
        "allow_ip_name_lookup",
    )
    args: tuple[str, ...]
    env: Mapping[str, str] | Inherit
    stdin: bytes | str | PathLike[str] | Inherit | Callable[[int], bytes] | None
    stdout: Output
    stderr: Output | ToStdout
    preopens: Mapping[str, str | WritableDir]
    inherit_network: bool
    allow_ip_name_lookup: bool

    def __init__(
        self,
        *,
        args: Iterable[str] = (),
        env: Mapping[str, str] | Inherit | None = None,
        stdin: Input = None,
        stdout: Output = Capture(),  # noqa: B008 - it cannot be changed
        stderr: Output | ToStdout = Capture(),  # noqa: B008
        preopens: Mapping[str, Directory] | None = None,
        inherit_network: bool = False,
        allow_ip_name_lookup: bool = False,
    ) -> None:
        values = (
            _args(args),
            env if isinstance(env, Inherit) else MappingProxyType(dict(map(_variable, _pairs(env, "env")))),
            _stdin(stdin),
            _output(stdout, "stdout"),
            stderr if isinstance(stderr, ToStdout) else _output(stderr, "stderr"),
            MappingProxyType(dict(map(_preopen, _pairs(preopens, "preopens")))),
            checked(inherit_network, bool, "inherit_network"),
            checked(allow_ip_name_lookup, bool, "allow_ip_name_lookup"),
        )
        for name, value in zip(self.__match_args__, values, strict=True):
            assign(self, name, value)

    def replace(self, **changes: Any) -> WasiConfig:
        """Another WasiConfig with these changed. Raises as WasiConfig() does."""
        return type(self)(**{**self._given(), **changes})

    __replace__ = replace

    def _given(self) -> dict[str, Any]:
        """What differs from WasiConfig(), as it can be given to it again."""
        given: dict[str, Any] = {}
        for name, part in zip(self.__match_args__, self._parts(), strict=True):
            if part != _DEFAULTS[name]:
                value = getattr(self, name)
                given[name] = dict(value) if isinstance(value, MappingProxyType) else value
        return given

    def _parts(self) -> tuple[object, ...]:
        """All parts, in a form that can be compared and hashed."""
        found = [getattr(self, name) for name in self.__match_args__]
        return tuple([tuple(part.items()) if isinstance(part, MappingProxyType) else part for part in found])

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self._given())

    def __repr__(self) -> str:
        return f"WasiConfig({', '.join(f'{name}={value!r}' for name, value in self._given().items())})"

    __str__ = __repr__


_DEFAULTS: dict[str, object] = {
    "args": (),
    "env": (),
    "stdin": None,
    "stdout": Capture(),
    "stderr": Capture(),
    "preopens": (),
    "inherit_network": False,
    "allow_ip_name_lookup": False,
}


def _restored(kind: type[WasiConfig], given: dict[str, Any]) -> WasiConfig:
    return kind(**given)


def _args(args: Any) -> tuple[str, ...]:
    if isinstance(args, (str, bytes)) or not hasattr(args, "__iter__"):
        raise TypeError(f"args must be a sequence of str, such as ['cat', '-'], not {type(args).__name__}")
    return tuple([_text(each, f"args[{position}]") for position, each in enumerate(args)])


def _pairs(given: Any, role: str) -> list[tuple[Any, Any]]:
    if given is None:
        return []
    if not hasattr(given, "items"):
        also = " or INHERIT" if role == "env" else ""
        raise TypeError(f"{role} must be a mapping, such as a dict{also}, not {type(given).__name__}")
    return list(given.items())


def _variable(pair: tuple[Any, Any]) -> tuple[str, str]:
    name = _text(pair[0], "the name of an environment variable")
    if not name or "=" in name:
        raise ValueError(f"{name!r} cannot be the name of an environment variable: it is empty or has an equals sign")
    return name, _text(pair[1], f"env[{name!r}]")


def _preopen(pair: tuple[Any, Any]) -> tuple[str, str | WritableDir]:
    guest, host = pair
    guest = _text(guest, "the guest's path of a preopened directory")
    if not guest:
        raise ValueError("the guest's path of a preopened directory is empty: name it as the guest does, such as '.'")
    if isinstance(host, WritableDir):
        return guest, host
    role = f"preopens[{guest!r}]"
    return guest, _text(_path(host, role, " or a WritableDir"), role)


def _stdin(given: Any) -> Any:
    if given is None or isinstance(given, Inherit):
        return given
    if isinstance(given, str):
        return _utf8(given, "stdin")
    if isinstance(given, (bytes, bytearray, memoryview)):
        return memoryview(given).tobytes()
    if hasattr(given, "__fspath__"):
        _path(given, "stdin")
        return given
    if callable(given) and not isinstance(given, type):
        return given
    raise TypeError(f"stdin must be bytes, text, a file as a Path, INHERIT, a function or None, not {_kind(given)}")


def _output(given: Any, role: str) -> Any:
    if given is None or isinstance(given, (Capture, Inherit)):
        return given
    if hasattr(given, "__fspath__"):
        _path(given, role)
        return given
    if callable(given) and given is not Capture:
        return given
    also = ", STDOUT" if role == "stderr" else ""
    raise TypeError(
        f"{role} must be a Capture, INHERIT{also}, a file as a Path, a function or None, not {_kind(given)}"
    )


def _kind(given: object) -> str:
    if isinstance(given, ToStdout):
        return "STDOUT"
    return f"the class {given.__name__}" if isinstance(given, type) else type(given).__name__


def _path(given: Any, role: str, also: str = "") -> str:
    """The path as a str, in which os.fsencode finds the bytes of names that are not UTF-8."""
    if not isinstance(given, str) and not hasattr(given, "__fspath__"):
        raise TypeError(f"{role} must be a path{also}, not {type(given).__name__}")
    path = os.fsdecode(given)
    if "\0" in path:
        raise ValueError(f"{role} is {path!r}, which has a NUL character")
    if not path:
        raise ValueError(f"{role} is an empty path")
    return path


def _text(given: Any, role: str) -> str:
    """A str that the library can take."""
    if not isinstance(given, str):
        raise TypeError(f"{role} must be a str, not {type(given).__name__}")
    plain = str.__str__(given)  # whatever a subclass makes of itself
    _utf8(plain, role)
    if "\0" in plain:
        raise ValueError(f"{role} is {plain!r}, which has a NUL character")
    return plain


def _utf8(given: str, role: str) -> bytes:
    try:
        return str.encode(given)
    except UnicodeEncodeError:
        raise ValueError(f"{role} has lone surrogates, which UTF-8 cannot encode: {given!r:.60}") from None
