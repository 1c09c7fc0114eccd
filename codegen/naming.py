"""Names: function pointers written in place get one, and the allowlist's renames reach every spelling of a type."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec.structs import replace

from codegen.config import Config, Renames
from codegen.model import Api, Callback, Declaration, Findings, Function, InlineFunction, Record, Setting, Slot, Typedef

D = TypeVar("D", bound=Declaration)


def name_callbacks(api: Api, config: Config) -> tuple[Api, Findings]:
    """Give each in-place function pointer the name that the allowlist has for its signature (const left out)."""
    findings, names = Findings(), dict(config.callbacks.names)
    unnamed = {c.name: c.header for c in api.callbacks if "(*)" in c.name}
    findings.unused += [f"callbacks.names: no function pointer is {s!r}" for s in names if s not in unnamed]
    findings.undecided += [f"callbacks.names: {s!r} ({unnamed[s]}) needs a name" for s in unnamed if s not in names]
    for signature in unnamed:  # a name that stays the same in every version that has this signature
        names.setdefault(signature, f"callback_{hashlib.sha256(signature.encode()).hexdigest()[:8]}_t")
    callbacks = tuple(replace(c, name=names.get(c.name, c.name)) for c in api.callbacks)
    api = replace(api, callbacks=tuple(sorted(callbacks, key=lambda c: c.name)))

    def spell(type_: str) -> str:
        signature, closing, suffix = type_.rpartition(")")  # a pointer to it or an array of it goes on behind
        return names.get(signature + closing, signature + closing) + suffix

    return _respell(api, spell), findings


def rename(api: Api, config: Config) -> tuple[Api, Findings]:
    """Apply the `rename` and `member-rename` patterns of every kind."""
    findings = Findings()
    records = {
        "struct": (Renames("structs.rename", config.structs.rename), config.structs.member_rename),
        "union": (Renames("unions.rename", config.unions.rename), config.unions.member_rename),
    }
    members = {kind: Renames(f"{kind}s.member-rename", patterns) for kind, (_, patterns) in records.items()}
    functions = Renames("functions.rename", config.functions.rename)
    enums = Renames("enums.rename", config.enums.rename)
    enum_members = Renames("enums.member-rename", config.enums.member_rename)
    constants = Renames("constants.rename", config.constants.rename)
    typedefs = Renames("typedefs.rename", config.typedefs.rename)
    callbacks = Renames("callbacks.rename", config.callbacks.rename)

    types = {r.name: records[r.kind][0].apply(r.name) for r in api.records}
    types |= {t.name: typedefs.apply(t.name) for t in api.typedefs}
    types |= {c.name: callbacks.apply(c.name) for c in api.callbacks}
    api = replace(
        api,
        functions=_each(api.functions, lambda f: _rename_function(f, functions)),
        inline_functions=_each(api.inline_functions, lambda f: replace(f, name=functions.apply(f.name))),
        aliases=_each(
            api.aliases, lambda a: replace(a, name=functions.apply(a.name), target=functions.apply(a.target))
        ),
        records=_each(api.records, lambda r: _rename_members(replace(r, name=types[r.name]), members[r.kind])),
        typedefs=_each(api.typedefs, lambda t: replace(t, name=types[t.name])),
        callbacks=_each(api.callbacks, lambda c: replace(c, name=types[c.name])),
        constants=_each(api.constants, lambda c: replace(c, name=constants.apply(c.name))),
        settings={
            table: tuple(replace(s, function=functions.apply(s.function), enum=enums.apply(s.enum)) for s in settings)
            for table, settings in api.settings.items()
        },
        enums=_each(
            api.enums,
            lambda e: replace(
                e,
                name=enums.apply(e.name),
                members=tuple(replace(m, name=enum_members.apply(m.name)) for m in e.members),
            ),
        ),
    )
    for renames in (functions, enums, enum_members, constants, typedefs, callbacks, *members.values()):
        findings.unused += renames.unused()
    findings.unused += [line for renames, _ in records.values() for line in renames.unused()]
    changed = {old: new for old, new in types.items() if old != new}
    return (_respell(api, _word_replacer(changed)) if changed else api), findings


def _word_replacer(words: dict[str, str]) -> Callable[[str], str]:
    return lambda type_: re.sub(r"\w+", lambda word: words.get(word[0], word[0]), type_)


def _rename_function(function: Function, renames: Renames) -> Function:
    name = renames.apply(function.name)
    return function if name == function.name else replace(function, name=name, symbol=function.name)


def _rename_members(record: Record, renames: Renames) -> Record:
    return replace(record, fields=tuple(replace(f, name=renames.apply(f.name)) for f in record.fields))


def _each(items: Iterable[D], change: Callable[[D], D]) -> tuple[D, ...]:
    return tuple(sorted((change(item) for item in items), key=lambda item: item.name))


def _respell(api: Api, spell: Callable[[str], str]) -> Api:
    """Rewrite every type of the API."""

    def slot(item: Slot) -> Slot:
        return replace(item, type=spell(item.type))

    F = TypeVar("F", Function, InlineFunction, Callback)

    def function(item: F) -> F:
        return replace(item, result=slot(item.result), params=tuple(map(slot, item.params)))

    def record(item: Record) -> Record:
        return replace(item, fields=tuple(replace(f, type=spell(f.type)) for f in item.fields))

    def typedef(item: Typedef) -> Typedef:
        return replace(item, type=spell(item.type))

    def setting(item: Setting) -> Setting:
        return replace(item, type=spell(item.type))

    return replace(
        api,
        functions=tuple(map(function, api.functions)),
        inline_functions=tuple(map(function, api.inline_functions)),
        callbacks=tuple(map(function, api.callbacks)),
        records=tuple(map(record, api.records)),
        typedefs=tuple(map(typedef, api.typedefs)),
        settings={table: tuple(map(setting, settings)) for table, settings in api.settings.items()},
    )
