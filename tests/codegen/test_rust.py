"""What the second witness promises: each Rust spelling has one meaning, and the real crate is read whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codegen.errors import CodegenError, Undecided
from codegen.rust import RustFunction, RustSlot, definitions, read_definitions

DECLARATIONS = """
pub type wasm_valkind_t = u8;
pub type wasm_message_t = wasm_name_t;
pub type callback_t = extern "C" fn(*mut c_void) -> bool;
pub type finalizer_t = Option<extern "C" fn(*mut c_void)>;
pub type boxed_error_t = Option<Box<wasmtime_error_t>>;
pub type WasmtimeStoreContextMut<'a> = StoreContextMut<'a, WasmtimeStoreData>;
pub type caller_context_t<'a> = crate::WasmtimeStoreContextMut<'a>;
pub type nothing_t = ();
pub type generic_t<T> = *mut T;
pub type foreign_t = wasmtime::foreign_t;
#[repr(u8)] #[derive(Clone)] pub enum wasmtime_strategy_t { AUTO, CRANELIFT }
#[repr(C, u8)] pub enum wasmtime_valtype_t { I32, Ref(wasmtime_reftype_t) }
#[repr(u8)] pub enum payload_t { None, Some(u64) }
pub enum rust_enum_t { A, B }
#[repr(C)] pub struct wasm_limits_t { pub min: u32, pub max: u32 }
#[repr(transparent)] pub struct owner_t { /* why */ inner: Box<wasm_store_t>, marker: PhantomData<()> }
#[repr(transparent)] pub struct pair_t(&'static u8, Zero);
#[repr(transparent)] pub struct view_t<'a>(pub &'a wasm_store_t);
#[repr(transparent)] pub struct wasmtime_instance_pre_t { underlying: InstancePre<WasmtimeStoreData> }
mod one { pub type twice_t = u32; pub type again_t = u16; }
mod two { pub type twice_t = u64; pub type again_t = u16; }
"""


def slot(
    type: str, abi: str, ownership: str = "", nullable: bool | None = None, context: str = "", name: str = "x"
) -> RustSlot:
    return RustSlot(type, abi, name, ownership, nullable, context)


SLOTS = [
    # owned and borrowed
    ("Box<wasm_config_t>", slot("Box<wasm_config_t>", "pointer", "owned", False)),
    ("Option<Box<wasmtime_error_t>>", slot("Option<Box<wasmtime_error_t>>", "pointer", "owned", True)),
    ("&wasm_engine_t", slot("&wasm_engine_t", "pointer", "borrowed", False)),
    ("&mut wasm_store_t", slot("&mut wasm_store_t", "pointer", "borrowed", False)),
    ("&mut u64", slot("&mut u64", "pointer", "borrowed", False)),
    ("Option<&wasm_ref_t>", slot("Option<&wasm_ref_t>", "pointer", "borrowed", True)),
    ("Option<&mut wasm_ref_t>", slot("Option<&mut wasm_ref_t>", "pointer", "borrowed", True)),
    ("&MaybeUninit<u32>", slot("&MaybeUninit<u32>", "pointer", "borrowed", False)),
    ("&mut ManuallyDrop<wasmtime_val_t>", slot("&mut ManuallyDrop<wasmtime_val_t>", "pointer", "owned", False)),
    ("Option<&mut ManuallyDrop<u8>>", slot("Option<&mut ManuallyDrop<u8>>", "pointer", "owned", True)),
    # slots that are written
    ("&mut MaybeUninit<wasmtime_val_t>", slot("&mut MaybeUninit<wasmtime_val_t>", "pointer", "out", False)),
    ("Option<&mut MaybeUninit<u32>>", slot("Option<&mut MaybeUninit<u32>>", "pointer", "out", True)),
    ("&mut MaybeUninit<*const u8>", slot("&mut MaybeUninit<*const u8>", "pointer", "out", False)),
    ("*mut MaybeUninit<wasmtime_val_t>", slot("*mut MaybeUninit<wasmtime_val_t>", "pointer", "out")),
    ("*const MaybeUninit<wasmtime_val_t>", slot("*const MaybeUninit<wasmtime_val_t>", "pointer", "out")),
    ("&mut MaybeUninit<Box<A>>", slot("&mut MaybeUninit<Box<A>>", "pointer", "out-owned", False)),
    ("&mut MaybeUninit<Option<Box<A>>>", slot("&mut MaybeUninit<Option<Box<A>>>", "pointer", "out-owned", False)),
    ("&mut MaybeUninit<boxed_error_t>", slot("&mut MaybeUninit<boxed_error_t>", "pointer", "out-owned", False)),
    ("&mut *mut wasm_trap_t", slot("&mut *mut wasm_trap_t", "pointer", "out-owned", False)),
    ("&mut *mut wasmtime_instance_pre_t", slot("&mut *mut wasmtime_instance_pre_t", "pointer", "out-owned", False)),
    ("&mut *mut owner_t", slot("&mut *mut owner_t", "pointer", "out-owned", False)),
    ("Option<&mut *mut wasm_trap_t>", slot("Option<&mut *mut wasm_trap_t>", "pointer", "out-owned", True)),
    ("&mut Option<Box<wasm_trap_t>>", slot("&mut Option<Box<wasm_trap_t>>", "pointer", "out-owned", False)),
    ("&mut Option<&wasm_trap_t>", slot("&mut Option<&wasm_trap_t>", "pointer", "borrowed", False)),
    ("&mut Box<wasm_trap_t>", slot("&mut Box<wasm_trap_t>", "pointer", "borrowed", False)),
    ("&mut *const wasm_trap_t", slot("&mut *const wasm_trap_t", "pointer", "out", False)),
    ("&mut *mut u8", slot("&mut *mut u8", "pointer", "out", False)),
    ("&mut *mut c_char", slot("&mut *mut c_char", "pointer", "out", False)),
    ("&mut *mut c_void", slot("&mut *mut c_void", "pointer", "out", False)),
    ("&mut *mut wasm_valkind_t", slot("&mut *mut wasm_valkind_t", "pointer", "out", False)),
    # store contexts
    ("WasmtimeStoreContext<'_>", slot("WasmtimeStoreContext<'_>", "pointer", "borrowed", False, "read")),
    ("WasmtimeStoreContextMut<'_>", slot("WasmtimeStoreContextMut<'_>", "pointer", "borrowed", False, "write")),
    ("caller_context_t<'a>", slot("caller_context_t<'a>", "pointer", "borrowed", False, "write")),
    # raw pointers and functions: Rust does not say who owns
    ("*const wasmtime_val_t", slot("*const wasmtime_val_t", "pointer")),
    ("*mut std::ffi::c_void", slot("*mut c_void", "pointer")),
    ('extern "C" fn(u8)', slot('extern "C" fn(u8)', "pointer", nullable=False)),
    ("callback_t", slot("callback_t", "pointer", nullable=False)),
    ('Option<extern "C" fn(u8)>', slot('Option<extern "C" fn(u8)>', "pointer", nullable=True)),
    ("Option<callback_t>", slot("Option<callback_t>", "pointer", nullable=True)),
    ("finalizer_t", slot("finalizer_t", "pointer", nullable=True)),
    # scalars
    ("bool", slot("bool", "bool")),
    ("i8", slot("i8", "8")),
    ("u16", slot("u16", "16")),
    ("i32", slot("i32", "32")),
    ("u64", slot("u64", "64")),
    ("usize", slot("usize", "size")),
    ("isize", slot("isize", "size")),
    ("f32", slot("f32", "f32")),
    ("f64", slot("f64", "f64")),
    ("c_char", slot("c_char", "8")),
    ("std::os::raw::c_int", slot("c_int", "32")),
    ("NonZeroU64", slot("NonZeroU64", "64")),
    ("Option<NonZeroU64>", slot("Option<NonZeroU64>", "64")),
    ("Option<std::num::NonZero<usize>>", slot("Option<NonZero<usize>>", "size")),
    # the crate's own names
    ("crate::wasm_valkind_t", slot("wasm_valkind_t", "8")),
    ("wasmtime_strategy_t", slot("wasmtime_strategy_t", "8")),
    ("boxed_error_t", slot("boxed_error_t", "pointer", "owned", True)),
    ("owner_t", slot("owner_t", "pointer", "owned", False)),
    ("Option<view_t<'_>>", slot("Option<view_t<'_>>", "pointer", "borrowed", True)),
    ("again_t", slot("again_t", "16")),
    ("nothing_t", slot("nothing_t", "void")),
    ("&wasm_message_t", slot("&wasm_message_t", "pointer", "borrowed", False)),
    # nothing is said where it could be wrong
    ("twice_t", slot("twice_t", "?")),
    ("foreign_t", slot("foreign_t", "?")),
    ("generic_t<u8>", slot("generic_t<u8>", "?")),
    ("wasm_limits_t", slot("wasm_limits_t", "?")),
    ("wasmtime_valtype_t", slot("wasmtime_valtype_t", "?")),
    ("payload_t", slot("payload_t", "?")),
    ("pair_t", slot("pair_t", "?")),
    ("rust_enum_t", slot("rust_enum_t", "?")),
    ("c_long", slot("c_long", "?")),
    ("u128", slot("u128", "?")),
    ("Option<u64>", slot("Option<u64>", "?")),
    ("Option<*mut u8>", slot("Option<*mut u8>", "?")),
    ("Vec<u8>", slot("Vec<u8>", "?")),
    ("[u8; 4]", slot("[u8; 4]", "?")),
    ("&[u8; 4]", slot("&[u8; 4]", "pointer", "borrowed", False)),
    ("&[u8]", slot("&[u8]", "?")),
    ("&mut [u8]", slot("&mut [u8]", "?")),
    ("*const [u8]", slot("*const [u8]", "?")),
    ("&'static str", slot("&'static str", "?")),
    ("Box<dyn Fn()>", slot("Box<dyn Fn()>", "?")),
    ("&(dyn A + Send)", slot("&(dyn A + Send)", "?")),
    # one spelling
    (
        "Option<\n  Box< // why\n    crate::wasm_frame_t<'_>,\n  >,\n>",
        slot("Option<Box<wasm_frame_t<'_>>>", "pointer", "owned", True),
    ),
    ("&'a mut std::mem::MaybeUninit<bool>", slot("&'a mut MaybeUninit<bool>", "pointer", "out", False)),
    (
        'Option< unsafe   extern "C" fn(env: *mut std::ffi::c_void, &u8,) -> Option<Box<A>> >',
        slot('Option<unsafe extern "C" fn(*mut c_void, &u8) -> Option<Box<A>>>', "pointer", nullable=True),
    ),
]

RESULTS = [
    ("", RustSlot("()", "void")),
    ("-> ()", RustSlot("()", "void")),
    ("-> !", RustSlot("!", "void")),
    ("-> bool", slot("bool", "bool", name="")),
    ("-> *mut wasm_trap_t", slot("*mut wasm_trap_t", "pointer", name="")),
    ("-> &wasm_name_t", slot("&wasm_name_t", "pointer", "borrowed", False, name="")),
    ("-> Option<Box<wasmtime_error_t>>", slot("Option<Box<wasmtime_error_t>>", "pointer", "owned", True, name="")),
    (
        "-> WasmtimeStoreContextMut<'a>",
        slot("WasmtimeStoreContextMut<'a>", "pointer", "borrowed", False, "write", name=""),
    ),
]


def read(folder: Path, **files: str) -> dict[str, RustFunction]:
    for name, text in files.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".rs")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_definitions(folder)


@pytest.mark.parametrize(("spelling", "expected"), SLOTS, ids=[expected.type for _, expected in SLOTS])
def test_a_parameter_is_read_as(tmp_path: Path, spelling: str, expected: RustSlot) -> None:
    function = f'#[unsafe(no_mangle)] pub unsafe extern "C" fn f<\'a>(mut x: {spelling}) {{}}'
    assert read(tmp_path, lib=function, types=DECLARATIONS)["f"].params == (expected,)


@pytest.mark.parametrize(("arrow", "expected"), RESULTS, ids=[arrow or "nothing" for arrow, _ in RESULTS])
def test_a_result_is_read_as(tmp_path: Path, arrow: str, expected: RustSlot) -> None:
    function = f'#[no_mangle] pub extern "C" fn f<\'a>() {arrow} {{ todo!() }}'
    assert read(tmp_path, lib=function, types=DECLARATIONS)["f"].result == expected


def test_parameters_keep_their_order_and_names(tmp_path: Path) -> None:
    text = '#[no_mangle] extern "C" fn f(a: u8, /* b */ _b: u16, _: u32, #[allow(unused)] r#in: u64) {}'
    assert [(p.name, p.abi) for p in read(tmp_path, lib=text)["f"].params] == [
        ("a", "8"),
        ("_b", "16"),
        ("", "32"),
        ("in", "64"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        '#[no_mangle] extern "C" fn f() {}',
        "#[no_mangle] pub extern fn f() {}",
        '/// doc\n#[unsafe(no_mangle)]\n// why\n#[cfg(feature = "gc")]\npub unsafe extern "C" fn f() {}',
        '#[no_mangle] pub extern "C-unwind" fn f() {}',
        '#[export_name = "f"] pub extern "C" fn inner() {}',
        '#[unsafe(export_name = "f")] pub extern "C" fn inner() {}',
        '#[cfg_attr(feature = "c-api", no_mangle)] pub extern "C" fn f() {}',
        'mod a { pub mod b { #[no_mangle] pub extern "C" fn f() {} } }',
        'impl A { #[no_mangle] pub extern "C" fn f() {} }',
        'const _: () = { #[no_mangle] pub extern "C" fn f() {} };',
        '#[cfg(not(test))] mod a { #[no_mangle] pub extern "C" fn f() {} }',
    ],
)
def test_an_exported_c_function_is_found(tmp_path: Path, text: str) -> None:
    assert list(read(tmp_path, lib=text)) == ["f"]


@pytest.mark.parametrize(
    "text",
    [
        'pub extern "C" fn f() {}',
        "#[no_mangle] pub fn f() {}",
        '#[no_mangle] fn f() { extern "C" fn g() {} }',
        'extern "C" { fn f(); }',
        '#[no_mangle] pub static X: extern "C" fn() = f;',
        'macro_rules! m { ($name:ident) => { #[unsafe(no_mangle)] pub extern "C" fn $name() {} }; }',
        'm! { #[no_mangle] pub extern "C" fn f() {} }',
        '#[cfg(test)] mod tests { #[no_mangle] pub extern "C" fn f() {} }',
        '#[cfg(test)] #[no_mangle] pub extern "C" fn f() {}',
        '#[no_mangle] static X: u8 = 0; extern "C" fn f() {}',
    ],
)
def test_what_is_not_an_exported_c_function_is_passed_over(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, lib=text) == {}


def test_a_method_has_an_undecided_receiver(tmp_path: Path) -> None:
    text = 'impl A { #[no_mangle] pub extern "C" fn f(&self, x: u8) {} }'
    assert read(tmp_path, lib=text)["f"].params == (RustSlot("&self", "?"), RustSlot("u8", "8", "x"))


def test_definitions_are_sorted_and_know_their_file(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        component__val='#[no_mangle] extern "C" fn b() {}',
        val='#[no_mangle] extern "C" fn c() {} #[no_mangle] extern "C" fn a() {}',
    )
    assert [(f.name, f.file) for f in found.values()] == [("a", "val.rs"), ("b", "component/val.rs"), ("c", "val.rs")]


def test_a_folder_and_its_text_give_the_same(tmp_path: Path) -> None:
    text = '#[no_mangle] extern "C" fn f(x: t) {}'
    assert read(tmp_path, a__b=text, c="type t = u8;") == definitions({"c.rs": "type t = u8;", "a/b.rs": text})


def test_a_function_defined_twice_with_one_abi_is_kept_once(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        a='#[cfg(unix)] #[no_mangle] extern "C" fn f(x: &A) -> u8 { 0 }',
        b='#[cfg(windows)] #[no_mangle] extern "C" fn f(x: *const A) -> u8 { 0 }',
    )
    assert (found["f"].file, found["f"].params[0].type) == ("a.rs", "&A")


@pytest.mark.parametrize("other", ["fn f(x: u16) {}", "fn f(x: u8) -> u8 { 0 }", "fn f(x: u8, y: u8) {}"])
def test_a_function_defined_twice_with_two_abis_is_refused(tmp_path: Path, other: str) -> None:
    with pytest.raises(Undecided, match=r"f is defined with two ABIs, in a\.rs and in b\.rs"):
        read(tmp_path, a='#[no_mangle] extern "C" fn f(x: u8) {}', b=f'#[no_mangle] extern "C" {other}')


def test_a_parameter_under_cfg_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Undecided, match=r"f in lib\.rs has a parameter under cfg: the number of parameters is open"):
        read(tmp_path, lib='#[no_mangle] extern "C" fn f(#[cfg(unix)] x: u8) {}')


def test_text_that_is_not_rust_is_refused_with_the_name_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(CodegenError, match=r"^tree-sitter cannot read this as Rust: a/broken\.rs$"):
        read(tmp_path, lib="fn f() {}", a__broken="pub extern fn (")


def test_a_folder_without_rust_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CodegenError, match="there are no Rust files to read"):
        read(tmp_path)


# The released crate. `rust_src` stands in for the fixture `crate_source` of tests/conftest.py.

VERSION = "50.0.0"


@pytest.fixture(scope="module")
def rust_src() -> Path:
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    for folder in home.glob(f"registry/src/*/wasmtime-c-api-impl-{VERSION}/src"):
        return folder
    pytest.skip(f"not in cargo's registry: run cargo info wasmtime-c-api-impl@{VERSION}")


@pytest.fixture(scope="module")
def crate(rust_src: Path) -> dict[str, RustFunction]:
    return read_definitions(rust_src)


def params(function: RustFunction) -> dict[str, RustSlot]:
    return {slot.name: slot for slot in function.params}


def test_the_crate_is_read_whole(crate: dict[str, RustFunction]) -> None:
    assert len(crate) == 506
    assert sum(len(f.params) for f in crate.values()) == 1102


def test_every_abi_in_the_crate_is_decided(crate: dict[str, RustFunction]) -> None:
    assert [(f.name, slot) for f in crate.values() for slot in (*f.params, f.result) if slot.abi == "?"] == []


def test_every_reference_and_box_in_the_crate_has_an_owner(crate: dict[str, RustFunction]) -> None:
    silent = [
        (f.name, slot.type)
        for f in crate.values()
        for slot in (*f.params, f.result)
        if slot.abi == "pointer" and not slot.ownership and ("&" in slot.type or "Box" in slot.type)
    ]
    callback = "wasmtime_store_epoch_deadline_callback"  # its callback's result is a box
    assert [name for name, _ in silent] == [callback]


def test_the_owned_errors_of_the_crate_are_counted(crate: dict[str, RustFunction]) -> None:
    errors = [f.result for f in crate.values() if f.result.type == "Option<Box<wasmtime_error_t>>"]
    assert len(errors) == 73
    assert {(e.ownership, e.nullable) for e in errors} == {("owned", True)}


def test_an_engine_eats_its_config(crate: dict[str, RustFunction]) -> None:
    function = crate["wasm_engine_new_with_config"]
    assert function.file == "engine.rs"
    assert function.params == (RustSlot("Box<wasm_config_t>", "pointer", "c", "owned", False),)
    assert function.result == RustSlot("Box<wasm_engine_t>", "pointer", "", "owned", False)


def test_a_call_writes_results_and_an_owned_trap_and_returns_an_owned_error(crate: dict[str, RustFunction]) -> None:
    call = crate["wasmtime_func_call"]
    assert call.result == RustSlot("Option<Box<wasmtime_error_t>>", "pointer", "", "owned", True)
    assert [(p.name, p.abi, p.ownership, p.nullable, p.context) for p in call.params] == [
        ("store", "pointer", "borrowed", False, "write"),
        ("func", "pointer", "borrowed", False, ""),
        ("args", "pointer", "", None, ""),
        ("nargs", "size", "", None, ""),
        ("results", "pointer", "out", None, ""),
        ("nresults", "size", "", None, ""),
        ("trap_ret", "pointer", "out-owned", False, ""),
    ]


def test_the_epoch_setter_whose_header_lies_returns_nothing(crate: dict[str, RustFunction]) -> None:
    assert crate["wasmtime_context_epoch_deadline_async_yield_and_update"].result.abi == "void"


def test_reading_a_global_needs_no_exclusive_store_but_a_memory_type_only_reads(crate: dict[str, RustFunction]) -> None:
    assert crate["wasmtime_global_get"].params[0].context == "write"
    assert crate["wasmtime_memory_type"].params[0].context == "read"


def test_the_yield_interval_is_a_plain_integer(crate: dict[str, RustFunction]) -> None:
    interval = crate["wasmtime_context_fuel_async_yield_interval"].params[1]
    assert (interval.type, interval.abi) == ("Option<NonZeroU64>", "64")


def test_a_value_is_unrooted_in_place(crate: dict[str, RustFunction]) -> None:
    assert params(crate["wasmtime_val_unroot"])["val"].ownership == "owned"


def test_an_image_range_is_a_view(crate: dict[str, RustFunction]) -> None:
    assert [p.ownership for p in crate["wasmtime_module_image_range"].params[1:]] == ["out", "out"]


def test_a_callback_must_be_given_and_its_finalizer_may_be_null(crate: dict[str, RustFunction]) -> None:
    slots = params(crate["wasmtime_func_new"])
    assert (slots["callback"].abi, slots["callback"].nullable) == ("pointer", False)
    assert (slots["finalizer"].abi, slots["finalizer"].nullable) == ("pointer", True)


def test_a_setting_is_one_byte(crate: dict[str, RustFunction]) -> None:
    assert params(crate["wasmtime_config_strategy_set"])["strategy"].abi == "8"
