"""Which declarations are bound: each is included by the allowlist, excused with a reason, or left to be decided."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import TypeVar

from msgspec.structs import replace

from codegen.config import Config, Excusable, Kind, Patterns
from codegen.model import Api, Declaration, Excused, Findings, Record

D = TypeVar("D", bound=Declaration)


def select(api: Api, config: Config) -> tuple[Api, Findings]:
    grouped = Patterns((f"constants.groups.{name}", p) for name, p in config.constants.groups.items())
    leaf = Patterns.of("functions.leaf", config.functions.leaf)
    functions = _Sieve("functions", config.functions)
    # What is not excluded is bound by a port: check_inline_bodies asks for it, with the digest.
    inline = _Sieve("inline-functions", config.inline_functions, bound=[f.name for f in api.inline_functions])
    structs = _Sieve("structs", config.structs)
    unions = _Sieve("unions", config.unions)
    enums = _Sieve("enums", config.enums)
    constants = _Sieve("constants", config.constants, bound=grouped)
    typedefs = _Sieve("typedefs", config.typedefs)
    callbacks = _Sieve("callbacks", config.callbacks)
    macros = _Sieve("macros", config.macros)
    opaque = {
        "struct": Patterns.of("structs.opaque", config.structs.opaque),
        "union": Patterns.of("unions.opaque", config.unions.opaque),
    }

    macros.keep_names(api.macros)
    records = structs.keep(r for r in api.records if r.kind == "struct")
    records += unions.keep(r for r in api.records if r.kind == "union")
    selected = replace(
        api,
        functions=tuple(replace(f, leaf=f.name in leaf) for f in functions.keep(api.functions)),
        aliases=functions.keep(api.aliases, "aliases"),
        inline_functions=inline.keep(api.inline_functions),
        records=tuple(_conceal(r) if r.name in opaque[r.kind] else r for r in sorted(records, key=lambda r: r.name)),
        enums=enums.keep(api.enums),
        constants=constants.keep(api.constants),
        typedefs=typedefs.keep(api.typedefs),
        callbacks=callbacks.keep(c for c in api.callbacks if "(*)" not in c.name)
        + tuple(c for c in api.callbacks if "(*)" in c.name),  # written in place: bound by getting a name
    )
    findings = Findings()
    for sieve in (functions, inline, structs, unions, enums, constants, typedefs, callbacks, macros):
        findings.excused += sieve.excused
        findings.undecided += sieve.undecided
        findings.unused += sieve.unused()
    for patterns in (grouped, leaf, *opaque.values()):
        findings.unused += patterns.unused()
    return replace(selected, excused=tuple(sorted(findings.excused, key=lambda e: (e.kind, e.name)))), findings


class _Sieve:
    """The include and exclude rules of one kind. What is `bound` by another rule of its kind needs no include."""

    def __init__(self, kind: str, rules: Excusable, bound: Container[str] = ()) -> None:
        self.kind = kind
        self.bound = bound
        self.include = Patterns.of(f"{kind}.include", rules.include if isinstance(rules, Kind) else ())
        self.exclude = [
            (rule.reason, Patterns.of(f"{kind}.exclude[{i}].names", rule.names)) for i, rule in enumerate(rules.exclude)
        ]
        self.excused: list[Excused] = []
        self.undecided: list[str] = []

    def keep(self, items: Iterable[D], kind: str = "") -> tuple[D, ...]:
        """`kind`: what they are, where it is not what the rules are for."""
        return tuple(item for item in items if self._keeps(item.name, item.header, kind or self.kind))

    def keep_names(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in names if self._keeps(name, "", self.kind))

    def _keeps(self, name: str, header: str, kind: str) -> bool:
        for reason, patterns in self.exclude:
            if name in patterns:
                self.excused.append(Excused(kind, name, reason))
                return False
        if name not in self.include and name not in self.bound:
            where = f" ({header})" if header else ""
            self.undecided.append(f"{self.kind}: {name}{where}: no rule includes or excludes it")
        return True  # what is undecided stops a regen, and is bound where an older version is only looked at

    def unused(self) -> list[str]:
        return self.include.unused() + [line for _, patterns in self.exclude for line in patterns.unused()]


def _conceal(record: Record) -> Record:
    return replace(record, opaque=True, size=0, align=0, fields=())
