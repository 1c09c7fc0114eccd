"""Structures in a memory: by formats of the module struct, and as ctypes structures, on every kind of memory."""

from __future__ import annotations

import ctypes
import struct
from typing import Any

import pytest

from tests.api.memories import KINDS
from wasmtime_gen import Memory


@pytest.fixture(params=KINDS)
def memory(request: pytest.FixtureRequest) -> Any:
    return KINDS[request.param]()


def test_struct_formats_are_little_endian_and_packed_unless_they_say_otherwise(memory: Memory) -> None:
    memory.pack("BI", 1, 2, 3)
    assert memory[1:6] == b"\2\3\0\0\0"
    assert memory.unpack("BI", 1) == memory.unpack(struct.Struct("<BI"), 1) == (2, 3)
    memory.pack(">H", 0, 258)
    assert memory[0:2] == b"\1\2"
    with pytest.raises(struct.error):
        memory.pack("B", 0, 256)
    with pytest.raises(ValueError, match="format '\xe9' is not one of the module struct: 'ascii' codec can't encode"):
        memory.unpack("\xe9", 0)
    with pytest.raises(ValueError, match="format 'zz' is not one of the module struct: bad char"):
        memory.unpack("zz", 0)
    with pytest.raises(TypeError, match="format must be a str or a Struct, not int"):
        memory.unpack(5, 0)  # type: ignore[arg-type]


class Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_int32), ("y", ctypes.c_double))


class Line(ctypes.Structure):
    _fields_ = (("points", Point * 2),)


def test_ctypes_structures_are_copied(memory: Memory) -> None:
    memory.write_struct(8, Line((Point(1, 2.5), Point(3, 4.5))))
    line = memory.read_struct(8, Line)
    assert (line.points[1].x, line.points[1].y) == (3, 4.5)
    line.points[1].x = 9
    assert memory.read_struct(24, Point).x == 3
    assert memory.read_struct(8, ctypes.c_int32).value == 1
    assert list(memory.read_struct(8, ctypes.c_uint8 * 2)) == [1, 0]


class Pointed(ctypes.Structure):
    _fields_ = (("lines", Line * 2), ("name", ctypes.c_char_p))


@pytest.mark.parametrize(
    "kind",
    [ctypes.c_void_p, ctypes.py_object, ctypes.POINTER(Point), ctypes.CFUNCTYPE(None), Pointed, Pointed * 2],
    ids=lambda kind: kind.__name__,
)
def test_structures_with_pointers_are_refused(memory: Memory, kind: Any) -> None:
    with pytest.raises(TypeError, match=r"holds a pointer \(\w+\), which means nothing in a guest's memory"):
        memory.read_struct(0, kind)
    with pytest.raises(TypeError, match="holds a pointer"):
        memory.write_struct(0, kind())


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (int, "a structure must be a ctypes type, such as a subclass of ctypes.Structure, not int"),
        (
            ctypes._SimpleCData,
            "a structure must be a ctypes type, such as a subclass of ctypes.Structure, not _SimpleCData",
        ),
        (5, "a structure must be a ctypes type, such as a subclass of ctypes.Structure, not 5"),
        (ctypes.Structure, "a structure must have fields, and Structure has none"),
    ],
)
def test_what_is_no_structure_is_refused(memory: Memory, kind: Any, text: str) -> None:
    with pytest.raises(TypeError) as raised:
        memory.read_struct(0, kind)
    assert str(raised.value) == text
