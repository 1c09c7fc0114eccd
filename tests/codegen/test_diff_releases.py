"""What the upgrade report says about the last releases of Wasmtime, with the features of the released library.

The headers come from cargo's cache and never from the network.
"""

from __future__ import annotations

import os
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from codegen import clang, sources
from codegen.diff import Change, as_markdown, as_text, compare
from codegen.model import KINDS, Api

VERSIONS = ("46.0.1", "47.0.0", "48.0.0", "49.0.0", "50.0.0")


@cache
def released(version: str, *off: str) -> Api:
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    crates = sorted(home.glob(f"registry/cache/*/{sources.CRATE}-{version}.crate"))
    if not crates:
        pytest.skip(
            f"{sources.CRATE} {version} is not in cargo's cache: cargo info {sources.CRATE}@{version} fetches it"
        )
    source = sources.read(crates[0])
    headers = dict(source.headers)
    template = headers.pop("wasmtime/conf.h.in")
    features = set(sources.render_conf(template, set())[1]) - {"DISABLE_LOGGING", "ALL_ARCH", *off}
    headers["wasmtime/conf.h"], _ = sources.render_conf(template, features)
    return replace(clang.parse(headers, ["wasmtime.h"], source.version), features=tuple(sorted(features)))


def told(changes: tuple[Change, ...]) -> dict[str, dict[str, str]]:
    """group -> name -> detail"""
    groups: dict[str, dict[str, str]] = {}
    for change in changes:
        groups.setdefault(change.group, {})[change.name] = change.detail
    return groups


def step(old: str, new: str) -> dict[str, dict[str, str]]:
    return told(compare(released(old), released(new)))


def test_46_to_47_adds_a_trap_code_and_breaks_nothing_that_is_called() -> None:
    assert step("46.0.1", "47.0.0") == {
        "inline functions that changed": {"__wasmtime_val_assertions": "the body differs"},
        "constants and enum members added": {
            "WASMTIME_TRAP_CODE_UNCAUGHT_EXCEPTION": "49 in enum wasmtime_trap_code_enum"
        },
        "macros added": {"WASMTIME_ALIGNOF": ""},
    }


def test_47_to_48_takes_a_parameter_from_preopen_dir_and_the_permissions_away() -> None:
    groups = step("47.0.0", "48.0.0")
    assert groups == {
        "functions re-typed under the same name": {
            "wasi_config_preopen_dir": "5 -> 4 params; "
            "param 3 dir_perms: wasi_dir_perms -> bool, is now called fs_mutable; "
            "param 4 file_perms (wasi_file_perms) removed"
        },
        "typedefs removed": {
            "wasi_dir_perms": "declared in wasi.h until now; was used by 1 function: wasi_config_preopen_dir"
        },
        "constants and enum members removed": {
            f"WASMTIME_WASI_{what.upper()}_PERMS_{how}": f"was {value} in enum wasi_{what}_perms_flags"
            for what in ("dir", "file")
            for how, value in (("READ", 1), ("WRITE", 2))
        },
        "enums removed": dict.fromkeys(
            ("wasi_dir_perms_flags", "wasi_file_perms_flags"), "declared in wasi.h until now"
        ),
    }


def test_48_to_49_names_the_record_that_grew_and_the_six_retyped_functions() -> None:
    groups = step("48.0.0", "49.0.0")
    item_to_extern = "wasmtime_component_item_t* -> wasmtime_component_extern_t**"
    get, nth = f"param 4 ret: {item_to_extern}", f"param 5 type_ret: {item_to_extern}, is now called ret"
    assert groups.pop("functions re-typed under the same name") == {
        "wasmtime_component_instance_type_export_get": get,
        "wasmtime_component_instance_type_export_nth": nth,
        "wasmtime_component_type_export_get": get,
        "wasmtime_component_type_export_nth": nth,
        "wasmtime_component_type_import_get": get,
        "wasmtime_component_type_import_nth": nth,
    }
    assert groups.pop("records whose layout changed") == {
        "wasmtime_component_func_t": "grew from 24 to 32 bytes; field __private3 (void* at byte 24) added; "
        "used by 5 functions: wasmtime_component_func_call, wasmtime_component_func_call_async, "
        "wasmtime_component_func_post_return, wasmtime_component_func_type, wasmtime_component_instance_get_func"
    }
    assert {group: list(names) for group, names in groups.items()} == {
        "functions added": [
            *(
                f"wasmtime_component_extern_{name}"
                for name in ("clone", "delete", "external_id", "implements", "is_implements", "type")
            ),
            "wasmtime_config_wasm_component_model_implements_set",
        ],
        "records added": ["wasmtime_component_extern_t"],
    }


