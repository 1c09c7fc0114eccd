"""The allowlist's one declaration: shape, defaults, validation. codegen/wasmtime.yaml is read into these alone.

Patterns are regular expressions that match whole C names. `Patterns` remembers which of them matched, because a rule
that matches nothing is a mistake or a leftover.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml

from codegen.errors import CodegenError

PATH = Path(__file__).parent / "wasmtime.yaml"


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    pass


Reason = Annotated[str, msgspec.Meta(min_length=1)]


class Exclude(_Part, frozen=True):
    names: Annotated[list[str], msgspec.Meta(min_length=1)]
    reason: Reason


class Excusable(_Part, frozen=True):
    exclude: list[Exclude] = []


class Kind(Excusable, frozen=True):
    """What every kind of declaration that is bound by its C name can say: bind these, excuse those, call them so."""

    include: list[str] = []
    rename: dict[str, str] = {}  # pattern -> replacement, with groups (\1)


class Functions(Kind, frozen=True):
    leaf: list[str] = []  # bound without releasing the GIL: short, never blocking, never calling back


class Records(Kind, frozen=True):
    member_rename: dict[str, str] = {}
    opaque: list[str] = []  # bound without their fields


class Enums(Kind, frozen=True):
    member_rename: dict[str, str] = {}


class Constants(Kind, frozen=True):
    groups: dict[str, str] = {}  # name of an IntEnum -> pattern of the macros that are its members


class Callbacks(Kind, frozen=True):
    names: dict[str, str] = {}  # signature of a function pointer written in place -> its name


class InlineFunctions(Excusable, frozen=True):
    """Bound are those that were ported by hand."""

    ported: dict[str, str] = {}  # name -> digest of the body that was ported


class Features(_Part, frozen=True):
    """WASMTIME_FEATURE_* of the released library: they decide what is declared, and some layouts."""

    enabled: list[str]
    disabled: list[str] = []


Decision = Literal["owned", "borrowed", "out", "out-owned", "opaque"]


class Ownership(_Part, frozen=True):
    """Decides the slots that neither witness does. A pattern left out matches all; the first rule that fits wins."""

    decision: Decision = msgspec.field(name="is")
    reason: Reason
    functions: str = ".*"
    slots: str = ".*"  # a parameter's name, or "result"
    types: str = ".*"
    nullable: bool | None = None


class Correction(_Part, frozen=True):
    """Overrules a witness that is wrong."""

    function: str
    slot: str
    reason: Reason
    type: str | None = None
    decision: Decision | None = msgspec.field(name="is", default=None)
    nullable: bool | None = None


class Config(_Part, frozen=True):
    entry_points: Annotated[list[str], msgspec.Meta(min_length=1)]
    features: Features
    functions: Functions = Functions()
    inline_functions: InlineFunctions = InlineFunctions()
    structs: Records = Records()
    unions: Records = Records()
    enums: Enums = Enums()
    constants: Constants = Constants()
    typedefs: Kind = Kind()
    callbacks: Callbacks = Callbacks()
    macros: Excusable = Excusable()  # code, which is never bound
    settings: dict[str, str] = {}  # table -> pattern of its setters, whose group is the option's name
    ownership: list[Ownership] = []
    corrections: list[Correction] = []


def load(path: Path = PATH) -> Config:
    return parse(path.read_bytes(), path.name)


def parse(text: bytes, name: str) -> Config:
    try:
        config = msgspec.convert(yaml.load(text, _Loader), type=Config)
    except msgspec.ValidationError as error:
        raise CodegenError(f"{name}: {_dotted(str(error))}") from None
    except yaml.YAMLError as error:
        raise CodegenError(f"{name}: {error}") from None
    problems = list(_bad_patterns(msgspec.to_builtins(config), "")) or list(_idle_rules(config))
    if problems:
        raise CodegenError("\n".join(f"{name}: {problem}" for problem in problems))
    return config


class _Loader(yaml.CSafeLoader):
    """YAML in which a key that stands twice is an error: the last one would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands here twice: merge the two", key.start_mark
                )
            seen.add(key.value)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


