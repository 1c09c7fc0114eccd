"""The types of values and items: wrappers, because some names and defaults are others than in wasmtime_gen."""

from __future__ import annotations

import wasmtime_gen as core
from wasmtime_gen.compat.wasmtime._errors import WasmtimeError, wrapped
from wasmtime_gen.compat.wasmtime._managed import Managed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    AsExternType: TypeAlias = "FuncType | TableType | MemoryType | GlobalType | TagType"


class ValType(Managed):
    """The type of one value. Made by ValType.i32() and its like."""

    _core: core.ValType

    def __init__(self) -> None:
        raise WasmtimeError("cannot construct directly")

    @classmethod
    def i32(cls) -> ValType:
        """32-bit integers."""
        return wrapped(ValType, core.ValType.i32)

    @classmethod
    def i64(cls) -> ValType:
        """64-bit integers."""
        return wrapped(ValType, core.ValType.i64)

    @classmethod
    def f32(cls) -> ValType:
        """32-bit floats."""
        return wrapped(ValType, core.ValType.f32)

    @classmethod
    def f64(cls) -> ValType:
        """64-bit floats."""
        return wrapped(ValType, core.ValType.f64)

    @classmethod
    def externref(cls) -> ValType:
        """References to any object of Python."""
        return wrapped(ValType, core.ValType.externref)

    @classmethod
    def funcref(cls) -> ValType:
        """References to functions."""
        return wrapped(ValType, core.ValType.funcref)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ValType) and self._core == other._core

    def __hash__(self) -> int:
        return hash(self._core)

    def __str__(self) -> str:
        # So the original calls it, and programs may compare it.
        return "anyref" if self._core is core.ValType.externref else str(self._core)

    __repr__ = __str__


def _valtypes(given: Iterable[ValType]) -> list[core.ValType]:
    return [_valtype(each, "expected ValType") for each in given]


def _valtype(given: ValType, otherwise: str) -> core.ValType:
    if not isinstance(given, ValType):
        raise TypeError(otherwise)
    return given._core


class FuncType(Managed):
    """The type of a function."""

    _core: core.FuncType

    def __init__(self, params: list[ValType], results: list[ValType]) -> None:
        self._core = core.FuncType(_valtypes(params), _valtypes(results))

    @property
    def params(self) -> list[ValType]:
        """The types of the parameters."""
        return [wrapped(ValType, each) for each in self._core.params]

    @property
    def results(self) -> list[ValType]:
        """The types of the results."""
        return [wrapped(ValType, each) for each in self._core.results]


class GlobalType(Managed):
    """The type of a global."""

    _core: core.GlobalType

    def __init__(self, valtype: ValType, mutable: bool) -> None:
        self._core = core.GlobalType(_valtype(valtype, "expected valtype"), bool(mutable))

    @property
    def content(self) -> ValType:
        """The type of its value."""
        return wrapped(ValType, self._core.content)

    @property
    def mutable(self) -> bool:
        """Whether it can be set."""
        return self._core.mutable


class Limits:
    """A size at the start, and the most it can become; None for no bound."""

    def __init__(self, min: int, max: int | None) -> None:
        self.min = min
        self.max = max

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Limits) and (self.min, self.max) == (other.min, other.max)

    __hash__ = None  # type: ignore[assignment]  # it can be changed


def _limits(given: Limits) -> Limits:
    if not isinstance(given, Limits):
        raise TypeError("expected Limits")
    return given


class TableType(Managed):
    """The type of a table. Limits are in elements."""

    _core: core.TableType

    def __init__(self, valtype: ValType, limits: Limits) -> None:
        limits, element = _limits(limits), _valtype(valtype, "expected valtype")
        try:
            self._core = core.TableType(element, limits.min, limits.max)
        except ValueError as error:
            raise WasmtimeError(str(error)) from error

    @property
    def element(self) -> ValType:
        """The type of the elements."""
        return wrapped(ValType, self._core.element)

    @property
    def limits(self) -> Limits:
        """The size at the start, and the most."""
        return Limits(self._core.minimum, self._core.maximum)


class MemoryType(Managed):
    """The type of a memory. Limits are in pages."""

    _core: core.MemoryType

    def __init__(self, limits: Limits, is_64: bool = False, shared: bool = False, page_size_log2: int = 16) -> None:
        least, most, bound = _limits(limits).min, limits.max, 2**64 if is_64 else 2**32
        if least >= bound:
            raise WasmtimeError("minimum size too large")
        if most and most >= bound:
            raise WasmtimeError("maximum size too large")
        try:
            self._core = core.MemoryType(least, most, is_64=is_64, shared=shared, page_size=1 << page_size_log2)
        except ValueError as error:
            raise WasmtimeError(str(error)) from error

    @property
    def limits(self) -> Limits:
        """The size at the start, and the most."""
        return Limits(self._core.minimum, self._core.maximum)

    @property
    def is_64(self) -> bool:
        """Whether addresses have 64 bits."""
        return self._core.is_64

    @property
    def is_shared(self) -> bool:
        """Whether threads share it."""
        return self._core.shared

    @property
    def page_size(self) -> int:
        """The size of a page in bytes."""
        return self._core.page_size

    @property
    def page_size_log2(self) -> int:
        """The same as a power of 2."""
        return self._core.page_size.bit_length() - 1


class TagType(Managed):
    """The type of a tag: the parameters of a function type are what exceptions carry."""

    _core: core.TagType

    def __init__(self, functype: FuncType) -> None:
        if not isinstance(functype, FuncType):
            raise TypeError("expected a FuncType")
        self._core = core.TagType(functype._core)

    @property
    def functype(self) -> FuncType:
        """What exceptions of it carry, as parameters."""
        return wrapped(FuncType, self._core.type)


class ImportType(Managed):
    """What a module imports: Module.imports."""

    _core: core.ImportType

    @property
    def module(self) -> str:
        """The first part of the name."""
        return self._core.module

    @property
    def name(self) -> str | None:
        """The second part of the name."""
        return self._core.name

    @property
    def type(self) -> AsExternType:
        """The type of what is imported."""
        return externtype(self._core.type)


class ExportType(Managed):
    """What a module exports: Module.exports."""

    _core: core.ExportType

    @property
    def name(self) -> str:
        """The name."""
        return self._core.name

    @property
    def type(self) -> AsExternType:
        """The type of what is exported."""
        return externtype(self._core.type)


_WRAPPERS: dict[type, type[AsExternType]] = {
    core.FuncType: FuncType,
    core.TableType: TableType,
    core.MemoryType: MemoryType,
    core.GlobalType: GlobalType,
    core.TagType: TagType,
}


def externtype(given: object) -> AsExternType:
    """The wrapper of any type of an item."""
    return wrapped(_WRAPPERS[type(given)], given)
