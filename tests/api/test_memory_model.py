"""A memory against a bytearray: thousands of random operations, on every kind of memory, give the same."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest

from tests.api.memories import KINDS, PAGE

FORMATS = {"u8": "<B", "i16": "<h", "u32": "<I", "i64": "<q", "f64": "<d"}


class Model:
    """A memory and what it should hold."""

    def __init__(self, memory: Any, seed: int) -> None:
        self.memory = memory
        self.bytes = bytearray(PAGE)
        self.random = random.Random(seed)

    def address(self) -> int:
        size = len(self.bytes)
        near = self.random.choice((0, PAGE, size, 2**32, 2**63, 2**64, self.random.randrange(size)))
        return near + self.random.randint(-9, 9)

    def length(self) -> int:
        return self.random.choice((0, 1, 4, self.random.randrange(20), self.random.randrange(PAGE)))

    def fits(self, address: int, length: int) -> bool:
        return address >= 0 and address + length <= len(self.bytes)

    def compare(self, fits: bool, ours: Any, model: Any) -> None:
        if fits:
            assert ours() == model()
        else:
            with pytest.raises(IndexError):
                ours()

    def read(self) -> None:
        address, length = self.address(), self.length()
        ours = self.random.choice(
            (
                lambda: self.memory.read(address, length),
                lambda: self.memory[address : address + length],
                lambda: self.memory.unpack(f"{length}s", address)[0],
            )
        )
        self.compare(self.fits(address, length), ours, lambda: bytes(self.bytes[address : address + length]))

    def write(self) -> None:
        address, data = self.address(), self.random.randbytes(self.length())

        def change() -> None:
            self.bytes[address : address + len(data)] = data

        ours = self.random.choice(
            (
                lambda: self.memory.write(address, data),
                lambda: self.memory.__setitem__(slice(address, address + len(data)), data),
                lambda: self.memory.pack(f"{len(data)}s", address, data),
            )
        )
        self.compare(self.fits(address, len(data)), ours, change)

    def number(self) -> None:
        kind = self.random.choice(list(FORMATS))
        layout, address = struct.Struct(FORMATS[kind]), self.address()
        (value,) = layout.unpack(self.random.randbytes(layout.size))
        numbers = getattr(self.memory, kind)
        if value != value:
            return
        fits = self.fits(address, layout.size)
        self.compare(
            fits, lambda: numbers.__setitem__(address, value), lambda: layout.pack_into(self.bytes, address, value)
        )
        self.compare(fits, lambda: numbers[address], lambda: value)

    def fill(self) -> None:
        address, length, value = self.address(), self.length(), self.random.randrange(256)

        def change() -> None:
            self.bytes[address : address + length] = bytes([value]) * length

        self.compare(self.fits(address, length), lambda: self.memory.fill(address, length, value), change)

    def copy(self) -> None:
        destination, source, length = self.address(), self.address(), self.length()

        def change() -> None:
            self.bytes[destination : destination + length] = self.bytes[source : source + length]

        fits = self.fits(destination, length) and self.fits(source, length)
        self.compare(fits, lambda: self.memory.copy_within(destination, source, length), change)

    def find(self) -> None:
        data = self.random.randbytes(self.random.randint(1, 2))
        start = self.random.randrange(len(self.bytes))
        assert self.memory.find(data, start) == self.bytes.find(data, start)

    def grow(self) -> None:
        if self.random.random() < 0.02 and len(self.bytes) < 10 * PAGE:
            assert self.memory.grow(1) == len(self.bytes) // PAGE
            self.bytes += bytes(PAGE)

    def run(self, steps: int) -> None:
        operations = (self.read, self.write, self.number, self.fill, self.copy, self.find, self.grow)
        for _ in range(steps):
            self.random.choice(operations)()
        assert self.memory[:] == self.bytes
        assert len(self.memory) == len(self.bytes)


@pytest.mark.parametrize("kind", KINDS)
def test_random_operations_do_what_they_do_to_a_bytearray(kind: str) -> None:
    for seed in range(3):
        Model(KINDS[kind](), seed).run(1500)
