"""Concrete heap types besides functions: what references of the GC proposal point to. Loaded when one is met.

These describe structure. The C API tells neither declared supertypes nor finality, so two types that WebAssembly keeps
apart may be equal here.
"""

from __future__ import annotations

from wasmtime_gen._handle import checked
from wasmtime_gen._types.valtype import DefinedType, ValType, Value, assign, defined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import ClassVar, Literal

    from wasmtime_gen._types.valtype import ValTypeLike

MAX_FIELDS = 10000  # the library ends the process when a struct type with more is made


class FieldType(Value):
    """The type of a field of a struct, or of the elements of an array: what it holds, and whether that can be set.

    >>> from wasmtime_gen import FieldType
    >>> print(FieldType("i8", mutable=True), FieldType("i32"))
    (mut i8) i32
    """

    __slots__ = ("mutable", "storage")
    __match_args__ = ("storage", "mutable")

    #: The type of the value, or "i8" or "i16" for a packed integer.
    storage: ValType | Literal["i8", "i16"]
    #: Whether the field can be set.
    mutable: bool

    def __init__(self, storage: ValTypeLike, mutable: bool = False) -> None:
        name = str.__str__(storage) if isinstance(storage, str) else ""
        assign(self, "storage", name if name in ("i8", "i16") else ValType(storage))
        assign(self, "mutable", checked(mutable, bool, "mutable"))

    @property
    def wat(self) -> str:
        """The type as WebAssembly text writes it; str() gives the same."""
        return f"(mut {self.storage})" if self.mutable else str(self.storage)

    def __repr__(self) -> str:
        return f"FieldType({str(self.storage)!r}{', mutable=True' if self.mutable else ''})"


@defined
class StructType(DefinedType):
    """The type of a struct: its fields. Raises ValueError for more than 10000.

    >>> from wasmtime_gen import FieldType, StructType, ValType
    >>> print(ValType.ref(StructType([FieldType("i32"), FieldType("i8", mutable=True)])))
    (ref null (struct (field i32) (field (mut i8))))
    """

    __slots__ = ("fields",)
    __match_args__ = ("fields",)
    top: ClassVar[str] = "any"

    #: The fields.
    fields: tuple[FieldType, ...]

    def __init__(self, fields: Iterable[FieldType]) -> None:
        assign(self, "fields", tuple([checked(field, FieldType, "a field") for field in fields]))
        if len(self.fields) > MAX_FIELDS:
            raise ValueError(f"a struct has at most {MAX_FIELDS} fields, not {len(self.fields)}")

    @property
    def wat(self) -> str:
        """The type as WebAssembly text writes it; str() gives the same."""
        return f"(struct{''.join(f' (field {field})' for field in self.fields)})"

    def __repr__(self) -> str:
        return f"StructType({list(self.fields)!r})"


@defined
class ArrayType(DefinedType):
    """The type of an array: that of its elements.

    >>> from wasmtime_gen import ArrayType, FieldType, ValType
    >>> print(ValType.ref(ArrayType(FieldType("f64", mutable=True)), nullable=False))
    (ref (array (mut f64)))
    """

    __slots__ = ("element",)
    __match_args__ = ("element",)
    top: ClassVar[str] = "any"

    #: The type of the elements.
    element: FieldType

    def __init__(self, element: FieldType) -> None:
        assign(self, "element", checked(element, FieldType, "element"))

    @property
    def wat(self) -> str:
        """The type as WebAssembly text writes it; str() gives the same."""
        return f"(array {self.element})"

    def __repr__(self) -> str:
        return f"ArrayType({self.element!r})"


@defined
class OpaqueType(DefinedType):
    """A concrete type that is not told any further: it contains itself, or is too large to unfold.

    All that are of one kind ("func", "struct", "array" or "tag") compare equal.

    >>> from wasmtime_gen import OpaqueType, ValType
    >>> print(ValType.ref(OpaqueType("struct")))
    (ref null (struct ...))
    """

    __slots__ = ("form", "top")
    __match_args__ = ("form",)

    #: What kind of type it is.
    form: str
    top: str  # type: ignore[misc]

    def __init__(self, form: str) -> None:
        tops = {"func": "func", "struct": "any", "array": "any", "tag": "exn"}
        if form not in tops:
            raise ValueError(f"form must be 'func', 'struct', 'array' or 'tag', not {form!r}")
        assign(self, "form", form)
        assign(self, "top", tops[form])

    @property
    def wat(self) -> str:
        """The type in the way of WebAssembly text, which has no notation for it; str() gives the same."""
        return f"({self.form} ...)"

    def __repr__(self) -> str:
        return f"OpaqueType({self.form!r})"
