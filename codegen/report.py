"""`codegen report`: what of the C API is bound, excused, used by the high level, and still open."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from codegen.model import KINDS, Api, Findings


def report(api: Api, findings: Findings, package: Path, exported: set[str] | None) -> str:
    text = "\n".join(path.read_text() for path in sorted(package.rglob("*.py")))
    words = set(re.findall(r"\w+", text))
    lines = [f"Wasmtime {api.version}, features {', '.join(api.features)}", ""]
    lines += [f"{'kind':18} {'bound':>6} {'excused':>8} {'used':>6} {'not yet':>8}"]
    excused = Counter(e.kind for e in api.excused)
    for kind in KINDS:
        names = [item.name for item in getattr(api, kind)]
        used = sum(name in words for name in names)
        dashed = kind.replace("_", "-")
        gone = excused["structs"] + excused["unions"] if kind == "records" else excused[dashed]
        lines.append(f"{dashed:18} {len(names):6} {gone:8} {used:6} {len(names) - used:8}")
    lines += ["", *_excuses(api), "", *_witnesses(api)]
    lines += _section("ownership open", findings.open, "no slot: every pointer has an owner")
    lines += _section("to decide", findings.undecided + findings.unused, "nothing")
    if exported is not None:
        declared = {f.symbol or f.name for f in api.functions} | {e.name for e in api.excused if e.kind == "functions"}
        wasm = {name for name in exported if name.startswith(("wasm", "wasi"))}
        lines += _section("exported by the library, not declared by the headers", sorted(wasm - declared), "none")
        lines += _section("declared by the headers, not exported by the library", sorted(declared - wasm), "none")
    not_yet = [f.name for f in api.functions if f.name not in words]
    lines += _section("functions that wasmtime_gen does not use yet", not_yet, "none")
    return "\n".join(lines) + "\n"


def _excuses(api: Api) -> list[str]:
    reasons = Counter((e.kind, e.reason) for e in api.excused)
    return ["excused"] + [f"  {count:4} {kind}: {reason}" for (kind, reason), count in sorted(reasons.items())]


def _witnesses(api: Api) -> list[str]:
    slots = [slot for f in api.functions for slot in (f.result, *f.params) if "*" in slot.type]
    voices = Counter("+".join(slot.witness) or "nobody" for slot in slots)
    return ["pointers by witness"] + [f"  {count:4} {voice}" for voice, count in voices.most_common()]


def _section(title: str, items: list[str], otherwise: str) -> list[str]:
    return ["", f"{title}: {len(items) or otherwise}", *(f"  {item}" for item in items)]
