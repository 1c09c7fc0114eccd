"""Memory: every way to read and write bytes does what it says, on every kind of memory, and nothing wraps."""

from __future__ import annotations

import array
import ctypes
import struct
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.memories import KINDS, PAGE, small
from wasmtime_gen import ClosedError, Engine, Memory, MemoryType, SharedMemory, Store, WasmtimeError


@pytest.fixture(params=KINDS)
def memory(request: pytest.FixtureRequest) -> Any:
    return KINDS[request.param]()


def test_bytes_come_back(memory: Memory) -> None:
    memory.write(10, b"hello")
    assert memory.read(10, 5) == memory[10:15] == b"hello"
    assert memory[10] == ord("h")
    memory[10] = ord("j")
    memory[11:13] = bytearray(b"ol")
    assert memory[:15] == bytes(10) + b"jollo"
    assert memory[PAGE - 2 :] == bytes(2)
    assert memory.read(PAGE, 0) == memory[PAGE:] == memory[5:5] == b""
    assert len(memory) == memory.size == len(memory[:]) == PAGE


@pytest.mark.parametrize(
    "data",
    [
        b"abcd",
        bytearray(b"abcd"),
        memoryview(b"abcd"),
        memoryview(b"a-b-c-d-")[::2],
        array.array("H", [0x6261, 0x6463]),
        memoryview(array.array("I", [0x64636261])),
        (ctypes.c_uint16 * 2)(0x6261, 0x6463),
        memoryview(b"abcd").cast("B", [2, 2]),
    ],
    ids=lambda data: type(data).__name__,
)
def test_whatever_has_a_buffer_can_be_written(memory: Memory, data: Any) -> None:
    memory.write(3, data)
    assert memory[2:8] == b"\0abcd\0"
    memory[100:104] = data
    assert memory.find(data, 50) == 100


def test_addresses_may_be_any_integers(memory: Memory) -> None:
    class Three:
        def __index__(self) -> int:
            return 3

    three: Any = Three()
    memory.write(three, b"xyz")
    assert memory.read(three, three) == memory[three:6] == b"xyz"
    assert memory[three] == ord("x")
    assert memory.u8[three] == memory.read(3, True)[0] == ord("x")


