"""The types of tables and memories: what has a size."""

from __future__ import annotations

from _operator import index

from wasmtime_gen._handle import checked
from wasmtime_gen._types.valtype import ValType, Value, assign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Literal

    from wasmtime_gen._types.valtype import ValTypeLike

WASM_PAGE = 65536


class TableType(Value):
    """The type of a table of references. Sizes are numbers of elements.

    >>> from wasmtime_gen import TableType
    >>> print(TableType("funcref", 1, 10))
    (table 1 10 funcref)

    Raises ValueError for a size that is negative or beyond 2**32-1 (64-bit: 2**64-1), for a minimum above the maximum,
    and for elements that are no references.
    """

    __slots__ = ("element", "is_64", "maximum", "minimum")
    __match_args__ = ("element", "minimum", "maximum", "is_64")
    kind: ClassVar[Literal["table"]] = "table"

    #: The type of the elements, a reference.
    element: ValType
    #: The size at the start, in elements.
    minimum: int
    #: The size that growing cannot pass, in elements, or None.
    maximum: int | None
    #: Whether indices have 64 bits.
    is_64: bool

    def __init__(self, element: ValTypeLike, minimum: int, maximum: int | None = None, *, is_64: bool = False) -> None:
        content = ValType(element)
        if not content.is_ref:
            raise ValueError(f"element must be a reference type such as funcref, not {content}")
        assign(self, "element", content)
        assign(self, "is_64", checked(is_64, bool, "is_64"))
        _set_limits(self, minimum, maximum, 2**64 - 1 if is_64 else 2**32 - 1, "elements")

    @staticmethod
    def parse(text: str) -> TableType:
        """The type in WebAssembly text: "(table i64 1 10 funcref)", with or without the outer part.

        >>> from wasmtime_gen import TableType
        >>> TableType.parse("1 10 externref")
        TableType('externref', 1, 10)

        Raises ValueError when the text is not a table type.
        """
        from wasmtime_gen._types.text import parse_tabletype

        return parse_tabletype(text)

    @property
    def wat(self) -> str:
        """The type as WebAssembly text writes it; str() gives the same."""
        return f"(table {_limits_text(self)} {self.element})"

    def __repr__(self) -> str:
        return f"TableType({str(self.element)!r}, {_limits_repr(self)})"


class MemoryType(Value):
    """The type of a linear memory. Sizes are numbers of pages, of `page_size` bytes.

    >>> from wasmtime_gen import MemoryType
    >>> print(MemoryType(1, 2**20, is_64=True))
    (memory i64 1 1048576)

    Raises ValueError for a size that is negative or beyond the address space (2**32 bytes, 64-bit: 2**64), for a
    minimum above the maximum, a page size other than 1 or 65536, and a shared memory without maximum.
    """

    __slots__ = ("is_64", "maximum", "minimum", "page_size", "shared")
    __match_args__ = ("minimum", "maximum", "is_64", "shared", "page_size")
    kind: ClassVar[Literal["memory"]] = "memory"

    #: The size at the start, in pages.
    minimum: int
    #: The size that growing cannot pass, in pages, or None.
    maximum: int | None
    #: Whether addresses have 64 bits.
    is_64: bool
    #: Whether threads share the memory.
    shared: bool
    #: The size of a page in bytes: 65536, or 1.
    page_size: int

    def __init__(
        self,
        minimum: int,
        maximum: int | None = None,
        *,
        is_64: bool = False,
        shared: bool = False,
        page_size: int = WASM_PAGE,
    ) -> None:
        assign(self, "is_64", checked(is_64, bool, "is_64"))
        assign(self, "shared", checked(shared, bool, "shared"))
        assign(self, "page_size", _number(page_size, "page_size", "bytes"))
        if page_size not in (1, WASM_PAGE):
            raise ValueError(f"page_size must be 1 or {WASM_PAGE} bytes, not {page_size}")
        most = min((2**64 if is_64 else 2**32) // page_size, 2**64 - 1)
        size = "1 byte" if page_size == 1 else f"{page_size} bytes"
        _set_limits(self, minimum, maximum, most, f"pages of {size}")
        if shared and maximum is None:
            raise ValueError("a shared memory must have a maximum")

    @staticmethod
    def parse(text: str) -> MemoryType:
        """The type in WebAssembly text: "(memory i64 1 2 shared)", with or without the outer part.

        >>> from wasmtime_gen import MemoryType
        >>> MemoryType.parse("(memory 0 4096 (pagesize 1))")
        MemoryType(0, 4096, page_size=1)

        Raises ValueError when the text is not a memory type.
        """
        from wasmtime_gen._types.text import parse_memorytype

        return parse_memorytype(text)

    @property
    def wat(self) -> str:
        """The type as WebAssembly text writes it; str() gives the same."""
        page = "" if self.page_size == WASM_PAGE else f" (pagesize {self.page_size})"
        return f"(memory {_limits_text(self)}{' shared' if self.shared else ''}{page})"

    def __repr__(self) -> str:
        shared = ", shared=True" if self.shared else ""
        page = "" if self.page_size == WASM_PAGE else f", page_size={self.page_size}"
        return f"MemoryType({_limits_repr(self)}{shared}{page})"


def _set_limits(made: TableType | MemoryType, minimum: int, maximum: int | None, most: int, unit: str) -> None:
    made_by = f"a {64 if made.is_64 else 32}-bit {made.kind}"
    for role, size in (("minimum", minimum), ("maximum", maximum)):
        number = None if size is None and role == "maximum" else _number(size, role, unit)
        if number is not None and not 0 <= number <= most:
            advice = "" if made.is_64 or number < 0 else " (is_64=True allows more)"
            raise ValueError(f"{role} is {number}: {made_by} has from 0 to {most} {unit}{advice}")
        assign(made, role, number)
    if made.maximum is not None and made.minimum > made.maximum:
        raise ValueError(f"minimum is {made.minimum} {unit}, above the maximum of {made.maximum}")


def _number(given: object, role: str, unit: str) -> int:
    try:
        return index(given)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{role} must be an int, a number of {unit}, not {type(given).__name__}") from None


def _limits_text(made: TableType | MemoryType) -> str:
    maximum = "" if made.maximum is None else f" {made.maximum}"
    return f"{'i64 ' if made.is_64 else ''}{made.minimum}{maximum}"


def _limits_repr(made: TableType | MemoryType) -> str:
    maximum = "" if made.maximum is None else f", {made.maximum}"
    return f"{made.minimum}{maximum}{', is_64=True' if made.is_64 else ''}"
