"""Config: how an engine compiles and runs, as a plain Python value.

The options are declared in options.py, their values are checked in values.py, and which of them go together is
told by rules.py.
"""

from __future__ import annotations

import os
import sys

from wasmtime_gen._config.options import PLAIN, ConfigOptions
from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._raw import raw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from typing_extensions import Unpack

    from wasmtime_gen._config.keywords import Options


class Config(ConfigOptions):
    """How an engine compiles and runs guests. All options are keywords, and properties that read None if not given.

    A Config never changes, so that engines can be found again by it; `replace` makes another one. Those that were given
    the same options are equal. They can be copied, pickled, and evaluated from their repr.

    Sizes are in bytes. Options that choose take short names, and members of the enums of `wasmtime_capi`; they read as
    the short name. None means not given.

    Raises TypeError for an unknown option (with the nearest names) and for a value of a wrong kind, OverflowError for a
    number that is negative or too large, and ValueError for a choice that does not exist, and for options that
    contradict each other: the library would end the process for those.

    >>> from wasmtime_gen import Config
    >>> config = Config(consume_fuel=True, strategy="winch")
    >>> config
    Config(consume_fuel=True, strategy='winch')
    >>> config.strategy, config.max_wasm_stack, config.effective("max_wasm_stack")
    ('winch', None, 524288)
    >>> config.replace(strategy="cranelift", consume_fuel=None)
    Config(strategy='cranelift')
    >>> Config(strategy="winch", debug_info=True)
    Traceback (most recent call last):
        ...
    ValueError: strategy='winch' and debug_info=True contradict each other: Winch writes no DWARF. Remove one of them
    """

    __slots__ = ("_options",)

    def __init__(self, **options: Unpack[Options]) -> None:
        if hasattr(self, "_options"):
            raise TypeError("this Config is made already: use config.replace(...) to make another one")
        object.__setattr__(self, "_options", _checked(options) if options else {})

    @property
    def cranelift_flags(self) -> dict[str, bool | int] | None:
        """Settings of Cranelift that have no option of their own, by name, such as {"has_avx512f": False}.

        A switch takes True or False, a preset (such as "haswell") True, a size its number. Raises ValueError for
        unknown flags, and for those with which the library aborts or crashes. Each access makes a new dict.
        """
        flags = self._options.get("cranelift_flags")
        return None if flags is None else dict(flags)

    def replace(self, **changes: Unpack[Options]) -> Config:
        """Another Config with these options changed. None takes an option back.

        >>> from wasmtime_gen import Config
        >>> Config(debug_info=True, consume_fuel=True).replace(debug_info=None, epoch_interruption=True)
        Config(consume_fuel=True, epoch_interruption=True)
        """
        options: Any = {**self._given(), **changes}
        return type(self)(**options)

    __replace__ = replace

    def effective(self, option: str) -> Any:
        """What an engine will use for the option: what was given, or the library's default.

        Some defaults depend on strategy and target. None if no default is known. Raises TypeError for an unknown
        option.

        >>> from wasmtime_gen import Config
        >>> Config().effective("memory_reservation"), Config(target="pulley64").effective("signals_based_traps")
        (4294967296, False)
        """
        from wasmtime_gen._config.rules import effective
        from wasmtime_gen._config.values import check_name

        check_name(option)
        return self._given().get(option, effective(self._options, option))

    def _given(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._options}

    def _make_native(self) -> Any:
        """A new native config, owned by the caller: wasm_engine_new_with_config takes it over.

        Raises WasmtimeError if the compile cache or the file of the profiler is not available now.
        """
        native = raw.wasm_config_new()
        try:
            for name, value in self._options.items():
                if name == "target":
                    _raise_error(raw.wasmtime_config_target_set(native, value.encode()), name, value)
                elif name == "cache":
                    path = None if value is True else os.fsencode(value)
                    _raise_error(raw.wasmtime_config_cache_config_load(native, path), name, value)
                elif name == "cranelift_flags":
                    from wasmtime_gen._config.flags import set_flags

                    set_flags(native, value)
                elif name == "interruptible":
                    if value:
                        getattr(raw, PLAIN["epoch_interruption"][0])(native, True)
                else:
                    from wasmtime_gen._config.values import choices

                    setter, _, enum = PLAIN[name]
                    getattr(raw, setter)(native, choices(enum)[value] if enum else value)
            if "profiler" in self._options or "strategy" in self._options or sys.platform == "darwin":
                from wasmtime_gen._config.process import suit_process

                suit_process(native, self._options)
        except BaseException:
            raw.wasm_config_delete(native)
            raise
        return native

    def __eq__(self, other: object) -> bool:
        return self._options == other._options if isinstance(other, Config) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self._options.items()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._given().items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self._given())

    def __copy__(self) -> Config:
        return self

    def __deepcopy__(self, memo: object) -> Config:
        return self

    if not TYPE_CHECKING:  # type checkers know the properties

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            from wasmtime_gen._config.values import unknown

            raise AttributeError(unknown(name))

    def _refuse_change(self, name: str, *value: object) -> NoReturn:
        raise AttributeError(f"a Config does not change: use config.replace({name}=...) to make another one")

    __setattr__ = __delattr__ = _refuse_change


def _restored(kind: type[Config], options: Any) -> Config:
    return kind(**options)


def _checked(options: Any) -> dict[str, Any]:
    """The options as they are kept, sorted by name."""
    # Config() alone, which most programs use, does without these two.
    from wasmtime_gen._config.rules import contradiction
    from wasmtime_gen._config.values import check_name, checked_value

    checked = {}
    # Subclasses of str can be keywords, too, and could be equal to anything.
    plain = {str.__str__(name): given for name, given in options.items()}
    for name in sorted(plain):
        given = plain[name]
        check_name(name)
        if given is not None:
            value = checked_value(name, given)
            if value is not None:
                checked[name] = value
    problem = contradiction(checked)
    if problem:
        raise ValueError(problem)
    if "target" in checked:
        _check_target(checked["target"])
    return checked


def _check_target(target: str) -> None:
    # What rules.py lets through may still be no triple: the library knows.
    native = raw.wasm_config_new()
    try:
        _raise_error(raw.wasmtime_config_target_set(native, target.encode()), "target", target, ValueError)
    finally:
        raw.wasm_config_delete(native)


def _raise_error(error: Any, name: str, value: object, kind: type[Exception] = WasmtimeError) -> None:
    if error:
        from wasmtime_gen._trap import error_text

        raise kind(f"{name}={value!r}: {error_text(error)}")