def test_49_to_50_makes_the_epoch_callback_s_context_const_and_adds_four_traps() -> None:
    groups = step("49.0.0", "50.0.0")
    assert groups.pop("callbacks whose signature changed") == {
        "wasmtime_error_t* (*)(wasmtime_context_t*, void*, uint64_t*, wasmtime_update_deadline_kind_t*)": (
            "param 0 context: wasmtime_context_t* -> const wasmtime_context_t*; "
            "used by 1 function: wasmtime_store_epoch_deadline_callback"
        )
    }
    assert {group: list(names) for group, names in groups.items()} == {
        "functions added": [
            "wasmtime_config_wasm_compact_imports_set",
            "wasmtime_config_wasm_component_model_accessors_set",
            "wasmtime_config_wasm_component_model_canonical_names_set",
        ],
        "constants and enum members added": [
            "WASMTIME_TRAP_LIFT_DROPPED_STREAM",
            "WASMTIME_TRAP_READ_FROM_DROPPED_STREAM",
            "WASMTIME_TRAP_WRITE_TO_DROPPED_FUTURE",
            "WASMTIME_TRAP_WRITE_TO_DROPPED_STREAM",
        ],
    }


def test_a_version_does_not_differ_from_itself() -> None:
    assert compare(released("50.0.0"), released("50.0.0")) == ()


def test_without_gc_values_shrink_and_name_what_they_hold() -> None:
    groups = told(compare(released("50.0.0"), released("50.0.0", "GC")))
    assert groups["features changed"] == {"WASMTIME_FEATURE_GC": "off now"}
    assert groups["records changed by what they hold"] == {
        "wasmtime_val_t": "shrank from 32 to 24 bytes; through wasmtime_valunion_t; used by 11 functions: "
        "wasmtime_func_call, wasmtime_func_call_async, wasmtime_global_get, wasmtime_global_new, wasmtime_global_set, "
        "wasmtime_table_get, wasmtime_table_grow, wasmtime_table_new, wasmtime_table_set, wasmtime_val_clone, "
        "wasmtime_val_unroot, 2 callbacks: wasmtime_func_async_callback_t, wasmtime_func_callback_t"
    }
    assert groups["records whose layout changed"]["wasmtime_valunion_t"] == (
        "shrank from 24 to 16 bytes; "
        + "".join(f"field {ref} (wasmtime_{ref}_t at byte 0) removed; " for ref in ("anyref", "externref", "exnref"))
        + "used by 1 record: wasmtime_val_t"
    )


@pytest.mark.parametrize(("old", "new"), [*pairwise(VERSIONS)])
def test_real_reports_are_the_same_from_any_order_and_keep_c_in_code(old: str, new: str) -> None:
    def backwards(given: Api) -> Api:
        return replace(given, **{kind: getattr(given, kind)[::-1] for kind in (*KINDS, "macros")})

    changes = compare(released(old), released(new))
    assert changes == compare(backwards(released(old)), backwards(released(new)))
    prose = re.sub(r"`[^`]+`", "", as_markdown(changes, old, new, {}))
    assert not re.search(r"\*|\w_|_\w", prose), prose
    text = as_text(changes, old, new, {})
    assert all(f"  {change.name}\n" in text for change in changes)
