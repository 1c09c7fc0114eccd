"""Types are plain values: immutable, equal and hashable by what they hold, copied and pickled, checked when made."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from wasmtime_gen._types.extern import ExportType, ImportType
from wasmtime_gen._types.functype import FuncType, GlobalType, TagType
from wasmtime_gen._types.heaptype import ArrayType, FieldType, OpaqueType, StructType
from wasmtime_gen._types.sized import MemoryType, TableType
from wasmtime_gen._types.valtype import ABSTRACT, NAMED, PLAIN, ValType, externref, f64, funcref, i32, i64, v128

POINT = StructType([FieldType("i32"), FieldType("i8", mutable=True), FieldType("(ref null (array i16))")])
VALUES: list[Any] = [
    *PLAIN,
    *ABSTRACT.values(),
    ValType.ref(FuncType("i32 -> i64"), nullable=False),
    ValType.ref(POINT),
    ValType.ref(TagType("i32 -> ()")),
    ValType.ref(OpaqueType("func")),
    FieldType("i16", mutable=True),
    POINT,
    ArrayType(FieldType("externref")),
    OpaqueType("array"),
    FuncType(),
    FuncType("i32, (ref func) -> v128, f32"),
    TagType("i32, i64 -> ()"),
    TagType("i32 -> i32"),
    GlobalType("i32"),
    GlobalType("externref", mutable=True),
    TableType("funcref", 0),
    TableType("(ref extern)", 1, 2**40, is_64=True),
    MemoryType(1),
    MemoryType(0, 2**32, page_size=1),
    MemoryType(1, 2, is_64=True, shared=True),
    ImportType("env", 'a "quoted" \\ name\n', FuncType("i32 -> ()")),
    ImportType("", "", MemoryType(1)),
    ExportType("été", GlobalType("i64")),
]


def names() -> dict[str, Any]:
    """What a user imports from wasmtime_gen, for eval."""
    classes = (ArrayType, ExportType, FieldType, FuncType, GlobalType, ImportType, MemoryType, OpaqueType, StructType)
    return {kind.__name__: kind for kind in (*classes, TableType, TagType, ValType)}


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_type_is_equal_to_what_its_repr_makes(value: Any) -> None:
    made = eval(repr(value), names())
    assert made == value
    assert hash(made) == hash(value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_type_survives_pickling(value: Any, protocol: int) -> None:
    hash(value)  # a kept hash must not travel: those of strings differ in another process
    dumped = pickle.dumps(value, protocol)
    assert b"_hash" not in dumped
    assert pickle.loads(dumped) == value


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_copy_of_a_type_is_the_type(value: Any) -> None:
    assert copy.copy(value) is value
    assert copy.deepcopy([value])[0] is value


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_type_cannot_be_changed(value: Any) -> None:
    kind = type(value).__name__
    for name in (*value.__match_args__, "new"):
        with pytest.raises(AttributeError, match=f"^a {kind} cannot be changed: make a new one instead$"):
            setattr(value, name, None)
        with pytest.raises(AttributeError, match=f"^a {kind} cannot be changed: make a new one instead$"):
            delattr(value, name)
    assert not hasattr(value, "__dict__")


def test_no_two_of_these_types_are_equal() -> None:
    assert len(set(VALUES)) == len(VALUES)
    for value in VALUES:
        assert [other for other in VALUES if other == value] == [value]
        assert value != str(value)
        assert value != ()


def test_types_without_concrete_parts_exist_once() -> None:
    assert ValType("i32") is i32 is ValType.i32 is ValType.parse(" i32 ") is ValType(int)
    assert ValType("(ref null func)") is funcref is ValType.ref("func")
    assert ValType("(ref func)") is ValType.ref("func", nullable=False) is not funcref
    for value in (*PLAIN, *ABSTRACT.values()):
        assert pickle.loads(pickle.dumps(value)) is value
        assert ValType(value) is value
    assert all(getattr(ValType, name) is value for name, value in NAMED.items())


def test_int_means_i32_and_float_means_f64() -> None:
    assert FuncType([int, float], [int]) == FuncType("i32, f64 -> i32")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (bytes, "<class 'bytes'> is not a value type: write v128"),
        (bool, "<class 'bool'> is not a value type: write i32"),
        (None, "None is not a value type: give one such as i32, its text, int or float"),
        (5, "5 is not a value type: give one such as i32, its text, int or float"),
        (FuncType(), "FuncType('() -> ()') is not a value type: give one such as i32, its text, int or float"),
    ],
)
def test_what_is_no_value_type_is_refused(given: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        ValType(given)
    assert str(caught.value) == message


def test_a_value_type_tells_its_parts() -> None:
    assert (v128.kind, v128.heap, v128.nullable, v128.is_ref, v128.top) == ("v128", None, False, False, None)  # type: ignore[attr-defined]
    concrete = ValType("(ref (func (param i32)))")
    assert (concrete.kind, concrete.heap, concrete.nullable) == ("ref", FuncType("i32 -> ()"), False)
    assert concrete.is_ref
    tops = {"func": "func", "nofunc": "func", "extern": "extern", "noextern": "extern", "exn": "exn", "noexn": "exn"}
    for heap, nullable in ABSTRACT:
        made = ValType.ref(heap, nullable=nullable)
        assert (made.kind, made.heap, made.nullable, made.top) == ("ref", heap, nullable, tops.get(heap, "any"))
    heaps = (FuncType(), TagType(""), POINT, ArrayType(FieldType("i8")), *map(OpaqueType, ("func", "tag", "struct")))
    assert [ValType.ref(heap).top for heap in heaps] == ["func", "exn", "any", "any", "func", "exn", "any"]


def test_a_reference_can_be_made_to_the_text_of_a_type() -> None:
    assert ValType.ref("(func (param i32))").heap == FuncType("i32 -> ()")
    with pytest.raises(ValueError, match=r"^'fun' is not a heap type: 'fun' is no heap type, did you mean 'func'\?$"):
        ValType.ref("fun")
    with pytest.raises(TypeError, match=r"^heap must be a FuncType or the name of a heap type, not ValType$"):
        ValType.ref(ValType.i32)  # type: ignore[arg-type]


def test_a_value_type_that_is_called_says_what_it_is() -> None:
    with pytest.raises(TypeError, match=r"^i32 is the type of a WebAssembly value, not a function"):
        i32(5)


def test_a_function_type_takes_types_and_text_in_any_mix() -> None:
    wanted = FuncType.parse("i32, f64 -> i64")
    assert FuncType("i32, f64 -> i64") == wanted
    assert FuncType("i32, f64", "i64") == wanted
    assert FuncType([i32, "f64"], (i64,)) == wanted
    assert FuncType(iter([i32, f64]), [ValType.i64]) == wanted
    assert FuncType("(func (param i32 f64) (result i64))") == wanted
    assert FuncType(wanted) is wanted
    assert FuncType() == FuncType("") == FuncType((), ()) == FuncType("->")
    assert FuncType([externref]).params == (ValType.externref,)
    assert wanted.params == (ValType.i32, ValType.f64)
    assert wanted.results == (ValType.i64,)


OF_THE_WRONG_TYPE = {
    "FuncType(ValType.i32)": "params must be a sequence of value types, such as [i32, f64], not ValType('i32')",
    "FuncType([], int)": "results must be a sequence of value types, such as [i32, f64], not <class 'int'>",
    "FuncType(5)": "params must be a sequence of value types, such as [i32, f64], not 5",
    "FuncType([None])": "None is not a value type: give one such as i32, its text, int or float",
    "GlobalType('i32', 'mut')": "mutable must be a bool, not str",
    "TableType('funcref', 1, is_64=1)": "is_64 must be a bool, not int",
    "MemoryType('1')": "minimum must be an int, a number of pages of 65536 bytes, not str",
    "MemoryType(1, 2.0)": "maximum must be an int, a number of pages of 65536 bytes, not float",
    "MemoryType(None)": "minimum must be an int, a number of pages of 65536 bytes, not NoneType",
    "MemoryType(1, shared=None)": "shared must be a bool, not NoneType",
    "MemoryType(1, page_size='1')": "page_size must be an int, a number of bytes, not str",
    "ImportType('env', 5, FuncType())": "name must be a str, not int",
    "ExportType('f', ValType.i32)": "type must be a FuncType, GlobalType, TableType, MemoryType or TagType, "
    "not ValType('i32')",
    "FieldType('i8', 1)": "mutable must be a bool, not int",
    "StructType(['i32'])": "a field must be a FieldType, not str",
    "ArrayType('i32')": "element must be a FieldType, not str",
}
IMPOSSIBLE = {
    "FuncType('i32 -> i32', 'i32')": "'i32 -> i32' is not a list of value types: '->' is left over at its end",
    "FuncType([int] * 1001)": "params are 1001: WebAssembly functions have at most 1000",
    "FuncType([], [int] * 1001)": "results are 1001: WebAssembly functions have at most 1000",
    "TableType('i32', 1)": "element must be a reference type such as funcref, not i32",
    "TableType('funcref', 2, 1)": "minimum is 2 elements, above the maximum of 1",
    "TableType('funcref', -1)": f"minimum is -1: a 32-bit table has from 0 to {2**32 - 1} elements",
    "TableType('funcref', 2**32)": f"minimum is {2**32}: a 32-bit table has from 0 to {2**32 - 1} elements "
    "(is_64=True allows more)",
    "TableType('funcref', 0, 2**64, is_64=True)": f"maximum is {2**64}: a 64-bit table has from 0 to {2**64 - 1} "
    "elements",
    "MemoryType(-1)": "minimum is -1: a 32-bit memory has from 0 to 65536 pages of 65536 bytes",
    "MemoryType(0, -1)": "maximum is -1: a 32-bit memory has from 0 to 65536 pages of 65536 bytes",
    "MemoryType(3, 2)": "minimum is 3 pages of 65536 bytes, above the maximum of 2",
    "MemoryType(65537)": "minimum is 65537: a 32-bit memory has from 0 to 65536 pages of 65536 bytes "
    "(is_64=True allows more)",
    "MemoryType(0, 2**32 + 1, page_size=1)": f"maximum is {2**32 + 1}: a 32-bit memory has from 0 to {2**32} "
    "pages of 1 byte (is_64=True allows more)",
    "MemoryType(2**48 + 1, is_64=True)": f"minimum is {2**48 + 1}: a 64-bit memory has from 0 to {2**48} "
    "pages of 65536 bytes",
    "MemoryType(0, 2**64, is_64=True, page_size=1)": f"maximum is {2**64}: a 64-bit memory has from 0 to {2**64 - 1} "
    "pages of 1 byte",
    "MemoryType(1, page_size=4096)": "page_size must be 1 or 65536 bytes, not 4096",
    "MemoryType(1, shared=True)": "a shared memory must have a maximum",
    "ImportType('\\ud800', 'f', FuncType())": "module '\\ud800' holds a lone surrogate: names in WebAssembly "
    "are Unicode text",
    "FieldType('i7')": "'i7' is not a value type: 'i7' is no value type",
    "StructType([FieldType('i8')] * 10001)": "a struct has at most 10000 fields, not 10001",
    "OpaqueType('i31')": "form must be 'func', 'struct', 'array' or 'tag', not 'i31'",
}


@pytest.mark.parametrize(("made", "message"), OF_THE_WRONG_TYPE.items(), ids=list(OF_THE_WRONG_TYPE))
def test_an_argument_of_the_wrong_type_is_a_type_error(made: str, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        eval(made, names())
    assert str(caught.value) == message


@pytest.mark.parametrize(("made", "message"), IMPOSSIBLE.items(), ids=list(IMPOSSIBLE))
def test_what_no_module_could_declare_is_a_value_error(made: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared
        eval(made, names())
    assert str(caught.value) == message


def test_the_largest_sizes_are_accepted() -> None:
    assert MemoryType(2**16, 2**16).minimum == 2**16
    assert MemoryType(2**48, 2**48, is_64=True).maximum == 2**48
    assert MemoryType(2**64 - 1, is_64=True, page_size=1).minimum == 2**64 - 1
    assert TableType(funcref, 2**32 - 1).minimum == 2**32 - 1
    assert TableType(funcref, 2**64 - 1, is_64=True).minimum == 2**64 - 1


def test_sizes_honour_index() -> None:
    class Two:
        def __index__(self) -> int:
            return 2

    made = MemoryType(Two(), Two())  # type: ignore[arg-type]
    assert made == MemoryType(2, 2)
    assert type(made.minimum) is int


def test_types_match_patterns_by_position() -> None:
    match ImportType("env", "memory", MemoryType(1, 2)):
        case ImportType("env", name, MemoryType(minimum, maximum, is_64=False)):
            assert (name, minimum, maximum) == ("memory", 1, 2)
        case _:
            pytest.fail("no match")


def test_each_type_of_an_import_tells_its_kind() -> None:
    made: list[Any] = [FuncType(), GlobalType("i32"), TableType("funcref", 1), MemoryType(1), TagType("")]
    assert [each.kind for each in made] == ["func", "global", "table", "memory", "tag"]
