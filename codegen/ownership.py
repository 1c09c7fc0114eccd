"""Who owns what: `own` in wasm.h, the Rust definitions, then the allowlist's patterns for what neither decides.

Each pointer slot gets a decision, whether it can be null, and its witnesses. Two witnesses that contradict each other
stop regen; a slot that nobody decides is listed by `codegen report`.

owned      the callee takes it (parameter), or the caller has to delete it (result)
borrowed   nothing changes hands
out        a slot that is written; what it gets needs no delete
out-owned  a slot that is written; what it gets is the caller's to delete
opaque     user data that the library only carries
"""

from __future__ import annotations

import re
from typing import Protocol

from msgspec.structs import replace

from codegen.config import Config, Correction, Ownership
from codegen.ctype import Types
from codegen.model import Api, Callback, Findings, Function, InlineFunction, Slot
from codegen.rust import RustFunction, RustSlot

# `own` speaks for the whole of wasm.h: there, a pointer without it is borrowed.
OWN_HEADERS = ("wasm.h",)


class _Signature(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def header(self) -> str: ...
    @property
    def result(self) -> Slot: ...
    @property
    def params(self) -> tuple[Slot, ...]: ...


def decide_ownership(api: Api, config: Config, rust: dict[str, RustFunction]) -> tuple[Api, Findings]:
    judge = _Judge(Types(api), config)

    def function(item: Function) -> Function:
        seen = rust.get(item.name)
        item = judge.correct(item)
        params = tuple(
            judge.slot(item, slot, seen.params[i] if seen and i < len(seen.params) else None)
            for i, slot in enumerate(item.params)
        )
        return replace(item, params=params, result=judge.slot(item, item.result, seen.result if seen else None))

    functions = tuple(map(function, api.functions))
    inline = tuple(_from_header(judge, f) for f in api.inline_functions)
    callbacks = tuple(_from_header(judge, c) for c in api.callbacks)
    api = replace(api, functions=functions, inline_functions=inline, callbacks=callbacks)
    return api, judge.close()


def _from_header(judge: _Judge, item: InlineFunction | Callback) -> InlineFunction | Callback:
    params = tuple(judge.slot(item, slot, None) for slot in item.params)
    return replace(item, params=params, result=judge.slot(item, item.result, None))


class _Judge:
    def __init__(self, types: Types, config: Config) -> None:
        self.types = types
        self.rules = [_Rule(i, rule) for i, rule in enumerate(config.ownership)]
        self.corrections = {(c.function, c.slot): c for c in config.corrections}
        self.used: set[tuple[str, str]] = set()
        self.findings = Findings()

    def correct(self, function: Function) -> Function:
        """Apply the corrections of types: a header that lies is not to be believed in any later step."""

        def fix(slot: Slot, place: str) -> Slot:
            correction = self._correction(function.name, place)
            if correction is None or correction.type is None:
                return slot
            return replace(slot, type=correction.type, witness=("yaml",))

        params = tuple(fix(p, p.name) for p in function.params)
        return replace(function, params=params, result=fix(function.result, "result"))

    def _correction(self, function: str, place: str) -> Correction | None:
        if found := self.corrections.get((function, place)):
            self.used.add((function, place))
        return found

    def slot(self, item: _Signature, slot: Slot, rust: RustSlot | None) -> Slot:
        if not self.types.is_pointer(slot.type) or self.types.is_callback(slot.type):
            nullable = rust.nullable if rust and self.types.is_callback(slot.type) else None
            return replace(slot, nullable=nullable, witness=("rust",)) if nullable is not None else slot
        place = slot.name or "result"
        correction = self._correction(item.name, place)
        if correction and correction.decision:
            return replace(slot, ownership=correction.decision, nullable=correction.nullable, witness=("yaml",))
        said = self._witnesses(item, slot, rust, place)
        for rule in self.rules:
            if rule.fits(item.name, place, slot.type) and rule.may_decide(said):
                return rule.decide(said)
        if not said.ownership:
            self.findings.open.append(f"{item.name}.{place}: {slot.type}")
        return said

    def _witnesses(self, item: _Signature, slot: Slot, rust: RustSlot | None, place: str) -> Slot:
        own = slot.ownership
        if not own and item.header in OWN_HEADERS and not slot.type.startswith("void*"):
            own = "borrowed"
        said = rust.ownership if rust else ""
        if own and said and not self._agree(own, said, slot):
            self.findings.undecided.append(
                f"corrections: {item.name}.{place}: {slot.type} is {own} in {item.header}, "
                f"but {said} in Rust ({rust.type if rust else ''}): say which is right, and why"
            )
        witness = tuple(
            name for name, voice in (("own", own), ("rust", said or (rust and rust.nullable is not None))) if voice
        )
        return replace(slot, ownership=_stronger(own, said), nullable=rust.nullable if rust else None, witness=witness)

    def _agree(self, own: str, said: str, slot: Slot) -> bool:
        if own == said or (own, said) == ("out-owned", "out"):
            return True
        # Rust writes `&mut T` for a plain struct whose contents are taken, or that is filled.
        by_reference = said == "borrowed" and not self.types.is_opaque(slot.type)
        return by_reference and own in ("owned", "out-owned") and not slot.type.startswith("const ")

    def close(self) -> Findings:
        self.findings.unused += [line for rule in self.rules for line in rule.unused()]
        self.findings.unused += [
            f"corrections: {name}.{place}: no such slot"
            for name, place in self.corrections
            if (name, place) not in self.used
        ]
        return self.findings


def _stronger(own: str, said: str) -> str:
    """The more precise of two decisions that agree."""
    return own if own in ("owned", "out-owned") or not said else said


class _Rule:
    def __init__(self, index: int, rule: Ownership) -> None:
        self.index, self.rule, self.matched = index, rule, False
        self._patterns = tuple(re.compile(p) for p in (rule.functions, rule.slots, rule.types))

    def fits(self, function: str, place: str, type_: str) -> bool:
        return all(p.fullmatch(text) for p, text in zip(self._patterns, (function, place, type_), strict=True))

    def may_decide(self, said: Slot) -> bool:
        """A rule speaks where no witness did, or makes an out-slot of what Rust calls a mutable reference."""
        refines = said.ownership in ("borrowed", "out") and self.rule.decision in ("out", "out-owned")
        refines = refines and "own" not in said.witness and not said.type.startswith("const ")
        return not said.ownership or (refines and said.ownership != self.rule.decision)

    def decide(self, said: Slot) -> Slot:
        self.matched = True
        nullable = said.nullable if said.nullable is not None else self.rule.nullable
        return replace(said, ownership=self.rule.decision, nullable=nullable, witness=(*said.witness, "yaml"))

    def unused(self) -> list[str]:
        return [] if self.matched else [f"ownership[{self.index}]: decides nothing ({self.rule.reason})"]