READS: list[tuple[Callable[[Memory], object], str]] = [
    (lambda m: m[-1], "1 bytes at address -1"),
    (lambda m: m[PAGE], "1 bytes at address 65536"),
    (lambda m: m.read(-4, 2), "2 bytes at address -4"),
    (lambda m: m.read(-4, 4), "4 bytes at address -4"),
    (lambda m: m.read(PAGE - 1, 2), "2 bytes at address 65535"),
    (lambda m: m.read(2**32, 1), "1 bytes at address 4294967296"),
    (lambda m: m.read(2**63, 1), "1 bytes at address 9223372036854775808"),
    (lambda m: m.read(2**64, 1), "1 bytes at address 18446744073709551616"),
    (lambda m: m.read(0, 2**64), "18446744073709551616 bytes at address 0"),
    (lambda m: m.read(2**64 - 4, 8), "8 bytes at address 18446744073709551612"),
    (lambda m: m.read(0, -1), "-1 bytes at address 0"),
    (lambda m: m.read(PAGE + 1, 0), "0 bytes at address 65537"),
    (lambda m: m.read(-1, 0), "0 bytes at address -1"),
    (lambda m: m[-4:-2], "2 bytes at address -4"),
    (lambda m: m[0 : PAGE + 1], "65537 bytes at address 0"),
    (lambda m: m[PAGE + 1 :], "0 bytes at address 65537"),
    (lambda m: m.u32[PAGE - 3], "4 bytes at address 65533"),
    (lambda m: m.u64[-8], "8 bytes at address -8"),
    (lambda m: m.f64[2**64], "8 bytes at address 18446744073709551616"),
    (lambda m: m.unpack("100000I", 0), "400000 bytes at address 0"),
    (lambda m: m.read_struct(PAGE - 4, ctypes.c_uint64), "8 bytes at address 65532"),
    (lambda m: m.read_string(PAGE - 1, 2), "2 bytes at address 65535"),
    (lambda m: m.read_cstring(PAGE + 1), "0 bytes at address 65537"),
    (lambda m: m.find(b"a", 2**64), "0 bytes at address 18446744073709551616"),
    (lambda m: m.find(b"a", 0, PAGE + 1), "65537 bytes at address 0"),
    (lambda m: m.copy_within(0, PAGE, 1), "1 bytes at address 65536"),
]
WRITES: list[tuple[Callable[[Memory], object], str]] = [
    (lambda m: m.write(-1, b"ab"), "2 bytes at address -1"),
    (lambda m: m.write(-2, b"ab"), "2 bytes at address -2"),
    (lambda m: m.write(PAGE - 1, b"ab"), "2 bytes at address 65535"),
    (lambda m: m.write(2**64, b"ab"), "2 bytes at address 18446744073709551616"),
    (lambda m: m.write(PAGE + 1, b""), "0 bytes at address 65537"),
    (lambda m: m.__setitem__(-1, 1), "1 bytes at address -1"),
    (lambda m: m.__setitem__(PAGE, 1), "1 bytes at address 65536"),
    (lambda m: m.__setitem__(slice(-4, -2), b"ab"), "2 bytes at address -4"),
    (lambda m: m.__setitem__(slice(PAGE - 1, PAGE + 1), b"ab"), "2 bytes at address 65535"),
    (lambda m: m.u32.__setitem__(PAGE - 3, 1), "4 bytes at address 65533"),
    (lambda m: m.u32.__setitem__(-4, 1), "4 bytes at address -4"),
    (lambda m: m.pack("II", PAGE - 4, 1, 2), "8 bytes at address 65532"),
    (lambda m: m.write_struct(PAGE - 4, ctypes.c_uint64(1)), "8 bytes at address 65532"),
    (lambda m: m.write_string(PAGE - 1, "ab"), "2 bytes at address 65535"),
    (lambda m: m.write_cstring(PAGE - 2, "ab", 10), "3 bytes at address 65534"),
    (lambda m: m.fill(PAGE - 1, 2), "2 bytes at address 65535"),
    (lambda m: m.fill(0, -1), "-1 bytes at address 0"),
    (lambda m: m.copy_within(PAGE - 1, 0, 2), "2 bytes at address 65535"),
    (lambda m: m.copy_within(-1, 0, 2), "2 bytes at address -1"),
]


def test_what_is_out_of_range_raises_and_changes_nothing(memory: Memory) -> None:
    memory.fill(0, PAGE, 7)
    for access, text in READS + WRITES:
        with pytest.raises(IndexError) as raised:
            access(memory)
        assert str(raised.value) == f"{text} are out of range: the memory has 65536 bytes"
    assert memory[:] == b"\7" * PAGE


