"""Views of memory: no copy, and no way to be left dangling."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
import weakref
from typing import Any

import numpy
import pytest

from tests.api.memories import KINDS, MOVING, PAGE, STAYING, small
from wasmtime_gen import Config, Engine, Memory, MemoryMovesError, SharedMemory, Store, WasmtimeError


@pytest.fixture(params=STAYING)
def memory(request: pytest.FixtureRequest) -> Any:
    return KINDS[request.param]()


def test_a_view_is_the_memory_itself(memory: Memory) -> None:
    view = memory.view(4, 8)
    assert (view.format, view.nbytes, view.readonly) == ("B", 8, False)
    view[:] = b"12345678"
    assert memory[4:12] == b"12345678"
    memory[4] = ord("x")
    assert bytes(view[:2]) == b"x2"
    assert memory.view().nbytes == PAGE
    assert memory.view(PAGE).nbytes == memory.view(5, 0).nbytes == 0


def test_an_array_is_the_memory_itself(memory: Memory) -> None:
    numbers = memory.numpy("u4", 4, 3)
    assert (numbers.dtype, numbers.shape) == (numpy.uint32, (3,))
    numbers[:] = (1, 2, 2**32 - 1)
    assert (memory.u32[4], memory.u32[8], memory.i32[12]) == (1, 2, -1)
    assert memory.numpy().shape == (PAGE,)
    assert memory.numpy("f8", 8).shape == (PAGE // 8 - 1,)
    assert memory.numpy("u4", PAGE - 6).shape == (1,)
    assert memory.numpy("u4", PAGE).shape == memory.numpy("u4", PAGE - 1).shape == memory.numpy(count=0).shape == (0,)
    assert memory.numpy([("a", "u1"), ("b", "<u4")], 3, 2).strides == (5,)
    assert memory.numpy(dtype="u2", count=2, address=4)[0] == 1


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (("u4", -4), IndexError, "bytes at address -4 are out of range: the memory has 65536 bytes"),
        (("u4", PAGE + 1), IndexError, "0 bytes at address 65537 are out of range"),
        (("u4", 0, PAGE), IndexError, "262144 bytes at address 0 are out of range"),
        (("u4", 0, -1), IndexError, "-4 bytes at address 0 are out of range"),
        (("u4", 2**64), IndexError, "0 bytes at address 18446744073709551616 are out of range"),
        (("u4", 0, 2**62), IndexError, "18446744073709551616 bytes at address 0 are out of range"),
        (("O",), TypeError, "an array over a memory cannot have the dtype object: its elements would be pointers"),
        (("S0",), ValueError, "its elements have no size"),
        (("nonsense",), TypeError, "data type 'nonsense' not understood"),
        (("u4", 0.5), TypeError, "address must be an int, a number of bytes, not float"),
        (("u4", 0, "1"), TypeError, "count must be an int, a number of items, not str"),
    ],
)
def test_an_array_out_of_range_is_refused(
    memory: Memory, arguments: tuple[Any, ...], error: type[Exception], text: str
) -> None:
    memory.numpy()
    with pytest.raises(error) as raised:
        memory.numpy(*arguments)
    assert text in str(raised.value)


def test_a_view_out_of_range_is_refused(memory: Memory) -> None:
    for address, size in ((-1, 1), (0, PAGE + 1), (PAGE + 1, None), (0, -1), (2**64, 0), (-4, None)):
        with pytest.raises(IndexError, match=f"at address {address} are out of range: the memory has 65536 bytes"):
            memory.view(address, size)


@pytest.mark.parametrize("kind", MOVING)
def test_a_memory_that_may_move_has_no_view_but_can_be_read(kind: str) -> None:
    memory = KINDS[kind]()
    assert memory.can_move
    for view in (memory.view, memory.numpy, lambda: memory.view(0, 0)):
        with pytest.raises(
            MemoryMovesError, match=r"this memory may move .*: use read\(\) and write\(\), or an engine"
        ):
            view()
    memory.write(0, b"abc")
    assert memory.read(0, 3) == b"abc"
    assert MemoryMovesError.__bases__ == (WasmtimeError, BufferError)


def test_which_memories_may_move() -> None:
    def moves(type_: str, **options: Any) -> bool:
        return Memory(Store(Engine(Config(**options))), type_).can_move

    assert not moves("1")
    assert not moves("1", memory_reservation=2**32)
    assert moves("1", memory_reservation=2**32 - 1)
    assert not moves("1 16", memory_reservation=2**20)
    assert moves("1 17", memory_reservation=2**20)
    assert moves("i64 1 2")
    assert moves("1", signals_based_traps=False)
    assert not moves("1", signals_based_traps=False, memory_may_move=False)
    assert not moves("i64 1", memory_may_move=False)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"memory_reservation": 2**18},
        {"memory_reservation": 0, "memory_reservation_for_growth": 0},
        {"memory_may_move": False, "memory_reservation": 2**18},
        {"signals_based_traps": False},
        {"signals_based_traps": False, "memory_may_move": False, "memory_reservation": 2**18},
        {"memory_guard_size": 0},
        {"memory_init_cow": False},
        {"target": "pulley64"},
    ],
    ids=str,
)
def test_no_memory_moves_of_which_we_say_that_it_cannot(options: dict[str, Any]) -> None:
    engine = Engine(shared_memory=True, **options)
    for type_ in ("1", "0 4", "1 5", "i64 1", "i64 0 4", "0 9 shared", "i64 1 5000 shared", "3 1000 (pagesize 1)"):
        memory: Any = SharedMemory(engine, type_) if "shared" in type_ else Memory(Store(engine), type_)
        before = memory._within(lambda base, size: base)
        for delta in (1, 1, 2, 60, 500, 3000):
            try:
                memory.grow(delta)
            except WasmtimeError:
                continue
            assert memory.can_move or memory._within(lambda base, size: base) == before, type_


def test_views_stay_valid_when_the_memory_grows(memory: Memory) -> None:
    view, numbers = memory.view(), memory.numpy()
    memory.grow(3)
    view[0], numbers[PAGE - 1] = 1, 2
    assert (memory[0], memory[PAGE - 1]) == (1, 2)
    assert (len(view), len(numbers)) == (PAGE, PAGE)
    assert (len(memory.view()), len(memory.numpy())) == (4 * PAGE, 4 * PAGE)


def test_a_view_outlives_the_closed_store() -> None:
    memory = small()
    view, numbers = memory.view(), memory.numpy("u4")
    owner = weakref.ref(memory.store)
    memory.store.close()
    del memory
    gc.collect()
    assert owner() is None
    view[0] = 5
    numbers[-1] = 6
    assert (numbers[0], view[-4]) == (5, 6)
    del view
    gc.collect()
    assert numbers[0] == 5


def test_a_view_outlives_the_closed_shared_memory() -> None:
    memory = SharedMemory(Engine(shared_memory=True), "1 1 shared")
    view = memory.view()
    memory.close()
    del memory
    gc.collect()
    view[PAGE - 1] = 5
    assert view[PAGE - 1] == 5


def test_a_store_is_freed_when_its_last_view_is_gone() -> None:
    def resident() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    if sys.platform != "linux":
        pytest.skip("reads /proc")
    engine = Engine()

    def one() -> None:
        memory = Memory(Store(engine), "256")
        memory.fill(0, len(memory), 1)
        view = memory.view()
        memory.store.close()
        view[0] = 1

    one()
    before = resident()
    for _ in range(20):
        one()
    assert resident() - before < 64 * 2**20  # each has touched 16 MiB


def test_looking_again_and_again_keeps_nothing() -> None:
    memory = small()
    memory.view()
    memory.numpy()
    kept = len(memory.store._kept)
    for _ in range(5):
        memory.grow(1)
        other = Memory._found(memory.store, memory._extern, "again")
        other.view()
        other.numpy()
        other.read(0, 1)
    assert len(memory.store._kept) == kept


def test_releasing_a_view_spoils_nothing(memory: Memory) -> None:
    with memory.view() as view:
        view[0] = 1
    numbers = memory.numpy()
    assert (memory.view()[0], memory.numpy()[0], numbers[0], memory.read(0, 1)) == (1, 1, 1, b"\1")


def test_a_memory_can_be_written_from_a_view_of_itself(memory: Memory) -> None:
    memory.write(0, bytes(range(100)))
    memory[10:60] = memory.view(0, 50)
    assert memory[:60] == bytes(range(10)) + bytes(range(50))
    memory.write(0, memory.view(5, 20))
    assert memory[:5] == bytes([5, 6, 7, 8, 9])


def test_ctypes_can_look_into_a_view(memory: Memory) -> None:
    number = ctypes.c_uint32.from_buffer(memory.view(), 8)
    memory.u32[8] = 77
    assert number.value == 77


@pytest.mark.skipif(sys.version_info < (3, 12), reason="classes take part in the buffer protocol from 3.12 on")
def test_a_memory_has_a_buffer_itself(memory: Memory) -> None:
    memory.write(0, b"abc")
    assert bytes(memory)[:3] == b"abc"
    view = memoryview(memory)
    view[0] = 1
    assert memory[0] == 1


@pytest.mark.skipif(sys.version_info < (3, 12), reason="classes take part in the buffer protocol from 3.12 on")
def test_a_memory_that_may_move_has_no_buffer() -> None:
    with pytest.raises(BufferError, match="this memory may move when it grows"):
        memoryview(KINDS["64-bit"]())


def test_numpy_is_needed_only_for_arrays() -> None:
    code = """
import sys
sys.modules["numpy"] = None
from wasmtime_gen import Engine, Memory, Store
memory = Memory(Store(Engine()), "1")
memory.view()[0] = 1
for _ in range(2):
    try:
        memory.numpy()
    except ImportError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "memory.numpy() needs the package numpy: memory.view() works without\n" * 2
    assert done.stderr == ""
