"""The headers against the Rust definitions: a declaration that lies about arity, void or width is refused."""

from __future__ import annotations

from codegen.ctype import Types
from codegen.model import Api, Findings, Function
from codegen.rust import RustFunction


def compare_abi(api: Api, rust: dict[str, RustFunction]) -> Findings:
    findings, types = Findings(), Types(api)
    for function in api.functions:
        if definition := rust.get(function.symbol or function.name):
            findings.undecided += [
                f"{function.name}, defined in {definition.file}: {lie}" for lie in _lies(function, definition, types)
            ]
    return findings


def _lies(function: Function, definition: RustFunction, types: Types) -> list[str]:
    declared, defined = len(function.params), len(definition.params)
    if declared != defined:
        return [f"declared with {declared} parameters, defined with {defined}: exclude the function, with the reason"]
    slots = [("result", function.result, definition.result)]
    slots += [(p.name, p, r) for p, r in zip(function.params, definition.params, strict=True)]
    return [
        f"{place} is declared as {slot.type} ({width}), defined as {rust.type or '()'} ({rust.abi}): "
        "correct its type under corrections, with the reason"
        for place, slot, rust in slots
        if (width := types.width(slot.type)) != rust.abi and rust.abi != "?"
    ]
