"""WasiConfig is a plain value, and refuses what the library could not take."""

from __future__ import annotations

import copy
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from tests.api.wasi_guests import fails
from wasmtime_gen import INHERIT, STDOUT, Capture, WasiConfig, WritableDir


def full() -> WasiConfig:
    return WasiConfig(
        args=["a", "b"],
        env={"A": "1"},
        stdin="héllo",
        stdout=Capture(5),
        stderr=STDOUT,
        preopens={"/a": Path("x"), "/b": WritableDir("y")},
        inherit_network=True,
        allow_ip_name_lookup=True,
    )


def test_what_was_given_can_be_read() -> None:
    config: Any = full()
    assert (config.args, dict(config.env), config.stdin) == (("a", "b"), {"A": "1"}, "héllo".encode())
    assert (config.stdout, config.stderr) == (Capture(5), STDOUT)
    assert dict(config.preopens) == {"/a": "x", "/b": WritableDir("y")}
    assert (config.inherit_network, config.allow_ip_name_lookup) == (True, True)


def test_by_default_both_outputs_are_captured_and_nothing_else_is_there() -> None:
    config: Any = WasiConfig()
    assert (config.args, dict(config.env), config.stdin, dict(config.preopens)) == ((), {}, None, {})
    assert config.stdout == config.stderr == Capture() == Capture(16 * 1024 * 1024)
    assert (config.inherit_network, config.allow_ip_name_lookup) == (False, False)


def test_the_repr_tells_what_was_given_and_makes_the_same() -> None:
    assert repr(WasiConfig()) == "WasiConfig()"
    assert repr(full()) == (
        "WasiConfig(args=('a', 'b'), env={'A': '1'}, stdin=b'h\\xc3\\xa9llo', stdout=Capture(limit=5), stderr=STDOUT"
        ", preopens={'/a': 'x', '/b': WritableDir('y')}, inherit_network=True, allow_ip_name_lookup=True)"
    )
    assert str(full()) == repr(full())
    assert eval(repr(full())) == full()


def test_configs_of_the_same_are_equal_and_hash_so() -> None:
    assert full() == full()
    assert hash(full()) == hash(full())
    assert full() != full().replace(args=[])
    assert len({full(), full(), WasiConfig()}) == 2


def test_a_config_does_not_change() -> None:
    config = full()
    kind, text = fails(setattr, config, "args", ())
    assert (kind, text) == (AttributeError, "a WasiConfig cannot be changed: make a new one instead")
    for mapping in (config.env, config.preopens):
        assert fails(lambda m=mapping: m.update(x="y"))[0] is AttributeError


def test_later_changes_of_what_was_given_do_not_matter() -> None:
    args, env, preopens = ["a"], {"A": "1"}, {"/a": "x"}
    stdin = bytearray(b"in")
    config = WasiConfig(args=args, env=env, stdin=stdin, preopens=preopens)
    before = repr(config)
    args.append("b")
    env["B"] = preopens["/b"] = "2"
    stdin[:] = b"no"
    assert repr(config) == before


def test_a_config_is_copied_and_pickled_as_the_value_it_is() -> None:
    config = full().replace(env=INHERIT, stdin=INHERIT, stdout=INHERIT)
    assert copy.copy(config) is copy.deepcopy(config) is config
    again = pickle.loads(pickle.dumps(config))
    assert again == config
    assert again.stdin is INHERIT
    assert again.stderr is STDOUT


def test_replace_changes_some_and_keeps_the_rest() -> None:
    config = full().replace(args=(), stderr=None)
    assert (config.args, config.stderr, config.stdin) == ((), None, full().stdin)
    assert fails(full().replace, arg=())[0] is TypeError


class NoPath:
    def __fspath__(self) -> Any:
        return 5


WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"args": "ls"}, TypeError, "args must be a sequence of str, such as ['cat', '-'], not str"),
    ({"args": 5}, TypeError, "args must be a sequence of str, such as ['cat', '-'], not int"),
    ({"args": ["a", b"b"]}, TypeError, "args[1] must be a str, not bytes"),
    ({"args": ["a\0b"]}, ValueError, "args[0] is 'a\\x00b', which has a NUL character"),
    ({"args": ["\ud800"]}, ValueError, "args[0] has lone surrogates, which UTF-8 cannot encode: '\\ud800'"),
    ({"env": ["A=1"]}, TypeError, "env must be a mapping, such as a dict or INHERIT, not list"),
    ({"env": {"A": 1}}, TypeError, "env['A'] must be a str, not int"),
    ({"env": {1: "A"}}, TypeError, "the name of an environment variable must be a str, not int"),
    ({"env": {"A": "\0"}}, ValueError, "env['A'] is '\\x00', which has a NUL character"),
    ({"env": {"A": "\udfff"}}, ValueError, "env['A'] has lone surrogates, which UTF-8 cannot encode: '\\udfff'"),
    (
        {"env": {"A=B": "1"}},
        ValueError,
        "'A=B' cannot be the name of an environment variable: it is empty or has an equals sign",
    ),
    (
        {"env": {"": "1"}},
        ValueError,
        "'' cannot be the name of an environment variable: it is empty or has an equals sign",
    ),
    ({"stdin": 0}, TypeError, "stdin must be bytes, text, a file as a Path, INHERIT, a function or None, not int"),
    (
        {"stdin": STDOUT},
        TypeError,
        "stdin must be bytes, text, a file as a Path, INHERIT, a function or None, not STDOUT",
    ),
    ({"stdin": "\ud800"}, ValueError, "stdin has lone surrogates, which UTF-8 cannot encode: '\\ud800'"),
    ({"stdin": Path("a\0b")}, ValueError, "stdin is 'a\\x00b', which has a NUL character"),
    ({"stdin": NoPath()}, TypeError, "expected NoPath.__fspath__() to return str or bytes, not int"),
    (
        {"stdout": "out.txt"},
        TypeError,
        "stdout must be a Capture, INHERIT, a file as a Path, a function or None, not str",
    ),
    ({"stdout": 1}, TypeError, "stdout must be a Capture, INHERIT, a file as a Path, a function or None, not int"),
    (
        {"stdout": STDOUT},
        TypeError,
        "stdout must be a Capture, INHERIT, a file as a Path, a function or None, not STDOUT",
    ),
    (
        {"stderr": Capture},
        TypeError,
        "stderr must be a Capture, INHERIT, STDOUT, a file as a Path, a function or None, not the class Capture",
    ),
    ({"preopens": ["/"]}, TypeError, "preopens must be a mapping, such as a dict, not list"),
    ({"preopens": {"/a": 5}}, TypeError, "preopens['/a'] must be a path or a WritableDir, not int"),
    ({"preopens": {"/a": ""}}, ValueError, "preopens['/a'] is an empty path"),
    ({"preopens": {"/a": "x\0"}}, ValueError, "preopens['/a'] is 'x\\x00', which has a NUL character"),
    (
        {"preopens": {"/a": "\udc80"}},
        ValueError,
        "preopens['/a'] has lone surrogates, which UTF-8 cannot encode: '\\udc80'",
    ),
    (
        {"preopens": {"": "x"}},
        ValueError,
        "the guest's path of a preopened directory is empty: name it as the guest does, such as '.'",
    ),
    (
        {"preopens": {"\0": "x"}},
        ValueError,
        "the guest's path of a preopened directory is '\\x00', which has a NUL character",
    ),
    ({"inherit_network": 1}, TypeError, "inherit_network must be a bool, not int"),
    ({"allow_ip_name_lookup": None}, TypeError, "allow_ip_name_lookup must be a bool, not NoneType"),
]


@pytest.mark.parametrize(("given", "kind", "text"), WRONG, ids=lambda value: str(value)[:30])
def test_what_the_library_cannot_take_is_refused(given: dict[str, Any], kind: type[Exception], text: str) -> None:
    assert fails(WasiConfig, **given) == (kind, text)


def test_a_bound_is_a_number_that_can_be_reached() -> None:
    assert fails(Capture, -1) == (OverflowError, "limit is -1, but must be from 0 to 2**63-1")
    assert fails(Capture, 1.5) == (TypeError, "limit must be an int, not float")
    assert fails(WritableDir, 5) == (TypeError, "path must be a path, not int")


def test_paths_may_be_bytes_that_are_not_utf8_where_python_opens_them(tmp_path: Path) -> None:
    config = WasiConfig(stdin=Path(os.fsdecode(b"\xff")), stdout=Path(os.fsdecode(b"\xfe")))
    assert config.stdin == Path(os.fsdecode(b"\xff"))