@pytest.mark.parametrize(
    ("access", "error", "text"),
    [
        (lambda m: m[0:10:2], ValueError, "a slice of a memory has no step: take the bytes, and slice these"),
        (lambda m: m[5:2], IndexError, "the slice [5:2] ends before it begins: addresses are unsigned"),
        (lambda m: m[0:-1], IndexError, "the slice [0:-1] ends before it begins"),
        (lambda m: m["a"], TypeError, "address must be an int, a number of bytes, not str"),
        (lambda m: m.read(0.5, 1), TypeError, "address must be an int, a number of bytes, not float"),
        (lambda m: m.read(0, None), TypeError, "size must be an int, a number of bytes, not NoneType"),
        (lambda m: m.write(0, "a"), TypeError, "data must be bytes or something else with a buffer, not str"),
        (lambda m: m.write(0, 5), TypeError, "data must be bytes or something else with a buffer, not int"),
        (lambda m: m.__setitem__(0, 256), OverflowError, "the value is 256, out of range for u8: from 0 to 2**8-1"),
        (lambda m: m.__setitem__(0, -1), OverflowError, "the value is -1, out of range for u8: from 0 to 2**8-1"),
        (lambda m: m.__setitem__(slice(0, 2), b"abc"), ValueError, "a slice of 2 bytes cannot be set to 3 bytes"),
        (lambda m: m.__setitem__(slice(0, None), b"abc"), ValueError, "of 65536 bytes cannot be set to 3 bytes"),
        (lambda m: m.fill(0, 1, 256), OverflowError, "value is 256, but must be from 0 to 2**8-1"),
        (lambda m: m.u32[0:4], TypeError, "single numbers have no slices: memory.unpack() reads several"),
        (lambda m: m.grow(-1), OverflowError, "delta is -1, but must be from 0 to 2**64-1"),
        (lambda m: m.grow(2**64), OverflowError, "delta is 18446744073709551616"),
        (lambda m: m.grow(10), WasmtimeError, "a memory of 1 pages cannot grow by 10: failed to grow memory by `10`"),
        (lambda m: m.grow(2**64 - 1), WasmtimeError, "a memory of 1 pages cannot grow by 18446744073709551615"),
    ],
)
def test_wrong_arguments_are_told(
    memory: Memory, access: Callable[[Memory], object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as raised:
        access(memory)
    assert text in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "format_", "values"),
    [
        ("i8", "<b", (-128, 127)),
        ("u8", "<B", (0, 255)),
        ("i16", "<h", (-(2**15), 2**15 - 1)),
        ("u16", "<H", (0, 2**16 - 1)),
        ("i32", "<i", (-(2**31), 2**31 - 1)),
        ("u32", "<I", (0, 2**32 - 1)),
        ("i64", "<q", (-(2**63), 2**63 - 1)),
        ("u64", "<Q", (0, 2**64 - 1)),
        ("f32", "<f", (0.5, -float("inf"))),
        ("f64", "<d", (0.1, float("inf"))),
    ],
)
def test_numbers_are_little_endian_and_need_no_alignment(
    memory: Memory, kind: str, format_: str, values: tuple[Any, Any]
) -> None:
    numbers = getattr(memory, kind)
    for value in values:
        numbers[3] = value
        assert numbers[3] == value
        assert memory.read(3, struct.calcsize(format_)) == struct.pack(format_, value)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("u32", 2**32, "the value is 4294967296, out of range for u32: from 0 to 2**32-1"),
        ("u32", -1, "the value is -1, out of range for u32: from 0 to 2**32-1"),
        ("i32", 2**31, "the value is 2147483648, out of range for i32: from -2**31 to 2**31-1"),
        ("i8", -129, "the value is -129, out of range for i8: from -2**7 to 2**7-1"),
        ("f32", 1e300, "the value is 1e+300, too large for f32"),
    ],
)
def test_numbers_out_of_range_are_refused(memory: Memory, kind: str, value: float, text: str) -> None:
    with pytest.raises(OverflowError) as raised:
        getattr(memory, kind)[0] = value
    assert str(raised.value) == text
    assert memory.u64[0] == 0


def test_numbers_of_another_type_are_refused(memory: Memory) -> None:
    with pytest.raises(TypeError, match="the value must be an int for u32, not float"):
        memory.u32[0] = 1.5  # type: ignore[assignment]
    with pytest.raises(TypeError, match="the value must be a float for f64, not str"):
        memory.f64[0] = "1.5"  # type: ignore[assignment]
    with pytest.raises(TypeError, match="address must be an int, a number of bytes, not str"):
        memory.u32["0"]  # type: ignore[index]


def test_strings_go_by_their_length_in_utf_8(memory: Memory) -> None:
    assert memory.write_string(5, "naïve") == 6
    assert memory.read_string(5, 6) == "naïve"
    assert memory[11] == 0
    memory.write(0, b"a\xff")
    with pytest.raises(UnicodeDecodeError):
        memory.read_string(0, 2)
    assert memory.read_string(0, 2, "replace") == "a\ufffd"
    with pytest.raises(UnicodeEncodeError):
        memory.write_string(0, "\ud800")
    with pytest.raises(TypeError, match="text must be a str, not bytes"):
        memory.write_string(0, b"a")  # type: ignore[arg-type]


