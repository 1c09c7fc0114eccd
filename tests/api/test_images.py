"""Serialized modules: what serialize() wrote loads, anything else is refused before native code sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from wasmtime_gen import (
    ClosedError,
    Config,
    Engine,
    ImageError,
    Linker,
    Module,
    Store,
    Trap,
    WasmtimeError,
    _image,
    wat2wasm,
)
from wasmtime_gen._customsections import custom_sections
from wasmtime_gen._image import INDIFFERENT

TEXT = """
(module $calculator
  (@custom "note" "first") (@custom "other" "") (@custom "note" "second")
  (table (export "table") 1 2 funcref)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "fail") unreachable))
"""


@pytest.fixture(scope="module")
def module(engine: Engine) -> Module:
    return Module.from_text(engine, TEXT)


@pytest.fixture(scope="module")
def image(module: Module) -> bytes:
    return module.serialize()


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails when an image reaches native code."""
    monkeypatch.setattr(_image, "native_from_image", lambda *arguments: pytest.fail("native code was called"))


def add(module: Module) -> object:
    return Linker(module.engine).instantiate(Store(module.engine), module).exports.add(40, 2)


def test_an_image_loads_on_any_engine_with_the_same_options(image: bytes, engine: Engine) -> None:
    for same in (engine, Engine(), Engine(consume_fuel=False, parallel_compilation=False, max_wasm_stack=100_000)):
        assert add(Module.deserialize(same, image)) == 42


def test_a_loaded_module_knows_what_the_compiled_one_knew(module: Module, image: bytes, engine: Engine) -> None:
    loaded = Module.deserialize(engine, image)
    assert loaded.name == "calculator"
    assert loaded.custom_sections("note") == (b"first", b"second")
    assert (loaded.exports, loaded.imports) == (module.exports, module.imports)
    assert loaded.serialize() == image


