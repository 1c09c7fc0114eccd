"""Constants that belong together become IntEnums, and setters of plain values become tables of settings."""

from __future__ import annotations

import re

from msgspec.structs import replace

from codegen.config import Config
from codegen.model import Api, Enum, Findings, Member, Setting, by_name


def group_constants(api: Api, config: Config) -> tuple[Api, Findings]:
    """One IntEnum for each group of macros; each macro stays a constant of its own as well."""
    enums, findings = list(api.enums), Findings()
    taken: dict[str, str] = {}
    for name, pattern in config.constants.groups.items():
        members = [c for c in api.constants if isinstance(c.value, int) and re.fullmatch(pattern, c.name)]
        for member in members:
            if member.name in taken:
                findings.undecided.append(f"constants.groups: {member.name} fits {taken[member.name]} and {name}")
            taken[member.name] = name
        if members:
            values = sorted((Member(c.name, int(c.value)) for c in members), key=lambda m: m.value)
            enums.append(Enum(name, members[0].header, tuple(values), macros=True))
    return replace(api, enums=tuple(sorted(enums, key=lambda e: e.name))), findings


def group_settings(api: Api, config: Config) -> tuple[Api, Findings]:
    """The tables of setters that take one value: option name, function, C type, and the enum that lists its values."""
    tables, findings, enums = {}, Findings(), {e.name for e in api.enums}
    for table, pattern in config.settings.items():
        found = []
        for function in api.functions:
            match = re.fullmatch(pattern, function.name)
            if match and len(function.params) == 2:
                type_ = function.params[1].type
                enum = re.sub(r"_t$", "_enum", type_)
                found.append(Setting(match[1], function.name, type_, enum if enum in enums and enum != type_ else ""))
        if not found:
            findings.unused.append(f"settings.{table}: {pattern!r} matches no setter")
        tables[table] = tuple(found)
    return replace(api, settings=tables), findings


def check_inline_bodies(api: Api, config: Config) -> tuple[Api, Findings]:
    """The ports of inline functions were made from bodies with these digests."""
    findings, ported = Findings(), config.inline_functions.ported
    bodies = {f.name: f.body for f in api.inline_functions}
    findings.unused += [
        f"inline-functions.ported.{n}: no inline function has this name" for n in ported if n not in bodies
    ]
    findings.undecided += [
        f"inline-functions.ported: {name} ({function.header}): port it in templates/wasmtime_capi/inline.py and "
        f"write its digest {function.body}, or exclude it with the reason"
        for name, function in by_name(api.inline_functions).items()
        if name not in ported
    ]
    findings.undecided += [
        f"inline-functions.ported.{name}: the body is now {bodies[name]}, the port was made from {digest}: "
        "read the new body, mend the port in templates/wasmtime_capi/inline.py, and write the new digest"
        for name, digest in ported.items()
        if name in bodies and bodies[name] != digest
    ]
    return api, findings
