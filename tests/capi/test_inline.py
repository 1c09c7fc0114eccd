"""The ports of the headers' inline functions do what the originals do, compiled with a C compiler and called beside."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import byref, c_uint8, create_string_buffer, pointer, sizeof, string_at
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import wasmtime_capi as c

from codegen import config
from codegen.model import Api
from tests.capi import c_facts
from tests.capi.subject import API, TYPES

INLINE = {f.name: f for f in API.inline_functions}
NULLABLE = sorted(name.removesuffix("_is_null") for name in INLINE if name.endswith("_is_null"))


@pytest.fixture(scope="module")
def original(compile_c: Callable[..., Path], in_c: Api, library: Path) -> dict[str, Any]:
    """Each inline function as the compiler makes it, with the argument and result types of its port."""
    from wasmtime_capi._binding import ctype

    lines = [c_facts.HEAD, c_facts.in_place_callbacks(API, in_c)]
    for f in INLINE.values():
        params = ", ".join(f"{p.type} {p.name}" for p in f.params) or "void"
        return_ = "" if f.result.type == "void" else "return "
        call = f"{f.name}({', '.join(p.name for p in f.params)})"
        lines.append(f"{f.result.type} original_{f.name}({params}) {{ {return_}{call}; }}")
    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)  # what the originals call
    compiled = ctypes.CDLL(str(compile_c("\n".join(lines), "-shared", "-fPIC")))
    made = {}
    for f in INLINE.values():
        made[f.name] = compiled[f"original_{f.name}"]
        made[f.name].argtypes = [ctype(p.type) for p in f.params]
        made[f.name].restype = ctype(f.result.type)
    return made


def both(name: str, original: dict[str, Any]) -> tuple[Any, Any]:
    return getattr(c, name), original[name]


def test_every_inline_function_has_a_port_and_every_port_an_original() -> None:
    from wasmtime_capi import inline

    assert set(inline.__all__) >= INLINE.keys() - {e.name for e in API.excused}
    assert INLINE.keys() <= config.load().inline_functions.ported.keys()
    assert [name for name in inline.__all__ if not callable(getattr(c, name))] == []


def test_kinds_are_numbers_or_references_as_in_c(original: dict[str, Any]) -> None:
    for name in ("wasm_valkind_is_num", "wasm_valkind_is_ref"):
        port, in_c = both(name, original)
        assert [port(kind) for kind in range(256)] == [in_c(kind) for kind in range(256)], name


@pytest.mark.parametrize("kind", sorted({n.rpartition("_")[2] for n in INLINE if n.startswith("wasm_valtype_new_")}))
def test_a_value_type_is_of_the_kind_that_c_makes(kind: str, original: dict[str, Any]) -> None:
    port, in_c = (new() for new in both(f"wasm_valtype_new_{kind}", original))
    assert type(port) is type(in_c)
    assert c.wasm_valtype_kind(port) == c.wasm_valtype_kind(in_c) == getattr(c, f"WASM_{kind.upper()}")
    for name in ("wasm_valtype_is_num", "wasm_valtype_is_ref"):
        asked, answered = both(name, original)
        assert asked(port) is answered(port), name
    c.wasm_valtype_delete(port)
    c.wasm_valtype_delete(in_c)


def kinds(types: Any) -> list[int]:
    vector = types.contents
    return [c.wasm_valtype_kind(vector.data[index]) for index in range(vector.size)]


@pytest.mark.parametrize(("params", "results"), list(product(range(4), range(3))))
def test_a_function_type_has_the_params_and_results_in_order(
    params: int, results: int, original: dict[str, Any]
) -> None:
    given = [c.WASM_I32, c.WASM_F64, c.WASM_EXTERNREF][:params]
    returned = [c.WASM_I64, c.WASM_FUNCREF][:results]
    for new in both(f"wasm_functype_new_{params}_{results}", original):
        made = new(*map(c.wasm_valtype_new, given + returned))
        assert kinds(c.wasm_functype_params(made)) == given
        assert kinds(c.wasm_functype_results(made)) == returned
        c.wasm_functype_delete(made)


@pytest.mark.parametrize("text", [b"", b"env", b"caf\xc3\xa9", b"up to\0here"])
@pytest.mark.parametrize("name", ["wasm_name_new_from_string", "wasm_name_new_from_string_nt"])
def test_a_name_holds_the_bytes_that_c_copies(name: str, text: bytes, original: dict[str, Any]) -> None:
    made = []
    for new in both(name, original):
        out = c.wasm_name_t()
        new(byref(out), text)
        made.append(string_at(out.data, out.size))
        c.wasm_name_delete(byref(out))
    assert made[0] == made[1] == text.partition(b"\0")[0] + (b"\0" if name.endswith("_nt") else b"")


@pytest.mark.parametrize("address", [None, 0, 1, 2**47 - 1, 2**63 - 1, 2**63, 2**64 - 16, 2**64 - 1])
def test_a_value_holds_an_address_and_gives_it_back(address: int | None, original: dict[str, Any]) -> None:
    init, init_in_c = both("wasm_val_init_ptr", original)
    read, read_in_c = both("wasm_val_ptr", original)
    ours, theirs = c.wasm_val_t(), c.wasm_val_t()
    init(byref(ours), address)
    init_in_c(byref(theirs), address)
    assert (ours.kind, ours.of.i64) == (theirs.kind, theirs.of.i64)
    assert read(byref(ours)) == read_in_c(byref(ours)) == (address or None)
    assert read(byref(theirs)) == read(pointer(theirs)) == read(theirs) == (address or None)


def test_there_are_references_with_a_null() -> None:
    assert len(NULLABLE) >= 5
    assert {f"{kind}_set_null" for kind in NULLABLE} == {name for name in INLINE if name.endswith("_set_null")}


def reference(kind: str) -> Any:
    """A record of this kind with a pattern in each byte, padding included."""
    record = TYPES.resolve(INLINE[f"{kind}_is_null"].params[0].type.removeprefix("const ").removesuffix("*"))
    made = getattr(c, record)
    return made.from_buffer_copy(bytes(range(1, sizeof(made) + 1)))


@pytest.mark.parametrize("kind", NULLABLE)
@pytest.mark.parametrize("passed", [pointer, byref, lambda record: record], ids=["pointer", "byref", "record"])
def test_a_reference_is_null_where_it_is_in_c(kind: str, passed: Any, original: dict[str, Any]) -> None:
    port, in_c = both(f"{kind}_is_null", original)
    made = reference(kind)
    for store in (0, 1, 2**32, 2**63, 2**64 - 1):
        made.store_id = store
        assert port(passed(made)) is in_c(byref(made)) is (store == 0)


@pytest.mark.parametrize("kind", NULLABLE)
@pytest.mark.parametrize("passed", [pointer, byref, lambda record: record], ids=["pointer", "byref", "record"])
def test_a_reference_is_made_null_as_c_makes_it(kind: str, passed: Any, original: dict[str, Any]) -> None:
    port, in_c = both(f"{kind}_set_null", original)
    ours, theirs = reference(kind), reference(kind)
    assert port(passed(ours)) is None
    in_c(byref(theirs))
    assert bytes(ours) == bytes(theirs)
    assert getattr(c, f"{kind}_is_null")(ours)


@pytest.mark.parametrize("given", [create_string_buffer(b"env"), ctypes.c_char_p(b"env"), (c_uint8 * 4)(*b"env\0")])
def test_a_name_is_made_from_anything_that_points_to_text(given: Any) -> None:
    out = c.wasm_name_t()
    c.wasm_name_new_from_string(byref(out), given)
    assert string_at(out.data, out.size) == b"env"
    c.wasm_name_delete(byref(out))
