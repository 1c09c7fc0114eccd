"""The passes in their order: one source and one allowlist in, one API out, with all that was found on the way."""

from __future__ import annotations

from msgspec.structs import replace

from codegen import clang, rust, sources
from codegen.abi import compare_abi
from codegen.bindable import check_bindable
from codegen.config import Config
from codegen.errors import Undecided
from codegen.grouping import check_inline_bodies, group_constants, group_settings
from codegen.model import Api, Findings
from codegen.naming import name_callbacks, rename
from codegen.ownership import decide_ownership
from codegen.select import select


def build(source: sources.Source, config: Config, strict: bool = True) -> tuple[Api, Findings]:
    """The API that `config` makes of `source`.

    With `strict` everything has to be decided, and every rule has to match (Undecided lists the rest). Without it,
    as for another version than the one the allowlist was written for, what is undecided is bound as it stands.
    """
    api, findings = read(source, config)
    definitions = rust.definitions(source.rust)
    for step in (select, name_callbacks):
        api, found = step(api, config)
        findings += found
    api, found = decide_ownership(api, config, definitions)
    findings += found
    findings += compare_abi(api, definitions)
    for step in (check_inline_bodies, group_constants, group_settings, rename, check_bindable):
        api, found = step(api, config)
        findings += found
    if strict and (findings.undecided or findings.unused):
        raise Undecided(findings.undecided + findings.unused)
    return api, findings


def read(source: sources.Source, config: Config) -> tuple[Api, Findings]:
    """All public declarations of the source's headers, with the features of the released library."""
    features, findings = set(config.features.enabled), Findings()
    headers = dict(source.headers)
    headers["wasmtime/conf.h"], known = sources.render_conf(headers.pop("wasmtime/conf.h.in"), features)
    stated = [*config.features.enabled, *config.features.disabled]
    findings.undecided += [f"features: {f} is new: is it in the released library?" for f in known if f not in stated]
    findings.unused += [f"features: {f} is not in conf.h.in any more" for f in stated if f not in known]
    api = clang.parse(headers, config.entry_points, source.version)
    return replace(api, features=tuple(sorted(features & set(known)))), findings