def test_c_strings_end_with_nul_within_a_bound(memory: Memory) -> None:
    memory.fill(0, PAGE, 1)
    assert memory.write_cstring(5, "naïve", 7) == 6
    assert memory.read_cstring(5) == memory.read_cstring(5, 7) == "naïve"
    with pytest.raises(ValueError, match="no NUL ends the string within 6 bytes at address 5"):
        memory.read_cstring(5, 6)
    with pytest.raises(ValueError, match="no NUL ends the string within 2 bytes at address 65534"):
        memory.read_cstring(PAGE - 2)
    with pytest.raises(ValueError, match="the text takes 8 bytes with its NUL, and there is room for 7"):
        memory.write_cstring(5, "naïvet", 7)
    with pytest.raises(ValueError, match="the text holds a NUL, which ends a C string"):
        memory.write_cstring(5, "a\0b", 7)
    memory.write_cstring(0, "x" * 30000, 30001)
    assert memory.read_cstring(0) == "x" * 30000


def test_bytes_are_found_and_across_pieces_of_the_search() -> None:
    memory = small()
    memory.grow(2)
    memory.write(PAGE - 2, b"needle")
    assert memory.find(b"needle") == PAGE - 2
    assert memory.find(b"needle", PAGE - 2) == PAGE - 2
    assert memory.find(b"needle", PAGE - 1) == -1
    assert memory.find(b"needle", 0, PAGE + 4) == PAGE - 2
    assert memory.find(b"needle", 0, PAGE + 3) == -1
    assert memory.find(b"") == 0
    assert memory.find(b"", 3 * PAGE) == 3 * PAGE
    assert memory.find(bytes(2 * PAGE)) == -1
    assert memory.find(memory[5 : 2 * PAGE]) == 5


def test_the_whole_is_bytes_and_contains_some(memory: Memory) -> None:
    memory.write(PAGE - 3, b"end")
    assert bytes(memory) == memory[:] == bytes(PAGE - 3) + b"end"
    assert b"end" in memory
    assert b"enD" not in memory
    assert ord("e") in memory
    assert 1 not in memory
    with pytest.raises(OverflowError, match="the value is 256, out of range for u8"):
        assert 256 in memory


def test_bytes_are_filled_and_copied_where_they_overlap(memory: Memory) -> None:
    memory.write(0, bytes(range(10)))
    memory.copy_within(2, 0, 8)
    assert memory[:10] == bytes([0, 1, 0, 1, 2, 3, 4, 5, 6, 7])
    memory.copy_within(0, 2, 8)
    assert memory[:8] == bytes(range(8))
    memory.fill(1, 3, 9)
    assert memory[:5] == bytes([0, 9, 9, 9, 4])
    memory.fill(PAGE, 0)
    memory.copy_within(PAGE, PAGE, 0)


def test_growing_adds_zeros_and_keeps_the_rest(memory: Memory) -> None:
    memory.write(PAGE - 4, b"last")
    assert memory.read(PAGE - 4, 4) == b"last"
    assert memory.grow(2) == 1
    assert (memory.pages, len(memory), memory.page_size) == (3, 3 * PAGE, PAGE)
    assert memory[PAGE - 4 : PAGE + 4] == b"last\0\0\0\0"
    memory.write(3 * PAGE - 2, b"ok")
    memory.u16[3 * PAGE - 2] += 1
    memory[PAGE] = 1
    assert memory.grow(0) == 3
    with pytest.raises(IndexError, match="1 bytes at address 196608 are out of range: the memory has 196608 bytes"):
        memory[3 * PAGE]


def test_a_guest_that_grows_its_memory_is_noticed(engine: Engine) -> None:
    for bits in ("i32", "i64"):
        from wasmtime_gen import Linker, Module

        text = f"""(module (memory (export "m") {bits} 1)
            (func (export "grow") (drop (memory.grow ({bits}.const 1)))))"""
        exports: Any = Linker(engine).instantiate(Store(engine), Module.from_text(engine, text)).exports
        memory, read, numbers = exports.m, exports.m.read, exports.m.u32
        assert read(PAGE - 4, 4) == bytes(4)
        exports.grow()
        assert read(PAGE - 2, 4) == bytes(4)
        numbers[PAGE] = 5
        assert (memory[PAGE], len(memory)) == (5, 2 * PAGE)


