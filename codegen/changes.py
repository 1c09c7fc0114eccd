"""What an upgrade report is made of: one `Change` a changed item, the groups in reading order, and the two writers.

`codegen.diff` finds the changes. A report names no absolute path and no time, so the same changes give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import msgspec


class Change(msgspec.Struct, frozen=True):
    group: str  # a key of GROUPS
    breaking: bool
    name: str  # the C name
    detail: str  # one line, plain text


class Group(NamedTuple):
    note: str  # what it means for us
    breaking: bool = False
    quiet: bool = False  # shortened, and without the lines that use it


# All groups in the order of the report: breaking ones first, and among them the silent dangers early.
GROUPS = {
    "functions removed": Group("The headers no longer declare them.", True),
    "functions re-typed under the same name": Group(
        "The name still resolves, so a call of the old form reads or writes the wrong memory. Parameters count from 0.",
        True,
    ),
    "functions whose parameters changed places": Group(
        "The types are the same in another order: nothing fails, the values arrive swapped.", True
    ),
    "functions whose ownership or nullability changed": Group(
        "The C types are the same, but another side frees, or NULL means something else: a leak or a double free.",
        True,
    ),
    "records whose layout changed": Group(
        "Memory of the old layout has the wrong size, or its fields are read at the wrong place.", True
    ),
    "records changed by what they hold": Group("They hold a changed record or typedef by value.", True),
    "records removed": Group("No declaration is left.", True),
    "records that became opaque": Group("Size and fields are private now: only pointers to them are left.", True),
    "typedefs whose type changed": Group("The same name means another C type, in every signature with it.", True),
    "typedefs removed": Group("No declaration is left.", True),
    "callbacks whose signature changed": Group("Wasmtime calls us with other arguments, or expects others back.", True),
    "callbacks removed": Group("No declaration is left.", True),
    "constants and enum members whose value changed": Group("A value that is written out by hand is wrong now.", True),
    "constants and enum members removed": Group("No declaration is left.", True),
    "enums removed": Group("Their members are listed above, unless they moved to another place.", True),
    "inline functions that changed": Group("They are ported by hand: review the port, then accept the change.", True),
    "inline functions removed": Group("The port has nothing to follow any more.", True),
    "aliases that name another function": Group("The same spelling calls something else.", True),
    "aliases removed": Group("No declaration is left.", True),
    "settings that changed": Group("An option of the high level takes another value.", True),
    "settings removed": Group("An option of the high level is gone.", True),
    "functions added": Group("Bound already if a pattern of the allowlist fits."),
    "records added": Group("New types."),
    "records that became concrete": Group("Size and fields are public now."),
    "typedefs added": Group("New names for types."),
    "callbacks added": Group("New function-pointer types."),
    "constants and enum members added": Group("New values: a table that lists them all by hand is incomplete."),
    "enums added": Group("New enums: their members are listed above."),
    "constants and enum members that moved": Group("Same name and value, in another enum or in none."),
    "inline functions added": Group("To be ported by hand, if they are of use."),
    "aliases added": Group("New names for functions."),
    "settings added": Group("New options of the high level."),
    "features changed": Group("What the headers were rendered for."),
    "ownership or nullability stated for the first time": Group("Nothing was known before: compare it with our use."),
    "functions whose leaf changed": Group("Leaf functions are called without releasing the GIL."),
    "parameters renamed": Group("The C types are the same.", quiet=True),
    "excused declarations added": Group("The allowlist says why they are not bound.", quiet=True),
    "excused declarations removed": Group("They are gone, or bound now.", quiet=True),
    "macros added": Group("Seen, never bound.", quiet=True),
    "macros removed": Group("Seen, never bound.", quiet=True),
}

_QUIET_LIMIT = 8  # entries, and names in an entry, of a quiet group
_USE_LIMIT = 20  # lines that use the names of one entry
_CODE_WIDTH = 100  # characters of a line that is quoted


def change(group: str, name: str, *details: str) -> Change:
    return Change(group, GROUPS[group].breaking, name, "; ".join(filter(None, details)))


def shorten(items: Sequence[str], limit: int) -> str:
    """a, b, c and 4 more"""
    rest = len(items) - limit
    return ", ".join(items) if rest <= 0 else f"{', '.join(items[:limit])} and {rest} more"


def uses(package: Path, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The lines of the hand-written package with each name as a whole word; () for a name without any."""
    if not package.is_dir():
        return {}
    found: dict[str, list[str]] = {name: [] for name in sorted(set(names))}
    for file in sorted(package.rglob("*.py")):
        place = file.relative_to(package.parent).as_posix()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for word in sorted(found.keys() & set(re.findall(r"\w+", line))):
                text = line.strip()
                text = text if len(text) <= _CODE_WIDTH else text[: _CODE_WIDTH - 3] + "..."
                found[word].append(f"{place}:{number}: {text}")
    return {name: tuple(lines) for name, lines in found.items()}


