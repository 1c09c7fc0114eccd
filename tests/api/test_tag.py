"""Tags, and that items of all kinds are told apart by identity."""

from __future__ import annotations

from typing import Any

import pytest

from wasmtime_gen import Engine, Global, Linker, Memory, Module, Store, Table, Tag, TagType


def test_a_tag_tells_its_type_and_can_be_imported(engine: Engine, store: Store) -> None:
    tag = Tag(store, "(tag (param i32 externref))")
    assert tag.type == TagType("i32, externref -> ()")
    linker = Linker(engine)
    linker.define(store, "env", "e", tag)
    text = (
        '(module (import "env" "e" (tag (param i32 externref))) (export "e" (tag 0)) (tag (export "own") (param i64)))'
    )
    instance = linker.instantiate(store, Module.from_text(engine, text))
    exports: Any = instance.exports
    assert exports.e == tag == instance.get_tag(store, "e") == linker.get(store, "env", "e")
    assert exports.own != tag
    assert exports.own.type == TagType("i64 -> ()")
    assert repr(exports.own) == "<Tag own>"


def test_equal_types_do_not_make_equal_tags(store: Store) -> None:
    assert Tag(store, "(tag)") != Tag(store, "(tag)")


def test_what_cannot_be_made_is_told(engine: Engine, store: Store) -> None:
    with pytest.raises(ValueError, match=r"the type of a tag has no results, but .* has"):
        Tag(store, TagType("i32 -> i32"))
    with pytest.raises(TypeError, match="type must be a TagType or its text, not int"):
        Tag(store, 1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="store must be a Store, not Engine"):
        Tag(engine, "(tag)")  # type: ignore[arg-type]


def test_an_item_is_equal_to_itself_wherever_it_is_found(engine: Engine, store: Store) -> None:
    items = {
        "m": Memory(store, "1"),
        "t": Table(store, "1 funcref"),
        "g": Global(store, "i32", 1),
        "e": Tag(store, "(tag)"),
    }
    linker = Linker(engine)
    linker.define_all({"env": items})
    text = """(module (import "env" "m" (memory 1)) (import "env" "t" (table 1 funcref)) (import "env" "g" (global i32))
      (import "env" "e" (tag))
      (export "m" (memory 0)) (export "t" (table 0)) (export "g" (global 0)) (export "e" (tag 0))
      (memory (export "m2") 1) (table (export "t2") 1 funcref) (global (export "g2") i32 (i32.const 1))
      (tag (export "e2")))"""
    for _ in range(20):
        exports = linker.instantiate(store, Module.from_text(engine, text)).exports
        for name, item in items.items():
            assert exports[name] == item == linker.get(store, "env", name)
            assert hash(exports[name]) == hash(item)
            assert exports[name + "2"] != item