def test_a_memory_tells_its_type() -> None:
    assert small().type == MemoryType(1, 10)
    assert str(KINDS["64-bit"]().type) == "(memory i64 1 10)"
    assert str(KINDS["shared"]().type) == "(memory 1 10 shared)"


def test_a_memory_of_pages_of_one_byte(store: Store) -> None:
    memory = Memory(store, "3 10 (pagesize 1)")
    assert (len(memory), memory.pages, memory.page_size) == (3, 3, 1)
    memory.write(0, b"abc")
    assert memory.grow(1) == 3
    assert memory[:] == b"abc\0"


def test_an_empty_memory_has_nothing(store: Store) -> None:
    memory = Memory(store, "0 2")
    assert (len(memory), memory[:], memory.read(0, 0), list(memory)) == (0, b"", b"", [])
    memory.write(0, b"")
    memory.fill(0, 0)
    with pytest.raises(IndexError, match="1 bytes at address 0 are out of range: the memory has 0 bytes"):
        memory[0]
    memory.grow(1)
    memory[0] = 1
    assert memory[0:2] == b"\1\0"


def test_the_end_of_4_gib_can_be_reached(store: Store) -> None:
    memory = Memory(store, "65536")
    memory.u32[2**32 - 4] = 7
    assert memory.read(2**32 - 4, 4) == b"\7\0\0\0"
    with pytest.raises(IndexError, match="4 bytes at address 4294967293 are out of range"):
        memory.u32[2**32 - 3]


def test_limits_hold_for_the_host_too(store: Store) -> None:
    store.set_limits(memory_size=2 * PAGE)
    memory = Memory(store, "1")
    assert memory.grow(1) == 1
    with pytest.raises(WasmtimeError, match="a memory of 2 pages cannot grow by 1: failed to grow memory by `1`"):
        memory.grow(1)
    with pytest.raises(WasmtimeError, match="memory minimum size of 3 pages exceeds memory limits"):
        Memory(store, "3")


def test_what_cannot_be_made_is_told(engine: Engine, store: Store) -> None:
    with pytest.raises(TypeError, match=r"a shared memory belongs to no store: make it with SharedMemory\(engine"):
        Memory(store, "1 2 shared")
    with pytest.raises(TypeError, match="type must be a MemoryType or its text, not int"):
        Memory(store, 1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="store must be a Store, not Engine"):
        Memory(engine, "1")  # type: ignore[arg-type]
    with pytest.raises(WasmtimeError, match="cannot be made: memory's minimum byte size must fit in a u64"):
        Memory(store, MemoryType(2**48, is_64=True))


def test_a_closed_store_refuses_all_of_it() -> None:
    memory = small()
    memory.read(0, 1)
    number = memory.u32
    memory.store.close()
    accesses: list[Callable[[], object]] = [
        lambda: memory.read(0, 1),
        lambda: memory.write(0, b"a"),
        lambda: memory[0],
        lambda: number[0],
        lambda: memory.grow(1),
        lambda: len(memory),
        lambda: memory.pages,
        lambda: memory.view(),
        lambda: memory.find(b"a"),
    ]
    for access in accesses:
        with pytest.raises(ClosedError):
            access()
    assert repr(memory) == "<Memory memory of a closed store>"


def test_every_kind_has_the_same_surface() -> None:
    own = {name for name in dir(SharedMemory) if not name.startswith("_")}
    assert own - {"close", "closed", "dispose", "engine"} == {n for n in dir(Memory) if n[0] != "_"} - {"store"}


def test_a_c_string_has_no_negative_bound(store: Store) -> None:
    memory = Memory(store, "1")
    memory.write(0, b"A" * 300)
    for address, limit in ((0, -1), (5, -6), (100, -50)):
        with pytest.raises(OverflowError, match=f"is {limit}, but must be from 0"):
            memory.read_cstring(address, limit)
