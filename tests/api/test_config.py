"""Config as a value: what it takes and refuses, reads, compares, copies, and makes of itself."""

from __future__ import annotations

import copy
import doctest
import pickle
import subprocess
import sys
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest
import wasmtime_capi as c

import wasmtime_gen._config.config
from wasmtime_gen import Config, Engine, WasmtimeError


class Sized:
    """An int by __index__, as numpy's are."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


def refused(kind: type[Exception], **options: Any) -> str:
    with pytest.raises(kind) as caught:
        Config(**options)
    assert type(caught.value) is kind
    return str(caught.value)


def test_the_examples_are_true() -> None:
    assert doctest.testmod(wasmtime_gen._config.config).failed == 0


# Values


def test_what_was_given_reads_back_and_the_rest_is_none() -> None:
    config = Config(consume_fuel=False, max_wasm_stack=1 << 16, strategy="cranelift", target="pulley64")
    assert config.consume_fuel is False
    assert config.max_wasm_stack == 65536
    assert config.strategy == "cranelift"
    assert config.target == "pulley64"
    rest = config.epoch_interruption, config.memory_reservation, config.profiler, config.cache, config.cranelift_flags
    assert rest == (None,) * 5


def test_none_means_not_given() -> None:
    assert Config(consume_fuel=None, cache=None, cranelift_flags=None, strategy=None, target=None) == Config()


def test_choices_take_short_names_numbers_and_members_and_read_as_short_names() -> None:
    assert Config(cranelift_opt_level="speed_and_size").cranelift_opt_level == "speed_and_size"
    number: Any = 2
    assert Config(strategy=number).strategy == "winch"
    member: Any = c.wasmtime_opt_level_enum.WASMTIME_OPT_LEVEL_NONE
    assert Config(cranelift_opt_level=member).cranelift_opt_level == "none"
    sized: Any = Sized(1)
    assert Config(cranelift_regalloc_algorithm=sized).cranelift_regalloc_algorithm == "single_pass"


def test_sizes_take_what_has_an_index_and_read_as_int() -> None:
    sized: Any = Sized(1 << 20)
    config = Config(memory_reservation=sized)
    assert type(config.memory_reservation) is int
    assert config == Config(memory_reservation=1048576)


def test_sizes_take_the_whole_range_of_their_c_type() -> None:
    assert Config(memory_reservation=0, memory_guard_size=2**64 - 1).memory_guard_size == 18446744073709551615


@pytest.mark.parametrize("value", [1, 0, "true", 1.0, [], Sized(1)])
def test_switches_take_true_and_false_only(value: Any) -> None:
    assert refused(TypeError, consume_fuel=value).startswith("consume_fuel takes True or False, not ")


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"max_wasm_stack": -1}, OverflowError, "max_wasm_stack takes 0 to 18446744073709551615, not -1"),
        (
            {"memory_guard_size": 1 << 64},
            OverflowError,
            "memory_guard_size takes 0 to 18446744073709551615, not 18446744073709551616",
        ),
        ({"max_wasm_stack": True}, TypeError, "max_wasm_stack takes an int, not True"),
        ({"max_wasm_stack": 4096.0}, TypeError, "max_wasm_stack takes an int, not 4096.0"),
        ({"max_wasm_stack": "big"}, TypeError, "max_wasm_stack takes an int, not 'big'"),
        ({"max_wasm_stack": b"1"}, TypeError, "max_wasm_stack takes an int, not b'1' (bytes)"),
        ({"strategy": "Winch"}, ValueError, "strategy takes 'auto', 'cranelift' or 'winch', not 'Winch'"),
        ({"strategy": 3}, ValueError, "strategy takes 'auto', 'cranelift' or 'winch', not 3"),
        ({"strategy": -1}, ValueError, "strategy takes 'auto', 'cranelift' or 'winch', not -1"),
        ({"strategy": True}, TypeError, "strategy takes 'auto', 'cranelift' or 'winch', not True"),
        ({"strategy": b"auto"}, TypeError, "strategy takes 'auto', 'cranelift' or 'winch', not b'auto' (bytes)"),
        ({"target": b"pulley64"}, TypeError, "target takes text, not b'pulley64' (bytes)"),
        ({"target": "pulley64\0"}, ValueError, "target='pulley64\\x00' has a NUL character"),
        ({"target": "pulley64\ud800"}, ValueError, "target='pulley64\\ud800' has lone surrogates"),
        ({"cache": 1}, TypeError, "cache takes True or the path of a TOML file, not 1"),
        ({"cache": "a\0b"}, ValueError, "cache='a\\x00b' has a NUL character"),
    ],
)
def test_wrong_values_are_refused_with_the_option_what_it_takes_and_what_it_got(
    options: dict[str, Any], kind: type[Exception], says: str
) -> None:
    assert refused(kind, **options) == says


def test_a_member_of_another_enum_is_refused() -> None:
    member = c.wasmtime_opt_level_enum.WASMTIME_OPT_LEVEL_SPEED
    assert refused(TypeError, strategy=member).startswith(
        "strategy takes 'auto', 'cranelift' or 'winch', not <wasmtime_opt_level_enum."
    )

    class Mine(IntEnum):
        CRANELIFT = 1

    mine: Any = Mine.CRANELIFT
    assert Config(strategy=mine).strategy == "cranelift"


def test_long_values_are_shortened_in_messages() -> None:
    assert refused(TypeError, consume_fuel="x" * 1000) == f"consume_fuel takes True or False, not '{'x' * 59}"


def test_an_unknown_option_is_refused_with_the_nearest_names() -> None:
    assert refused(TypeError, consume_fule=True) == "Config has no option 'consume_fule': did you mean consume_fuel?"
    assert refused(TypeError, fuel=True) == "Config has no option 'fuel': did you mean consume_fuel?"
    assert refused(TypeError, gc=True) == "Config has no option 'gc': did you mean gc_support or wasm_gc?"
    assert "did you mean wasm_tail_call" in refused(TypeError, wasm_tailcall=True)
    assert refused(TypeError, xyz=None) == "Config has no option 'xyz': help(Config) lists them"


def test_an_unknown_attribute_tells_the_nearest_names() -> None:
    config: Any = Config(consume_fuel=True)
    with pytest.raises(AttributeError) as caught:
        config.consume_fule  # noqa: B018
    assert str(caught.value) == "Config has no option 'consume_fule': did you mean consume_fuel?"
    with pytest.raises(AttributeError, match=r"Config has no option 'xyz': help\(Config\) lists them"):
        config.xyz  # noqa: B018
    with pytest.raises(AttributeError, match="'Config' object has no attribute '_xyz'"):
        config._xyz  # noqa: B018
    assert not hasattr(config, "strategi")


class Text(str):
    """Text that says of itself whatever it likes."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return other != "self"

    def __hash__(self) -> int:
        return hash("consume_fuel")


