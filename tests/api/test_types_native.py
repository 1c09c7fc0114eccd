"""Types go to the library and come back as they were, leak nothing, and never end the process."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import POINTER, byref, c_void_p, cast, string_at
from random import Random
from typing import Any

import pytest

from tests.api import natives as c
from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._raw import Vec
from wasmtime_gen._table.limits import Limits
from wasmtime_gen._types.extern import ExportType, ImportType
from wasmtime_gen._types.externreading import (
    exports_from_native,
    externtype_from_native,
    globaltype_from_native,
    imports_from_native,
    memorytype_from_native,
    tabletype_from_native,
    tagtype_from_native,
)
from wasmtime_gen._types.functype import FuncType, GlobalType, TagType
from wasmtime_gen._types.making import (
    functype_to_native,
    globaltype_to_native,
    memorytype_to_native,
    tabletype_to_native,
    tagtype_to_native,
    valtype_to_native,
)
from wasmtime_gen._types.reading import functype_from_native, valtype_from_native
from wasmtime_gen._types.sized import MemoryType, TableType
from wasmtime_gen._types.valtype import ABSTRACT, PLAIN, DefinedType, ValType

PROPOSALS = (
    *("wasm_gc", "wasm_function_references", "wasm_exceptions", "wasm_threads", "wasm_custom_page_sizes", "wasm_simd"),
    *("wasm_multi_memory", "wasm_memory64", "wasm_compact_imports", "shared_memory"),
)
ALL_SIMPLE = [*PLAIN, *ABSTRACT.values()]


class Library:
    """An engine with all that types can be of, and modules compiled by it."""

    def __init__(self) -> None:
        config = c.wasm_config_new()
        for proposal in PROPOSALS:
            getattr(c, f"wasmtime_config_{proposal}_set")(config, True)
        self.engine = c.wasm_engine_new_with_config(config)
        self.modules: list[Any] = []

    def close(self) -> None:
        for module in self.modules:
            c.wasmtime_module_delete(module)
        c.wasm_engine_delete(self.engine)

    def module(self, text: str) -> tuple[Any, bytes]:
        """A native module, and its bytes."""
        made = c.wasm_byte_vec_t()
        source = text.encode()
        self.check(c.wasmtime_wat2wasm(source, len(source), byref(made)))
        wasm = string_at(made.data, made.size)
        c.wasm_byte_vec_delete(byref(made))
        return self.compiled(wasm), wasm

    def compiled(self, wasm: bytes) -> Any:
        module = c_void_p()
        self.check(c.wasmtime_module_new(self.engine, wasm, len(wasm), byref(module)))
        self.modules.append(module.value)
        return module.value

    def check(self, error: Any) -> None:
        if error:
            message = c.wasm_byte_vec_t()
            c.wasmtime_error_message(error, byref(message))
            pytest.fail(string_at(message.data, message.size).decode())

    def imports(self, text: str) -> list[ImportType]:
        return list(imports_from_native(*self.module(f"(module {text})")))

    def exports(self, text: str) -> list[ExportType]:
        return list(exports_from_native(*self.module(f"(module {text})")))


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    made = Library()
    yield made
    made.close()


@pytest.mark.parametrize("type_", ALL_SIMPLE, ids=str)
def test_every_simple_type_crosses_as_parameter_result_and_global(library: Library, type_: ValType) -> None:
    func = FuncType([type_, "i64", type_], [type_, type_])
    for engine in (None, library.engine):
        native = functype_to_native(func, engine)
        assert functype_from_native(native) == func
        c.wasm_functype_delete(native)
    value = valtype_to_native(type_)
    assert valtype_from_native(value) is type_
    c.wasm_valtype_delete(value)
    for mutable in (False, True):
        declared = ImportType("m", "g", GlobalType(type_, mutable))
        assert library.imports(str(declared)) == [declared]
        global_ = globaltype_to_native(GlobalType(type_, mutable))
        assert globaltype_from_native(global_) == GlobalType(type_, mutable)
        c.wasm_globaltype_delete(global_)


def test_random_function_types_cross(library: Library) -> None:
    random = Random(3)
    made = [
        FuncType(random.choices(ALL_SIMPLE, k=random.randrange(20)), random.choices(PLAIN, k=random.randrange(20)))
        for _ in range(300)
    ]
    for func in made:
        native = functype_to_native(func)
        typed = cast(native, POINTER(c.wasm_functype_t))
        assert functype_from_native(native) == functype_from_native(typed) == func
        c.wasm_functype_delete(native)
    declared = [ImportType("m", f"f{index}", func) for index, func in enumerate(made)]
    assert library.imports(" ".join(map(str, declared))) == declared


def test_a_long_list_of_parameters_crosses() -> None:
    func = FuncType(["i32", "f64", "externref", "v128"] * 250, ["i64"] * 1000)
    native = functype_to_native(func)
    assert functype_from_native(native) == func
    c.wasm_functype_delete(native)


@pytest.mark.parametrize(
    "declared",
    [
        "(memory 1)",
        "(memory 0 65536)",
        "(memory 1 2 shared)",
        "(memory i64 1)",
        "(memory i64 65537 281474976710656)",
        "(memory i64 1 2 shared)",
        "(memory 0 4294967295 (pagesize 1))",
        "(memory i64 0 18446744073709551615 (pagesize 1))",
        "(table 1 funcref)",
        "(table 0 4294967295 (ref null extern))",
        "(table i64 1 funcref)",
        "(table i64 4294967296 externref)",
        "(table i64 0 4294967296 anyref)",
        "(table i64 1 18446744073709551615 (ref func))",
        "(tag)",
        "(tag (param i32 externref f64))",
        "(func (param v128 exnref) (result (ref i31) f32))",
        "(global (mut v128))",
    ],
)
def test_imports_tell_the_exact_type(library: Library, declared: str) -> None:
    wanted = ImportType.parse(f'(import "é" "" {declared})')
    other = ImportType.parse('(import "n" "f" (func (param i32)))')
    assert library.imports(f"{other} {wanted} {other}") == [other, wanted, other]


def test_exports_tell_the_exact_type(library: Library) -> None:
    found = library.exports("""
        (import "" "" (table $imported i64 1 0x100000001 externref))
        (import "" "" (func))
        (memory (export "first") 1 2)
        (memory (export "second") i64 3)
        (func (export "run") (param i32) (result v128) unreachable)
        (global (export "answer") i32 (i32.const 42))
        (tag (export "error") (param i64))
        (export "table 0" (table $imported))
        (table (export "table 1") 3 (ref i31) (ref.i31 (i32.add (i32.const -500) (i32.const 1))))
        (table (export "table 2") i64 3 4 (ref null any) (struct.new $pair (ref.null none) (v128.const i64x2 1 2)))
        (type $pair (struct (field anyref) (field v128)))
        (type $list (array f64))
        (table (export "table 3") 0 anyref (array.new_fixed $list 2 (f64.const 1) (f64.const 11)))
        (table (export "table 4") 5 6 funcref)
        (table (export "table 5") 7 externref (extern.convert_any (ref.null any)))
        (export "été" (table 0))
    """)
    assert [str(each) for each in found] == [
        '(export "first" (memory 1 2))',
        '(export "second" (memory i64 3))',
        '(export "run" (func (param i32) (result v128)))',
        '(export "answer" (global i32))',
        '(export "error" (tag (param i64)))',
        '(export "table 0" (table i64 1 4294967297 externref))',
        '(export "table 1" (table 3 (ref i31)))',
        '(export "table 2" (table i64 3 4 anyref))',
        '(export "table 3" (table 0 anyref))',
        '(export "table 4" (table 5 6 funcref))',
        '(export "table 5" (table 7 externref))',
        '(export "été" (table i64 1 4294967297 externref))',
    ]


def test_a_module_without_imports_and_exports_has_none(library: Library) -> None:
    assert library.imports("") == library.exports("") == []


CONCRETE = [
    "(ref (func (param i32)))",
    "(ref null (func (param externref (ref any)) (result i64 v128)))",
    "(ref (func (param (ref null (func (result (ref func)))))))",
    "(ref null (struct))",
    "(ref (struct (field i32) (field (mut i8)) (field i16) (field (mut (ref null (array (mut externref)))))))",
    "(ref (array (mut f64)))",
    "(ref null (array (ref (func (param (ref (struct (field i8))))))))",
]


@pytest.mark.parametrize("text", [*CONCRETE, "(ref (tag (param i32 externref)))", "(ref null (tag))"])
def test_concrete_types_cross_with_their_engine(library: Library, text: str) -> None:
    type_ = ValType(text)
    value = valtype_to_native(type_, library.engine)
    assert valtype_from_native(value) == type_
    c.wasm_valtype_delete(value)
    func = FuncType([type_, "i32", type_], [type_])
    native = functype_to_native(func, library.engine)
    assert functype_from_native(native) == func
    c.wasm_functype_delete(native)
    with pytest.raises(WasmtimeError) as caught:
        functype_to_native(func)
    assert str(caught.value) == f"{type_} cannot be made without an engine: it refers to a concrete type"


@pytest.mark.parametrize("text", CONCRETE)
def test_a_made_concrete_type_is_the_one_that_a_module_declares(library: Library, text: str) -> None:
    types: list[str] = []

    def declare(type_: ValType) -> str:
        """The type in real WebAssembly text, which gives concrete types names."""
        heap = type_.heap
        if not isinstance(heap, DefinedType):
            return str(type_)
        inner = heap.wat
        for part in parts(heap):
            inner = inner.replace(str(part), declare(part))
        types.append(f"(type $t{len(types)} {inner})")
        return f"(ref {'null ' if type_.nullable else ''}$t{len(types) - 1})"

    def parts(heap: Any) -> list[ValType]:
        if isinstance(heap, FuncType):
            return [*heap.params, *heap.results]
        fields = heap.fields if hasattr(heap, "fields") else [heap.element]
        return [field.storage for field in fields if isinstance(field.storage, ValType)]

    reference = declare(ValType(text))
    module, wasm = library.module(f'(module {" ".join(types)} (import "" "" (global {reference})))')
    assert imports_from_native(module, wasm) == (ImportType("", "", GlobalType(text)),)
    vec = Vec()
    c.wasmtime_module_imports(module, byref(vec))
    imported = c_void_p.from_address(vec[1]).value
    declared = c.wasm_globaltype_content(c.wasm_externtype_as_globaltype_const(c.wasm_importtype_type(imported)))
    made = valtype_to_native(ValType(text), library.engine)
    assert c.wasmtime_wasm_valtype_equal(declared, made)
    c.wasm_valtype_delete(made)
    c.wasm_importtype_vec_delete(byref(vec))


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        ("(ref (func ...))", "(ref (func ...)) cannot be made: the type that it refers to is not told entirely"),
        ("(ref (tag (result i32)))", "(tag (result i32)) has results: it is no type of exceptions"),
    ],
)
def test_what_the_c_api_cannot_make_is_an_error(library: Library, type_: str, message: str) -> None:
    with pytest.raises(WasmtimeError) as caught:
        valtype_to_native(ValType(type_), library.engine)
    assert str(caught.value) == message


def test_a_type_that_contains_itself_is_told_once(library: Library) -> None:
    (found,) = library.imports("""
        (rec (type $node (sub (struct (field (mut (ref null $node))) (field (ref null $list)))))
             (type $list (sub (array (ref null $node)))))
        (type $f (func (param (ref null $f) (ref null $node))))
        (import "" "" (func (type $f)))
    """)
    node = (
        "(ref null (struct (field (mut (ref null (struct ...)))) (field (ref null (array (ref null (struct ...)))))))"
    )
    assert found.type.wat == f"(func (param (ref null (func (param (ref null (func ...)) {node}))) {node}))"


@pytest.mark.parametrize(
    ("width", "depth", "complete"),
    [(1, 2, True), (1, 8, True), (1, 30, False), (400, 2, True), (400, 30, False), (9000, 3, False)],
)
def test_a_type_that_unfolds_without_measure_is_told_in_part(
    library: Library, width: int, depth: int, complete: bool
) -> None:
    fields = "(field i32)" * width
    types = "".join(
        f"(type $t{i} (struct {fields} (field (ref $t{i - 1})) (field (ref $t{i - 1}))))" for i in range(1, depth)
    )
    (found,) = library.imports(f'(type $t0 (struct)) {types} (import "" "" (global (ref $t{depth - 1})))')
    text = str(found)
    assert ("..." not in text) == complete
    assert text.count("(field") <= 1000 + width + 2
    assert ImportType.parse(text) == found


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        (TableType("funcref", 1, is_64=True), "the C API makes 32-bit tables only"),
        (TableType("funcref", 1, 2**32 - 1), "to the C API, 4294967295 means no maximum"),
    ],
)
def test_tables_that_the_c_api_cannot_make_are_an_error(type_: TableType, message: str) -> None:
    with pytest.raises(WasmtimeError) as caught:
        tabletype_to_native(type_)
    assert str(caught.value) == f"{type_} cannot be made by the host: {message}"


@pytest.mark.parametrize("limits", [(0, None), (1, 2), (2**32 - 1, None), (7, 2**32 - 2)])
def test_tables_cross(limits: tuple[int, int | None]) -> None:
    table = TableType("(ref extern)", *limits)
    native = tabletype_to_native(table)
    assert tabletype_from_native(native, Limits(*limits, False)) == table
    found = c.wasm_limits_t.from_address(c.wasm_tabletype_limits(native))
    assert (found.min, found.max) == (limits[0], 2**32 - 1 if limits[1] is None else limits[1])
    c.wasm_tabletype_delete(native)


def test_random_memories_cross() -> None:
    random = Random(11)
    for _ in range(500):
        is_64, page_size = random.random() < 0.5, random.choice([1, 65536])
        most = (2**64 if is_64 else 2**32) // page_size - 1
        low, high = sorted([random.choice([0, most, random.randrange(most)]), random.randrange(most)])
        maximum = random.choice([None, high, most])
        shared = maximum is not None and random.random() < 0.5
        memory = MemoryType(low, maximum, is_64=is_64, shared=shared, page_size=page_size)
        native = memorytype_to_native(memory)
        assert memorytype_from_native(native) == memory
        c.wasm_memorytype_delete(native)


def test_a_memory_of_the_whole_address_space_cannot_be_made() -> None:
    with pytest.raises(WasmtimeError) as caught:
        memorytype_to_native(MemoryType(2**48, is_64=True))
    assert str(caught.value).startswith(
        "(memory i64 281474976710656) cannot be made: memory's minimum byte size must fit in a u64"
    )


@pytest.mark.parametrize("type_", [TagType(""), TagType("i32, externref"), TagType("i32 -> i32")], ids=str)
def test_tags_cross(type_: TagType) -> None:
    native = tagtype_to_native(type_)
    assert tagtype_from_native(native) == type_
    assert externtype_from_native(c.wasm_tagtype_as_externtype_const(native)) == type_
    c.wasm_tagtype_delete(native)


def test_a_native_function_type_can_be_made_for_each_engine(library: Library) -> None:
    other = Library()
    func = FuncType("i32, externref -> i32")
    for engine in (library.engine, other.engine):
        store = c.wasmtime_store_new(engine, None, c.wasmtime_finalizer_t())
        native = functype_to_native(func)
        made = c.wasmtime_func_t()
        callback = c.wasmtime_func_unchecked_callback_t(lambda *_: None)
        context = c.wasmtime_store_context(store)
        c.wasmtime_func_new_unchecked(context, native, callback, None, c.wasmtime_finalizer_t(), byref(made))
        c.wasm_functype_delete(native)
        told = c.wasmtime_func_type(context, byref(made))
        assert functype_from_native(told) == func
        c.wasm_functype_delete(told)
        c.wasmtime_store_delete(store)
    other.close()


def test_threads_read_and_make_types_together(library: Library) -> None:
    from threading import Thread

    module, wasm = library.module("""(module
        (import "" "a" (func (param i32 externref v128) (result i64)))
        (type $s (struct (field (mut i8)) (field (ref null $s)))) (import "" "b" (global (ref null $s))))""")
    wanted = imports_from_native(module, wasm)
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        random = Random(seed)
        try:
            for _ in range(300):
                assert imports_from_native(module, wasm) == wanted
                func = FuncType(random.choices(ALL_SIMPLE, k=3))
                native = functype_to_native(func)
                assert functype_from_native(native) == func
                c.wasm_functype_delete(native)
        except BaseException as error:
            failures.append(error)

    threads = [Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