def _dotted(message: str) -> str:
    """msgspec's "Object missing required field `reason` - at `$.functions.exclude[3]`" as a path and a sentence."""
    text, _, path = message.replace("`key` in ", "").partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    if missing := re.fullmatch(r"Object missing required field `(.+)`", text):
        return f"{path}.{missing[1]}: missing".lstrip(".")
    if unknown := re.fullmatch(r"Object contains unknown field `(.+)`", text):
        return f"{path}.{unknown[1]}: unknown, it is not among the settings of this place".lstrip(".")
    return f"{path or 'the file'}: {text[0].lower()}{text[1:]}"


_PATTERN_LISTS = ("include", "names", "leaf", "opaque")
_PATTERN_KEYS = ("rename", "member-rename")
_PATTERN_VALUES = ("groups", "settings")


def _bad_patterns(value: object, path: str) -> Iterator[str]:
    for where, pattern, replacement in _patterns(value, path):
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"{where}: {pattern!r} is not a regular expression: {error}"
            continue
        if replacement is not None:
            try:
                re.sub(f"{pattern}|", replacement, "")
            except re.error as error:
                yield f"{where}: {replacement!r} does not fit the pattern: {error}"


def _idle_rules(config: Config) -> Iterator[str]:
    for table, pattern in config.settings.items():
        if not re.compile(pattern).groups:
            yield f"settings.{table}: {pattern!r} has no group: the option's name has to stand in parentheses"
    for index, correction in enumerate(config.corrections):
        if correction.type is None and correction.decision is None:
            yield f"corrections[{index}]: corrects nothing: say `type` or `is`"


def _patterns(value: object, path: str, key: str = "") -> Iterator[tuple[str, str, str | None]]:
    """Each pattern with its place, and what it is replaced with if it renames."""
    if isinstance(value, dict):
        for name, item in value.items():
            where = f"{path}.{name}".lstrip(".")
            if key in _PATTERN_KEYS:
                yield where, name, str(item)
            elif key in _PATTERN_VALUES or (name in ("functions", "slots", "types") and isinstance(item, str)):
                yield where, item, None
            yield from _patterns(item, where, name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if key in _PATTERN_LISTS and isinstance(item, str):
                yield f"{path}[{index}]", item, None
            yield from _patterns(item, f"{path}[{index}]")


class Patterns:
    """Patterns with their places in the allowlist. The first one that matches a whole name is the answer."""

    def __init__(self, patterns: Iterable[tuple[str, str]]) -> None:
        self._patterns = [(path, re.compile(pattern)) for path, pattern in patterns]
        self._used: set[str] = set()

    @classmethod
    def of(cls, path: str, patterns: Iterable[str]) -> Patterns:
        return cls((f"{path}[{index}]", pattern) for index, pattern in enumerate(patterns))

    def find(self, name: str) -> tuple[str, re.Match[str]] | None:
        for path, pattern in self._patterns:
            if match := pattern.fullmatch(name):
                self._used.add(path)
                return path, match
        return None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.find(name) is not None

    def unused(self) -> list[str]:
        return [f"{path}: {p.pattern!r} matches nothing" for path, p in self._patterns if path not in self._used]


class Renames:
    """Renaming patterns: the first that matches a whole name rewrites it."""

    def __init__(self, path: str, rename: dict[str, str]) -> None:
        self._to = {f"{path}.{pattern}": new for pattern, new in rename.items()}
        self._patterns = Patterns((f"{path}.{pattern}", pattern) for pattern in rename)

    def apply(self, name: str) -> str:
        found = self._patterns.find(name)
        return found[1].expand(self._to[found[0]]) if found else name

    def unused(self) -> list[str]:
        return self._patterns.unused()
