"""Micro sources for the generator: a header, an allowlist and some Rust in place of a crate."""

from __future__ import annotations

from collections.abc import Mapping

from codegen import config, pipeline
from codegen.errors import Undecided
from codegen.model import Api, Findings
from codegen.sources import Source

VERSION = "1.2.3"
HEADER = "micro.h"


def source(headers: str | Mapping[str, str], rust: str = "", conf: str = "") -> Source:
    """A source whose only header is micro.h, or these; every source has a conf.h.in."""
    given = {HEADER: headers} if isinstance(headers, str) else dict(headers)
    return Source(VERSION, {"wasmtime/conf.h.in": conf} | given, {"lib.rs": rust})


def allow(rules: str = "", entry: str = HEADER, features: str = "enabled: []") -> config.Config:
    """The allowlist with these rules, in YAML."""
    return config.parse(f"entry-points: [{entry}]\nfeatures: {{{features}}}\n{rules}".encode(), "micro.yaml")


def every(*kinds: str) -> str:
    """Rules that bind everything of these kinds."""
    return "".join(f"{kind}: {{include: [.*]}}\n" for kind in kinds)


def build(header: str, rules: str = "", rust: str = "", strict: bool = True) -> tuple[Api, Findings]:
    return pipeline.build(source(header, rust), allow(rules), strict)


def decisions(header: str, rules: str = "", rust: str = "") -> list[str]:
    """What a strict build lists as to be decided; [] where it passes."""
    try:
        build(header, rules, rust)
    except Undecided as error:
        return list(error.problems)
    return []
