"""The C API as plain data: what both witnesses fill, the passes refine, and api.json keeps.

Types are C spellings in one normal form ("const wasm_functype_t*", "uint8_t[16]"), with typedef names kept:
they are what a reviewer reads, what the templates print, and what the runtime resolves.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of all facts: immutable, and silent in api.json about what is default."""


class Slot(Fact, frozen=True):
    """A parameter (with a name) or a result (without)."""

    type: str
    name: str = ""
    ownership: str = ""  # "owned" | "borrowed" | "out" | "out-owned" | "" (not a pointer, or open)
    nullable: bool | None = None  # None: nobody says
    witness: tuple[str, ...] = ()  # who said so: "own", "rust", "yaml"


class Function(Fact, frozen=True):
    name: str
    header: str
    result: Slot
    params: tuple[Slot, ...] = ()
    leaf: bool = False  # bound without releasing the GIL
    symbol: str = ""  # the C name where the allowlist gave another one


class InlineFunction(Fact, frozen=True):
    """A `static inline` function: no symbol, so its body is ported by hand and watched by its digest."""

    name: str
    header: str
    result: Slot
    params: tuple[Slot, ...]
    body: str  # SHA-256 of the body's tokens, first 16 hex digits


class Field(Fact, frozen=True):
    name: str  # "" for a C11 anonymous member
    type: str
    offset: int  # bytes


class Record(Fact, frozen=True):
    name: str  # the typedef's name where there is one
    kind: str  # "struct" | "union"
    header: str
    tag: str = ""  # the C tag where it differs from the name
    size: int = 0  # bytes; 0 for an opaque record
    align: int = 0
    fields: tuple[Field, ...] = ()
    opaque: bool = False


class Member(Fact, frozen=True):
    name: str
    value: int


class Enum(Fact, frozen=True):
    name: str
    header: str
    members: tuple[Member, ...]
    macros: bool = False  # grouped from macros by the allowlist, not an enum in C


class Constant(Fact, frozen=True):
    name: str
    header: str
    value: int | str


class Alias(Fact, frozen=True):
    """A macro that is another name of a function: `#define wasm_name_new wasm_byte_vec_new`."""

    name: str
    header: str
    target: str


class Typedef(Fact, frozen=True):
    name: str
    header: str
    type: str


class Callback(Fact, frozen=True):
    """A function-pointer type. One written in place has its signature as its name until a pass gives it one."""

    name: str
    header: str
    result: Slot
    params: tuple[Slot, ...] = ()


class Setting(Fact, frozen=True):
    """A setter of one plain value, from which the high level makes an option."""

    name: str
    function: str
    type: str
    enum: str = ""


class Excused(Fact, frozen=True):
    kind: str
    name: str
    reason: str


class Api(Fact, frozen=True):
    version: str
    features: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    callbacks: tuple[Callback, ...] = ()
    constants: tuple[Constant, ...] = ()
    enums: tuple[Enum, ...] = ()
    functions: tuple[Function, ...] = ()
    inline_functions: tuple[InlineFunction, ...] = ()
    records: tuple[Record, ...] = ()
    settings: dict[str, tuple[Setting, ...]] = {}
    typedefs: tuple[Typedef, ...] = ()
    macros: tuple[str, ...] = ()  # function-like and code macros: seen, never bound
    excused: tuple[Excused, ...] = ()


class Findings:
    """What the passes have to say besides their result."""

    def __init__(self) -> None:
        self.excused: list[Excused] = []
        self.undecided: list[str] = []  # stops regen: somebody has to decide
        self.unused: list[str] = []  # rules that match nothing: stops regen of the pinned version
        self.open: list[str] = []  # slots whose ownership nobody knows: shown by `codegen report`

    def __iadd__(self, other: Findings) -> Findings:
        for name, value in vars(other).items():
            getattr(self, name).extend(value)
        return self


Declaration = Alias | Callback | Constant | Enum | Function | InlineFunction | Record | Typedef
D = TypeVar("D", bound=Declaration)

# The kinds of named declarations, in the order in which people read them.
KINDS = ("functions", "inline_functions", "records", "enums", "constants", "typedefs", "callbacks", "aliases")


def by_name(items: tuple[D, ...]) -> dict[str, D]:
    return {item.name: item for item in items}


def dump(api: Api) -> bytes:
    """api.json: sorted, one fact a line where it fits, the same bytes everywhere."""
    lines = ["{"]
    entries = msgspec.to_builtins(api)
    for key, value in entries.items():
        comma = "," if key != list(entries)[-1] else ""
        if isinstance(value, (list, tuple)) and value:
            rows = ",\n".join("  " + _row(item) for item in value)
            lines.append(f' "{key}": [\n{rows}\n ]{comma}')
        elif isinstance(value, dict):
            groups = ",\n".join(
                f'  "{name}": [\n' + ",\n".join("   " + _row(item) for item in items) + "\n  ]"
                for name, items in value.items()
            )
            lines.append(f' "{key}": {{\n{groups}\n }}{comma}')
        else:
            lines.append(f' "{key}": {_row(value)}{comma}')
    return ("\n".join(lines) + "\n}\n").encode()


LoadError = msgspec.DecodeError  # covers ValidationError


def load(data: bytes) -> Api:
    return msgspec.json.decode(data, type=Api)


def _row(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
