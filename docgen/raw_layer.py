"""The reference of wasmtime_capi: every C function by its header, who owns what, and where wasmtime_gen has it."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

from codegen.model import Api, Function, InlineFunction, Slot, load
from codegen.prototype import prototype, slot
from docgen.c_use import Use, uses
from wasmtime_gen._config.keywords import Options

Bound = Function | InlineFunction
_HOMES = 6  # that are shown of one function
_OWNERSHIP = {
    "owned": "owned",
    "borrowed": "borrowed",
    "opaque": "passed on as it is",
    "out": "written to",
    "out-owned": "written to, and what is written is owned",
}
_INTRODUCTION = """# What is bound

`wasmtime_capi` is the C API of Wasmtime {version}, to the letter: {functions} functions, {inlines} inline functions
ported by hand, {records} records, {enums} enums, {constants} constants. [It is generated](../maintaining/generator.md).
Use it for what `wasmtime_gen` does not wrap yet. Nothing is checked there: what is wrong ends the process.

```python
from wasmtime_capi import WASMTIME_VERSION, wasm_engine_delete, wasm_engine_new

engine = wasm_engine_new()
wasm_engine_delete(engine)
print(WASMTIME_VERSION)
```

```text
{version}
```

## How to read it

Above each function stands its C prototype, with words that C lacks:

- `own` before a parameter: the function takes the object over. Before the result: the caller has to delete it.
- `out`: the function writes there. `out own`: what it writes is the caller's to delete.
- `_Nonnull` and `_Nullable`: what NULL does. Without either, the library does not say.

**Said by** tells who decided that: `own` is a mark in the header, `rust` the library's own definition, `yaml` a rule of
the allowlist. **In Python** names the methods of `wasmtime_gen` that call it, or its internal modules.

## Headers

| header | functions | of them in `wasmtime_gen` |
|---|---:|---:|
"""


@cache
def pages(root: Path) -> dict[str, str]:
    """The pages by their paths: one for each header, and the introduction."""
    api = load((root / "generated" / "api.json").read_bytes())
    items: tuple[Bound, ...] = (*api.functions, *api.inline_functions)
    homes = uses(root / "wasmtime_gen", [item.name for item in items])
    settings = api.settings.get("config", ())
    options = {each.function: each.name for each in settings if each.name in Options.__annotations__}
    by_header: dict[str, list[Bound]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.name):
        by_header[item.header].append(item)
    headers = sorted(by_header, key=lambda header: (header.count("/"), header))
    made = {"capi/index.md": _introduction(api, headers, by_header, set(homes) | set(options))}
    for header in headers:
        entries = [_entry(item, homes.get(item.name, []), options.get(item.name, "")) for item in by_header[header]]
        made[_path(header)] = "\n".join([f"# `{header}`", "", *entries])
    made["capi/excused.md"] = _excused(api)
    return made


def _path(header: str) -> str:
    return f"capi/{header.removesuffix('.h').replace('/', '-')}.md"


def _introduction(api: Api, headers: list[str], by_header: dict[str, list[Bound]], used: set[str]) -> str:
    counts = {kind: len(getattr(api, kind)) for kind in ("functions", "records", "enums", "constants")}
    lines = [_INTRODUCTION.format(version=api.version, inlines=len(api.inline_functions), **counts).rstrip()]
    for header in headers:
        names = [item.name for item in by_header[header]]
        inside = sum(name in used for name in names)
        lines.append(f"| [`{header}`]({_path(header).removeprefix('capi/')}) | {len(names)} | {inside} |")
    return "\n".join(lines) + "\n"


def _entry(item: Bound, homes: list[Use], option: str) -> str:
    lines = [f"## {item.name} {{#{item.name}}}", "", "``` {.c .c-prototype}", _prototype(item), "```", ""]
    lines += [f"- {line}" for line in _ownership(item)]
    lines.append(f"- **In Python:** {_homes(item, homes, option)}")
    return "\n".join(lines) + "\n"


def _prototype(item: Bound) -> str:
    """On one line where it fits, otherwise a parameter a line."""
    line = prototype(item)
    if len(line) <= 100:
        return line
    return f"{slot(item.result)} {item.name}(\n" + ",\n".join(f"    {slot(each)}" for each in item.params) + ")"


def _ownership(item: Bound) -> list[str]:
    told: dict[str, list[str]] = defaultdict(list)
    said: dict[str, list[str]] = defaultdict(list)
    for place in (item.result, *item.params):
        name = f"`{place.name}`" if place is not item.result else "the result"
        if place.ownership:
            told[_told(place)].append(name)
            said[" and ".join(place.witness)].append(name)
    lines = [f"{', '.join(names)}: {what}" for what, names in told.items()]
    if told:
        lines.append("**Said by:** " + "; ".join(f"{who} ({', '.join(names)})" for who, names in sorted(said.items())))
    return lines


def _told(place: Slot) -> str:
    null = {True: ", may be NULL", False: ", never NULL", None: ""}[place.nullable]
    return _OWNERSHIP[place.ownership] + null


def _homes(item: Bound, homes: list[Use], option: str) -> str:
    if option:
        return f"[`Config({option}=...)`][wasmtime_gen.Config.{option}]"
    public = list(dict.fromkeys(use.public for use in homes if use.public))
    if public:
        more = f" and {len(public) - _HOMES} more" if len(public) > _HOMES else ""
        return ", ".join(f"[`{name}`][wasmtime_gen.{name}]" for name in public[:_HOMES]) + more
    inside = list(dict.fromkeys(f"`wasmtime_gen.{use.module}`" for use in homes))
    if inside:
        return "inside, in " + ", ".join(inside)
    kind = "ported by hand, as" if isinstance(item, InlineFunction) else "not wrapped yet: call"
    return f"{kind} `wasmtime_capi.{item.name}`"


def _excused(api: Api) -> str:
    lines = ["# What is not bound", "", "Each with the reason that the allowlist gives.", ""]
    by_reason: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in api.excused:
        by_reason[each.kind, each.reason].append(each.name)
    counts = Counter(each.kind for each in api.excused)
    lines += [", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) + ".", ""]
    for (kind, reason), names in sorted(by_reason.items()):
        lines += [f"## {kind}: {reason}", "", ", ".join(f"`{name}`" for name in names), ""]
    return "\n".join(lines)
