"""What Config accepts for an option, and what it keeps of it: plain immutable values."""

from __future__ import annotations

import os
from _operator import index  # the module operator is Python around it, and takes longer to load

from wasmtime_gen._config.options import BY_HAND, LARGEST, PLAIN
from wasmtime_gen._config.rules import machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check_name(name: str) -> None:
    """Raise TypeError for an unknown option, with the nearest names."""
    if name not in PLAIN and name not in BY_HAND:
        raise TypeError(unknown(name))


def unknown(name: str) -> str:
    """What to say of a name that is no option."""
    from difflib import get_close_matches

    options = [*PLAIN, *BY_HAND]
    near = get_close_matches(name, options) or [each for each in options if name in each.split("_")][:_MOST]
    hint = f"did you mean {' or '.join(near)}?" if near else "help(Config) lists them"
    return f"Config has no option {name!r:.60}: {hint}"


_MOST = 3  # names to suggest


def checked_value(name: str, value: Any) -> Any:
    """The value as it is kept, or None if it means the same as no value."""
    if name == "target":
        return _target(value)
    if name == "interruptible":
        return _switch(name, value)
    if name == "cache":
        return _cache(value)
    if name == "cranelift_flags":
        from wasmtime_gen._config.flags import checked_flags

        return checked_flags(value, machine()) or None
    _, kind, enum = PLAIN[name]
    if enum:
        return _choice(name, value, enum)
    if kind == "bool":
        return _switch(name, value)
    return _number(name, value, LARGEST[kind])


def choices(enum: str) -> dict[str, int]:
    """Short name -> number of an enum's members: the words that all their names begin with are left away."""
    if enum not in _choices:
        # Importing wasmtime_capi.enums before it is needed would import the module enum.
        import wasmtime_capi

        members = getattr(wasmtime_capi, enum).__members__
        words = [name.lower().split("_") for name in members]
        shared = next(i for i, column in enumerate(zip(*words, strict=False)) if len({*column}) > 1)
        _choices[enum] = {
            "_".join(name[shared:]): int(member) for name, member in zip(words, members.values(), strict=True)
        }
    return _choices[enum]


_choices: dict[str, dict[str, int]] = {}


def _switch(name: str, value: Any) -> Any:
    if value is True or value is False:
        return value
    raise TypeError(f"{name} takes True or False, not {_described(value)}")


def _number(name: str, value: Any, largest: int) -> int:
    if not _is_number(value):
        raise TypeError(f"{name} takes an int, not {_described(value)}")
    number = index(value)
    if 0 <= number <= largest:
        return number
    raise OverflowError(f"{name} takes 0 to {largest}, not {_described(number)}")


def _is_number(value: Any) -> bool:
    # Python takes bools for ints, but nobody means one who gives True for a size.
    return not isinstance(value, bool) and hasattr(type(value), "__index__")


def _choice(name: str, value: Any, enum: str) -> str:
    known = choices(enum)
    kind: type[Exception] = TypeError
    if type(value) is str:
        if value in known:
            return value
        kind = ValueError
    elif _is_number(value) and not _is_of_another_enum(value, enum):
        number = index(value)
        for short, its_number in known.items():
            if number == its_number:
                return short
        kind = ValueError
    *first, last = map(repr, known)
    raise kind(f"{name} takes {', '.join(first)} or {last}, not {_described(value)}")


def _is_of_another_enum(value: Any, enum: str) -> bool:
    return type(value).__module__ == "wasmtime_capi.enums" and type(value).__name__ != enum


def _target(value: Any) -> str:
    if type(value) is not str:
        raise TypeError(f"target takes text, not {_described(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"target={value!r} has lone surrogates") from None
    if "\0" in value:
        raise ValueError(f"target={value!r} has a NUL character")
    return value


def _cache(value: Any) -> bool | str | None:
    if value is True or value is False:
        return value or None
    if not isinstance(value, (str, bytes, os.PathLike)):
        raise TypeError(f"cache takes True or the path of a TOML file, not {_described(value)}")
    path = str.__str__(os.fsdecode(value))
    if "\0" in path:
        raise ValueError(f"cache={path!r} has a NUL character")
    return path


def _described(value: object) -> str:
    from wasmtime_gen._numbers import shown

    text = shown(value) if type(value) is int else f"{value!r:.60}"
    return text if type(value) in (bool, int, float, str) else f"{text} ({type(value).__name__})"
