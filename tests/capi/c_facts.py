"""A C program that prints, as JSON, what the C compiler knows about everything that api.json holds.

{"records": {name: {"size", "align", "fields": {name: {"offset", "size", "typed"}}}},
 "typedefs": {name: {"size", "align"}}, "values": {name: value}, "signatures": {name: bool}}

"typed" and "signatures" tell whether the type in api.json is the one that C has. Keys are the names of api.json; C's
own names of fields, which the allowlist may change, come from what clang read.
"""

from __future__ import annotations

from collections.abc import Iterator

from codegen.model import Api, Callback, Function, Record, by_name

HEAD = """\
#include <stddef.h>
#include <stdio.h>
#include <wasmtime.h>
#define SAME __builtin_types_compatible_p
#define INTEGER(name) ((name) < 0 ? printf("%lld", (long long)(name)) : printf("%llu", (unsigned long long)(name)))
"""


def program(api: Api, in_c: Api) -> str:
    records = {
        r.name: {"size": size, "align": align, "fields": fields} for r, size, align, fields in _Records(api, in_c).all()
    }
    typedefs = {
        t.name: {"size": _number(f"sizeof({t.name})"), "align": _number(f"_Alignof({t.name})")} for t in api.typedefs
    }
    constants = {c.name: c.value for c in api.constants} | {m.name: m.value for e in api.enums for m in e.members}
    values = {name: _text(name) if isinstance(v, str) else f"INTEGER({name});" for name, v in constants.items()}
    signatures = {f.name: _same(f"__typeof__(&{f.symbol or f.name})", _pointer(f)) for f in api.functions}
    signatures |= {c.name: _same(c.name, _pointer(c)) for c in api.callbacks}
    facts = {"records": records, "typedefs": typedefs, "values": values, "signatures": signatures}
    return f"{HEAD}{in_place_callbacks(api, in_c)}int main(void) {{\n{_object(facts)}}}\n"


def in_place_callbacks(api: Api, in_c: Api) -> str:
    """Typedefs for the function pointers that the headers write in place: their names are the allowlist's."""
    named = by_name(in_c.callbacks)
    return "".join(f"typedef {_pointer(c, c.name)};\n" for c in api.callbacks if c.name not in named)


def _pointer(item: Function | Callback, name: str = "") -> str:
    return f"{item.result.type} (*{name})({', '.join(p.type for p in item.params) or 'void'})"


class _Records:
    """Records with a name in C speak for themselves; a record written inside another one is reached through it."""

    def __init__(self, api: Api, in_c: Api) -> None:
        self.records = by_name(api.records)
        self.c_fields = {r.name: [f.name for f in r.fields] for r in in_c.records}
        self.inside = {  # the record written in place: its holder, and the field
            field.type: (record.name, field.name)
            for record in in_c.records
            for field in record.fields
            if field.type in self.records and field.type in (f"{record.name}_{field.name}", f"{record.name}_anonymous0")
        }

    def all(self) -> Iterator[tuple[Record, str, str, dict[str, object]]]:
        for record in self.records.values():
            holder, member = self.inside.get(record.name, (record.name, ""))
            if record.opaque or (holder != record.name and not member):
                continue  # the fields of an anonymous member are those of its holder
            object_ = f"(*({holder}*)0)" + (f".{member}" if member else "")
            base = f" - offsetof({holder}, {member})" if member else ""
            fields: dict[str, object] = {
                name: {
                    "offset": _number(f"offsetof({holder}, {member and member + '.'}{path}){base}"),
                    "size": _number(f"sizeof({object_}.{path})"),
                    "typed": "true" if type_ in self.inside else _same(f"__typeof__({object_}.{path})", type_),
                }
                for name, path, type_ in self.fields(record)
            }
            yield record, _number(f"sizeof({object_})"), _number(f"_Alignof(__typeof__({object_}))"), fields

    def fields(self, record: Record) -> Iterator[tuple[str, str, str]]:
        """Name in Python, name in C, and type of each field, those of anonymous members included."""
        for field, c_name in zip(record.fields, self.c_fields[record.name], strict=True):
            if field.name:
                yield field.name, c_name, field.type
            else:
                yield from self.fields(self.records[field.type])


def _number(expression: str) -> str:
    return f'printf("%zu", (size_t)({expression}));'


def _text(expression: str) -> str:
    return f'printf("\\"%s\\"", {expression});'


def _same(a: str, b: str) -> str:
    return f'printf(SAME({a}, {b}) ? "true" : "false");'


def _object(facts: dict[str, object] | dict[str, str]) -> str:
    """Statements that print these facts as a JSON object: each leaf is a statement, or a literal."""
    lines = ['printf("{");']
    for index, (name, value) in enumerate(facts.items()):
        lines.append(f'printf("{"," if index else ""}\\n\\"{name}\\": ");')
        if isinstance(value, dict):
            lines.append(_object(value))
        else:
            lines.append(f'printf("{value}");' if value == "true" else str(value))
    return "\n".join([*lines, 'printf("}");', ""])