def test_only_plain_text_is_kept() -> None:
    named: Any = {Text("consume_fule"): True}
    with pytest.raises(TypeError, match="Config has no option 'consume_fule'"):
        Config(**named)
    config = Config(cache=Text("/a"))
    assert type(config.cache) is str
    assert refused(TypeError, target=Text("pulley64")) == "target takes text, not 'pulley64' (Text)"


def test_options_are_keywords() -> None:
    with pytest.raises(TypeError):
        Config({"consume_fuel": True})  # type: ignore[arg-type, call-arg]


# A value that does not change


def test_a_config_does_not_change() -> None:
    config: Any = Config(consume_fuel=True)
    with pytest.raises(AttributeError) as caught:
        config.debug_info = True
    assert str(caught.value) == "a Config does not change: use config.replace(debug_info=...) to make another one"
    with pytest.raises(AttributeError, match="a Config does not change"):
        config.anything = 1
    with pytest.raises(AttributeError, match="a Config does not change"):
        del config.consume_fuel
    with pytest.raises(TypeError, match="this Config is made already: use config"):
        config.__init__(consume_fuel=False)
    assert config == Config(consume_fuel=True)


def test_flags_that_were_read_are_the_readers_own() -> None:
    given = {"regalloc_checker": True}
    config = Config(cranelift_flags=given)
    given["is_pic"] = True
    read = config.cranelift_flags
    assert read == {"regalloc_checker": True}
    read["is_pic"] = True
    assert config.cranelift_flags == {"regalloc_checker": True}


def test_replace_changes_some_options_and_takes_back_others() -> None:
    config = Config(consume_fuel=True, strategy="winch")
    changed = config.replace(strategy=None, epoch_interruption=True, cranelift_flags={"is_pic": True})
    assert changed == Config(consume_fuel=True, epoch_interruption=True, cranelift_flags={"is_pic": True})
    assert changed.replace() == changed
    assert config == Config(consume_fuel=True, strategy="winch")
    with pytest.raises(TypeError, match="Config has no option 'fuel'"):
        config.replace(fuel=True)  # type: ignore[call-arg]


def test_replace_checks_the_whole_again() -> None:
    with pytest.raises(ValueError, match="strategy='winch' and debug_info=True contradict each other"):
        Config(strategy="winch").replace(debug_info=True)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace is new in Python 3.13")
def test_copy_replace_works() -> None:
    assert copy.replace(Config(), consume_fuel=True) == Config(consume_fuel=True)  # type: ignore[attr-defined,unused-ignore]


