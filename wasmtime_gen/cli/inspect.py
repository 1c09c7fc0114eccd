"""`wasmtime-gen inspect`: what a module or a component imports, exports and consists of."""

from __future__ import annotations

import json
from typing import Any

import click

from wasmtime_gen._customsections import module_name
from wasmtime_gen._run.footprint import footprint
from wasmtime_gen._table.limits import defined_tables
from wasmtime_gen._table.limits import sections as plain_sections
from wasmtime_gen._usercache import cached_module
from wasmtime_gen.cli.components import component_name, names
from wasmtime_gen.cli.files import File, file_argument, read
from wasmtime_gen.cli.sections import producers, sections
from wasmtime_gen.cli.terminal import console, plain, size, table

_TABLES = 4


@click.command(
    "inspect",
    help="Tell what FILE imports and exports, its memories and tables, its sections, and its makers.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@file_argument
def command(file: str, as_json: bool) -> None:
    found = read(file)
    facts = _of_component(found) if found.is_component else _of_module(found)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    else:
        _show(facts)


def _of_module(file: File) -> dict[str, Any]:
    module = file.use("be compiled", cached_module)
    memories = footprint(file.wasm)._memories
    tables = defined_tables(plain_sections(file.wasm, (_TABLES,))[_TABLES])
    return {
        **_common(file, "module", module_name(file.wasm)),
        "imports": [
            {"module": each.module, "name": each.name, "kind": each.type.kind, "type": _type(each.type)}
            for each in module.imports
        ],
        "exports": [{"name": each.name, "kind": each.type.kind, "type": _type(each.type)} for each in module.exports],
        "memories": [{"minimum": each.minimum, "maximum": each.maximum, "shared": each.shared} for each in memories],
        "tables": [{"minimum": each.minimum, "maximum": each.maximum} for each in tables],
        **_parts(file),
    }


def _of_component(file: File) -> dict[str, Any]:
    return {
        **_common(file, "component", component_name(file.wasm)),
        **{
            f"{kind}s": [{"name": name, "kind": sort} for name, sort in names(file.wasm, kind)]
            for kind in ("import", "export")
        },
        **_parts(file),
    }


def _common(file: File, kind: str, name: str | None) -> dict[str, Any]:
    form = "text" if file.is_text else "binary"
    return {"file": file.path, "kind": kind, "format": form, "name": name, "size": len(file.content)}


def _parts(file: File) -> dict[str, Any]:
    return {
        "binary_size": len(file.wasm),
        "sections": [{"name": each.name, "custom": each.is_custom, "size": each.size} for each in sections(file.wasm)],
        "producers": producers(file.wasm),
    }


def _type(type_: Any) -> str:
    return str(type_) if type_.kind == "func" else str(type_.wat)


def _show(facts: dict[str, Any]) -> None:
    out = console()
    name = "" if facts["name"] is None else f" named {facts['name']!r}"
    sizes = size(facts["size"])
    if facts["format"] == "text":
        sizes += f", {size(facts['binary_size'])} in the binary format"
    lines = {
        "imports": ["module", "name", "kind", "type"] if facts["kind"] == "module" else ["name", "kind"],
        "exports": ["name", "kind", "type"] if facts["kind"] == "module" else ["name", "kind"],
    }
    out.print(
        plain(f"{facts['file']}: a {facts['kind']}{name} in the {facts['format']} format, {sizes}"), soft_wrap=True
    )
    for title, columns in lines.items():
        _print(out, title, columns, [list(each.values()) for each in facts[title]])
    _print(out, "memories", [">begins with", ">grows to", "shared"], map(_memory, facts.get("memories", ())))
    _print(out, "tables", [">begins with", ">grows to"], map(_table, facts.get("tables", ())))
    _print(out, "sections", ["name", "kind", ">size"], map(_section, facts["sections"]))
    rows = [(field, " ".join(value)) for field, values in facts["producers"].items() for value in values]
    _print(out, "producers", ["", ""], rows)


def _print(out: Any, title: str, columns: list[str], rows: Any) -> None:
    found = list(rows)
    if found:
        out.print(table(title, columns, found))


def _memory(memory: dict[str, Any]) -> tuple[str, str, str]:
    return size(memory["minimum"]), size(memory["maximum"]), "yes" if memory["shared"] else "no"


def _table(found: dict[str, Any]) -> tuple[str, str]:
    most = found["maximum"]
    return f"{found['minimum']} elements", "" if most is None else f"{most} elements"


def _section(section: dict[str, Any]) -> tuple[str, str, str]:
    return section["name"], "custom" if section["custom"] else "", size(section["size"])