def test_images_may_be_any_bytes_and_files(image: bytes, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "module.image"
    path.write_bytes(image)
    for loaded in (
        *(Module.deserialize(engine, kind(image)) for kind in (bytes, bytearray, memoryview)),
        *(Module.deserialize_file(engine, kind(path)) for kind in (str, Path)),
    ):
        assert add(loaded) == 42


def test_a_subclass_stays_one(image: bytes, engine: Engine) -> None:
    class Special(Module):
        pass

    assert type(Special.deserialize(engine, image)) is Special


@pytest.mark.usefixtures("guarded")
def test_every_single_changed_byte_is_noticed(image: bytes, engine: Engine) -> None:
    changed = bytearray(image)
    # All of what stands behind the library's image, and every 13th byte of that: each costs a SHA-256 of the whole.
    start = len(image) - 3000
    for position in (*range(0, start, 13), *range(start, len(image))):
        changed[position] ^= 1 << position % 8
        with pytest.raises(ImageError):
            Module.deserialize(engine, changed)
        changed[position] = image[position]
    assert changed == image


@pytest.mark.usefixtures("guarded")
def test_every_cut_and_every_addition_is_noticed(image: bytes, engine: Engine) -> None:
    cut = re.escape("this is no image that module.serialize() wrote, or its end is missing: the mark at the end is not")
    for end in (0, 1, 15, 16, 75, 76, 77, len(image) // 2, len(image) - 1):
        with pytest.raises(ImageError, match=cut):
            Module.deserialize(engine, image[:end])
    for wrong in (image[1:], b"x" + image, image + image):
        with pytest.raises(
            ImageError, match=rf"should be {len(image)} bytes long, but is {len(wrong)}\. Compile the module"
        ):
            Module.deserialize(engine, wrong)
    with pytest.raises(ImageError, match="its end is missing"):
        Module.deserialize(engine, image + b"\0")


@pytest.mark.usefixtures("guarded")
def test_each_refusal_says_what_is_wrong_and_what_to_do(image: bytes, engine: Engine, tmp_path: Path) -> None:
    other_form = image[:-20] + b"\2" + image[-19:]
    refused = {
        b"\x7fELF" + image: f"should be {len(image)} bytes long",
        b"\0" + image[1:]: "was changed after it was written: its SHA-256 is another one. Compile the module again and",
        wat2wasm(TEXT): "this is WebAssembly, not an image of a compiled module: compile it with Module(engine, wasm)",
        b"\x7fELF": "images of other programs can be loaded by Module.deserialize_unsafe",
        other_form: "this image has the form 2, and this wasmtime_gen reads form 1. Compile the module again",
    }
    for wrong, message in refused.items():
        path = tmp_path / "image"
        path.write_bytes(wrong)
        with pytest.raises(ImageError, match=re.escape(message)):
            Module.deserialize(engine, wrong)
        with pytest.raises(ImageError, match=re.escape(message)):
            Module.deserialize_file(engine, path)


@pytest.mark.usefixtures("guarded")
def test_an_image_for_other_options_is_refused_with_both(image: bytes) -> None:
    with pytest.raises(ImageError, match="compiled with consume_fuel=False, but the engine has consume_fuel=True"):
        Module.deserialize(Engine(consume_fuel=True), image)
    # The library itself does not compare this one, and would compute other NaNs than were asked for.
    with pytest.raises(ImageError, match="but the engine has cranelift_nan_canonicalization=True"):
        Module.deserialize(Engine(cranelift_nan_canonicalization=True), image)
    with pytest.raises(ImageError, match=r"the engine has cranelift_flags=\{'is_pic': True\}, strategy='cranelift'"):
        Module.deserialize(Engine(cranelift_flags={"is_pic": True}, strategy="cranelift"), image)


def test_an_image_of_another_version_or_machine_is_refused(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    module = Module.from_text(engine, TEXT)
    here = _image.circumstances(engine.config).split("\n")
    for line, message in (
        (0, "was compiled by wasmtime 7.0.0, but this process runs wasmtime "),
        (1, "was compiled for plan9 on vax, but this machine is "),
    ):
        there = [*here]
        there[line] = "wasmtime 7.0.0" if line == 0 else "plan9 on vax"
        monkeypatch.setattr(_image, "circumstances", lambda config, there=there: "\n".join(there))
        image = module.serialize()
        monkeypatch.undo()
        with pytest.raises(ImageError, match=re.escape(f"this image {message}{here[line].removeprefix('wasmtime ')}")):
            Module.deserialize(engine, image)


def test_options_that_do_not_count_are_ones_the_library_ignores(engine: Engine) -> None:
    given = {
        "async_stack_size": 1 << 20,
        "cache": None,
        "cranelift_debug_verifier": True,
        "interruptible": None,
        "macos_use_mach_ports": False,
        "max_wasm_stack": 1 << 18,
        "memory_reservation_for_growth": 1 << 20,
        "parallel_compilation": False,
        "profiler": None,
    }
    assert set(given) == INDIFFERENT
    other = Engine(Config(**given))  # type: ignore[arg-type]
    assert add(Module.deserialize(other, Module.from_text(engine, TEXT).serialize())) == 42
    assert add(Module.deserialize(engine, Module.from_text(other, TEXT).serialize())) == 42


def test_an_image_serves_all_engines_with_epochs_interruptible_or_not() -> None:
    engines = Engine(interruptible=True), Engine(epoch_interruption=True)
    for one, other in engines, engines[::-1]:
        Module.deserialize(other, Module.from_text(one, TEXT).serialize())


@pytest.mark.usefixtures("guarded")
def test_sizes_that_lie_are_noticed(image: bytes, engine: Engine) -> None:
    for lie in (b"\xff" * 8, bytes(8)):
        for start in (76, 68, 60):
            with pytest.raises(ImageError, match=r"this image should be \d+ bytes long, but is"):
                Module.deserialize(engine, image[:-start] + lie + image[8 - start :])


def test_a_closed_engine_loads_nothing(image: bytes) -> None:
    engine = Engine()
    engine.close()
    with pytest.raises(ClosedError, match="this Engine is closed"):
        Module.deserialize(engine, image)


def test_what_is_no_bytes_is_refused(engine: Engine) -> None:
    for load in (Module.deserialize, Module.deserialize_unsafe):
        with pytest.raises(TypeError, match="image must be bytes, not str"):
            load(engine, "image")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="engine must be an Engine, not int"):
            load(5, b"")  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        Module.deserialize_file(engine, "/no/such/file")


def test_the_raw_form_loads_but_knows_no_wasm(module: Module, engine: Engine) -> None:
    raw = _image.native_image(module._use())
    loaded = Module.deserialize_unsafe(engine, raw)
    assert add(loaded) == 42
    assert repr(loaded) == "<Module of unknown wasm>"
    uses: dict[str, Callable[[], object]] = {
        "be serialized": loaded.serialize,
        "tell its name": lambda: loaded.name,
        "tell its custom sections": lambda: loaded.custom_sections("note"),
    }
    for purpose, use in uses.items():
        with pytest.raises(WasmtimeError, match=rf"cannot {purpose}: it was loaded by deserialize_unsafe, without the"):
            use()
    with pytest.raises(ImageError, match="fuel"):
        Module.deserialize_unsafe(Engine(consume_fuel=True), raw)
    with pytest.raises(ImageError):
        Module.deserialize_unsafe(engine, b"nothing of the kind")


def library_name(module: Module) -> str | None:
    with pytest.raises(Trap) as caught:
        Linker(module.engine).instantiate(Store(module.engine), module).exports.fail()
    return caught.value.frames[0].module


@pytest.mark.parametrize(
    ("sections", "name"),
    [
        ([], None),
        ([r"\00\04\03abc"], "abc"),
        ([r"\00\04\03\e2\82\ac"], "€"),
        ([r"\00\01\00"], ""),
        ([r"\00\04\03abc\01\01\00"], "abc"),
        ([r"\00\04\03abc", r"\00\04\03def"], "def"),
        ([r"\00\04\03abc", r"\00\04\03\ff\ff\ff"], "abc"),
        ([r"\00\04\03abc\00\04\03def"], "abc"),
        ([r"\00\04\03abc\01\50"], "abc"),
        ([r"\00\04\03\ff\ff\ff"], None),
        ([r"\00\04\05abc"], None),
        ([r"\00\06\03abcxx"], None),
        ([r"\00\54\03abc"], None),
        ([r"\01\01\00\00\04\03abc"], None),
        ([r"\00\80\80\80\80\80\80"], None),
        ([r"\00", ""], None),
    ],
)
def test_the_name_is_the_one_that_traces_show(engine: Engine, sections: list[str], name: str | None) -> None:
    custom = " ".join(f'(@custom "name" "{section}")' for section in sections)
    module = Module.from_text(engine, f'(module (func (export "fail") unreachable) {custom})')
    assert module.name == name == library_name(module)


def test_custom_sections_are_found_by_their_exact_name(module: Module) -> None:
    assert module.custom_sections("note") == (b"first", b"second")
    assert module.custom_sections("other") == (b"",)
    for absent in ("", "not", "notes", "Note", "\ud800"):
        assert module.custom_sections(absent) == ()
    with pytest.raises(TypeError, match="name must be a str, not bytes"):
        module.custom_sections(b"note")  # type: ignore[arg-type]


def test_bytes_that_are_no_module_have_no_sections() -> None:
    wasm = wat2wasm('(module (@custom "note" "text"))')
    for wrong in (
        b"",
        b"\0asm",
        wasm[:-1],
        wasm + b"\0",
        wasm + b"\0\xff\xff\xff\xff\x1f",
        wasm + b"\1\x80\x80\x80\x80\x80\0",
    ):
        with pytest.raises(WasmtimeError, match="cannot be read: these bytes are no module, or incomplete"):
            custom_sections(wrong, "note")
