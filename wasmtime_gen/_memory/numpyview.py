"""Memory as numpy arrays, where numpy is installed. Loaded when the first one is asked for."""

from __future__ import annotations

import sys

from wasmtime_gen._memory.span import outside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._memory.linear import LinearMemory

try:
    import numpy
except ImportError as error:
    raise ImportError("memory.numpy() needs the package numpy: memory.view() works without") from error


def array(memory: LinearMemory, dtype: Any, address: int, count: int | None) -> Any:
    """An array over the memory's own bytes."""
    kind = numpy.dtype(dtype)
    if sys.byteorder == "big":
        kind = kind.newbyteorder("<")
    if kind.hasobject:
        raise TypeError(f"an array over a memory cannot have the dtype {kind}: its elements would be pointers")
    if not kind.itemsize:
        raise ValueError(f"an array over a memory cannot have the dtype {kind}: its elements have no size")
    whole = memory._array()
    size = len(whole)
    if count is None:
        count = max(size - address, 0) // kind.itemsize
    if address < 0 or count < 0 or address + count * kind.itemsize > size:
        raise outside(address, count * kind.itemsize, size)
    if not count:
        return numpy.empty(0, kind)
    memory._keep_array(numpy.frombuffer(whole, BYTE))
    return numpy.frombuffer(whole, kind, count, address)


frombuffer = numpy.frombuffer
BYTE = numpy.dtype("uint8")