def as_text(changes: Sequence[Change], old_version: str, new_version: str, uses: Mapping[str, Sequence[str]]) -> str:
    """The report for a terminal, with a newline at its end."""
    if not changes:
        return _unchanged(old_version, new_version) + "\n"
    lines = [f"Wasmtime's C API from {old_version} to {new_version}: {_counts(changes)}"]
    for group, entries, count in _grouped(changes):
        prefix = "BREAKING: " if GROUPS[group].breaking else ""
        lines += ["", f"{prefix}{group} ({count})", f"  {GROUPS[group].note}", ""]
        limit = _QUIET_LIMIT if GROUPS[group].quiet else len(entries)
        for entry in entries[:limit]:
            shown = entry.names[:_QUIET_LIMIT] if GROUPS[group].quiet else entry.names
            lines += [f"  {name}" for name in shown]
            lines += _more(len(entry.names) - len(shown), "  ")
            lines += [f"      {detail}" for detail in entry.detail.split("; ") if detail]
            used, remark = _used(entry, uses)
            lines += [f"      > {line}" for line in used]
            lines += [f"      ({remark})"] if remark else []
        lines += _more(len(entries) - limit, "  ")
    return "\n".join(lines) + "\n"


def as_markdown(
    changes: Sequence[Change], old_version: str, new_version: str, uses: Mapping[str, Sequence[str]]
) -> str:
    """The report as generated/API_CHANGES.md."""
    lines = [f"# Wasmtime's C API from {old_version} to {new_version}", ""]
    if not changes:
        return "\n".join([*lines, _unchanged(old_version, new_version)]) + "\n"
    lines.append(f"{_counts(changes)}.")
    section = ""
    for group, entries, count in _grouped(changes):
        if section != (section := "## Breaking" if GROUPS[group].breaking else "## Other changes"):
            lines += ["", section]
        lines += ["", f"### {group[0].upper()}{group[1:]} ({count})", "", GROUPS[group].note, ""]
        limit = _QUIET_LIMIT if GROUPS[group].quiet else len(entries)
        for entry in entries[:limit]:
            names = [_code(name) for name in entry.names]
            shown = shorten(names, _QUIET_LIMIT if GROUPS[group].quiet else len(names))
            used, remark = _used(entry, uses)
            lines.append(f"- {shown}" + f": {_spans(entry.detail)}" * bool(entry.detail))
            lines += [f"  - {_code(line)}" for line in used]
            if used and remark:
                lines.append(f"  - {remark}")
            elif remark:
                lines[-1] += f" ({remark})"
        lines += _more(len(entries) - limit, "- ")
    return "\n".join(lines) + "\n"


class _Entry(NamedTuple):
    """Changes of one group that differ in their names only: they are read as one."""

    names: tuple[str, ...]
    detail: str
    change: Change


def _grouped(changes: Sequence[Change]) -> Iterator[tuple[str, list[_Entry], int]]:
    for group, members in groupby(changes, key=lambda c: c.group):
        alike: dict[str, list[Change]] = {}
        for member in members:
            alike.setdefault(member.detail, []).append(member)
        entries = [_Entry(tuple(c.name for c in same), detail, same[0]) for detail, same in alike.items()]
        yield group, entries, sum(len(entry.names) for entry in entries)


def _used(entry: _Entry, uses: Mapping[str, Sequence[str]]) -> tuple[list[str], str]:
    """The lines to show under an entry, and what is to be said about them."""
    if GROUPS[entry.change.group].quiet:
        return [], ""
    lines = list(dict.fromkeys(line for name in entry.names for line in uses.get(name, ())))
    if len(lines) > _USE_LIMIT:
        return lines[:_USE_LIMIT], f"and {len(lines) - _USE_LIMIT} more lines"
    searched = all(name in uses for name in entry.names)
    if entry.change.breaking and searched and not lines:
        return [], "no line of the package names " + ("it" if len(entry.names) == 1 else "them")
    return lines, ""


def _more(count: int, indent: str) -> list[str]:
    return [f"{indent}and {count} more"] if count > 0 else []


def _counts(changes: Sequence[Change]) -> str:
    breaking = sum(c.breaking for c in changes)
    others = len(changes) - breaking
    return f"{breaking} breaking, {others} other change{'' if others == 1 else 's'}"


def _unchanged(old_version: str, new_version: str) -> str:
    return f"Wasmtime's C API did not change from {old_version} to {new_version}."


# What is C in a detail: function pointers, pointers and arrays, names with an underscore, builtin types, and the names
# of parameters and fields.
_C = re.compile(
    r"""(?:const[ ])?\w+(?:\*|[ ]const)*[ ]\(\*\)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)
      | (?:(?:const|unsigned|signed)[ ])*\w+(?:\*|\[-?\d+\])(?:\*|\[-?\d+\]|[ ]const)*
      | (?:const[ ])?\b\w*_\w*
      | (?:const[ ])?\b(?:(?:unsigned|signed)[ ](?:int|char)|bool|char|int|float|double|void)\b
      | (?<=now[ ]called[ ])\w+ | (?<=field[ ])\w+ | (?<=param[ ]\d[ ])\w+ | (?<=param[ ]\d\d[ ])\w+
      | "[^"]*" """,
    re.VERBOSE,
)


def _spans(detail: str) -> str:
    """The detail as Markdown: what is C in code spans, what would be markup elsewhere escaped."""
    parts, end = [], 0
    for match in _C.finditer(detail):
        parts += [re.sub(r"([*_<`\\])", r"\\\1", detail[end : match.start()]), _code(match[0])]
        end = match.end()
    return "".join(parts) + re.sub(r"([*_<`\\])", r"\\\1", detail[end:])


def _code(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence, blank = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{blank}{text}{blank}{fence}"