def test_equal_options_make_equal_configs_in_any_order() -> None:
    one, other = Config(debug_info=True, consume_fuel=True), Config(consume_fuel=True, debug_info=True)
    assert one == other
    assert hash(one) == hash(other)
    assert repr(one) == repr(other)
    assert one != Config(debug_info=True, consume_fuel=False)
    assert one != Config()
    assert Config() != {}
    assert {one: "engine"}[other] == "engine"


def test_a_default_that_was_given_is_not_the_same_as_none() -> None:
    assert Config(consume_fuel=False) != Config()


EXAMPLES = [
    Config(),
    Config(consume_fuel=True, max_wasm_stack=1 << 18),
    Config(strategy="winch", profiler="none", cranelift_opt_level="none"),
    Config(target="pulley64", cache=True),
    Config(cache="/etc/wasm time.toml", cranelift_flags={"is_pic": True, "log2_min_function_alignment": 5}),
]


@pytest.mark.parametrize("config", EXAMPLES, ids=repr)
def test_a_config_survives_copies_pickle_and_repr(config: Config) -> None:
    assert copy.copy(config) is config
    assert copy.deepcopy(config) is config
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        restored = pickle.loads(pickle.dumps(config, protocol))
        assert restored == config
        assert hash(restored) == hash(config)
    assert eval(repr(config)) == config


def test_repr_shows_what_was_given() -> None:
    assert repr(Config()) == "Config()"
    assert repr(EXAMPLES[1]) == "Config(consume_fuel=True, max_wasm_stack=262144)"
    assert repr(EXAMPLES[3]) == "Config(cache=True, target='pulley64')"


def test_a_subclass_stays_itself() -> None:
    assert type(Sub(consume_fuel=True).replace(consume_fuel=None)) is Sub
    assert type(pickle.loads(pickle.dumps(Sub()))) is Sub
    assert repr(Sub()) == "Sub()"


class Sub(Config):
    pass


# What an engine uses


def test_effective_is_what_was_given_or_the_librarys_default() -> None:
    assert Config().effective("max_wasm_stack") == 512 << 10
    assert Config(max_wasm_stack=4096).effective("max_wasm_stack") == 4096
    assert Config().effective("memory_reservation") == 4 << 30
    assert Config().effective("memory_may_move") is True
    assert Config().effective("consume_fuel") is False
    assert Config().effective("target") is None
    assert Config(cranelift_flags={"is_pic": True}).effective("cranelift_flags") == {"is_pic": True}
    with pytest.raises(TypeError, match="Config has no option 'max_wasm_stak': did you mean max_wasm_stack"):
        Config().effective("max_wasm_stak")


def test_effective_defaults_depend_on_strategy_and_target() -> None:
    assert Config().effective("wasm_gc") is True
    assert Config(strategy="winch").effective("wasm_gc") is False
    assert Config(target="pulley64").effective("memory_guard_size") == 0
    assert Config(concurrency_support=False).effective("wasm_component_model_async") is False


# The native config


def test_a_config_is_used_for_any_number_of_engines() -> None:
    config = Config(consume_fuel=True, cranelift_opt_level="none", target="pulley64")
    with Engine(config) as one, Engine(config) as other:
        assert one.is_pulley
        assert other.config is config


def test_the_compile_cache_is_kept_where_the_file_says(tmp_path: Path) -> None:
    folder, file = tmp_path / "compiled", tmp_path / "cache.toml"
    file.write_text(f"[cache]\ndirectory = '{folder}'\n")
    config = Config(cache=file)
    assert config.cache == str(file)
    script = f"""
from wasmtime_gen import Engine, Module
for _ in range(2):
    with Engine(cache={str(file)!r}) as engine:
        Module.from_text(engine, "(module)")
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert [path for path in folder.rglob("*") if path.is_file()]


def test_a_cache_can_be_a_path_in_bytes_or_switched_off() -> None:
    assert Config(cache=b"/a/b").cache == "/a/b"
    assert Config(cache=False) == Config()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "failed to read config file: "),
        ("hello [", "failed to parse config file: "),
        ("", "missing field `cache`"),
        ("[cache]\nenabled = true", "unknown field `enabled`"),
        ("[cache]\ndirectory = 'relative'", "Cache directory path has to be absolute"),
    ],
)
def test_a_bad_cache_file_is_an_error_when_an_engine_is_made(tmp_path: Path, content: str | None, says: str) -> None:
    file = tmp_path / "cache.toml"
    if content is not None:
        file.write_text(content)
    config = Config(cache=str(file))
    with pytest.raises(WasmtimeError) as caught:
        Engine(config)
    assert str(caught.value).startswith(f"cache={str(file)!r}: ")
    assert says in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow text only")
def test_a_cache_path_that_is_no_text_is_an_error_when_an_engine_is_made() -> None:
    with pytest.raises(WasmtimeError, match="invalid utf-8 sequence"):
        Engine(cache=b"\xff")
