"""The types of functions, tags and globals: plain Python values that parse and print.

Native types are read into these at once (reading.py) and made from these for each use (making.py): nothing here owns
anything. Values are in valtype.py, tables and memories in sized.py, imports and exports in extern.py.
"""

from __future__ import annotations

from wasmtime_gen._handle import checked
from wasmtime_gen._types.valtype import DefinedType, ValType, Value, assign, defined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import ClassVar, Literal

    from wasmtime_gen._types.valtype import ValTypeLike

MAX_TYPES = 1000  # the library refuses modules with functions of more parameters or results


@defined
class FuncType(DefinedType):
    """The type of a function: the types of its parameters and results.

    Both can be sequences of types or text; one text with an arrow gives both. Raises ValueError for text that is not a
    type and for more than 1000 parameters or results, TypeError for anything that is no type.

    >>> from wasmtime_gen import FuncType, ValType
    >>> FuncType("i32, i32 -> i64") == FuncType(["i32", "i32"], ["i64"])
    True
    >>> print(FuncType([ValType.externref, float]))
    externref, f64 -> ()
    """

    __slots__ = ("params", "results")
    __match_args__ = ("params", "results")
    kind: ClassVar[Literal["func"]] = "func"
    top: ClassVar[str] = "func"

    #: The types of the parameters.
    params: tuple[ValType, ...]
    #: The types of the results.
    results: tuple[ValType, ...]

    def __new__(
        cls, params: FuncType | str | Iterable[ValTypeLike] = (), results: str | Iterable[ValTypeLike] | None = None
    ) -> FuncType:
        if results is None:
            if type(params) is FuncType:
                return params
            if isinstance(params, str) and (
                "->" in params or params.lstrip().startswith(("(func", "(param", "(result"))
            ):
                return cls.parse(params)
            results = ()
        return functype(valtypes(params, "params"), valtypes(results, "results"))

    @staticmethod
    def parse(text: str) -> FuncType:
        """The type in what str() gives, or in WebAssembly text.

        >>> from wasmtime_gen import FuncType
        >>> FuncType.parse("-> i32"), FuncType.parse("(func (param i32 f64) (result externref))")
        (FuncType('() -> i32'), FuncType('i32, f64 -> externref'))

        Raises ValueError when the text is not a function type.
        """
        from wasmtime_gen._types.text import parse_functype

        return parse_functype(text)

    @property
    def wat(self) -> str:
        """The type as WebAssembly text writes it: "(func (param i32) (result i64))"."""
        return f"(func{_clause('param', self.params)}{_clause('result', self.results)})"

    def __str__(self) -> str:
        return f"{', '.join(map(str, self.params)) or '()'} -> {', '.join(map(str, self.results)) or '()'}"

    def __repr__(self) -> str:
        return f"FuncType({str(self)!r})"


def _clause(word: str, types: tuple[ValType, ...]) -> str:
    return f" ({word} {' '.join(map(str, types))})" if types else ""


def functype(params: tuple[ValType, ...], results: tuple[ValType, ...]) -> FuncType:
    """A FuncType of ready-made parts, unchecked."""
    made: FuncType = object.__new__(FuncType)
    assign(made, "params", params)
    assign(made, "results", results)
    return made


def valtypes(given: object, role: str) -> tuple[ValType, ...]:
    """`given`, a sequence of types or their text, as ValTypes."""
    if isinstance(given, str):
        from wasmtime_gen._types.text import parse_list

        found = parse_list(given)
    elif isinstance(given, (Value, type)) or not hasattr(given, "__iter__"):
        raise TypeError(f"{role} must be a sequence of value types, such as [i32, f64], not {given!r}")
    else:
        found = tuple([ValType(each) for each in given])
    if len(found) > MAX_TYPES:
        raise ValueError(f"{role} are {len(found)}: WebAssembly functions have at most {MAX_TYPES}")
    return found


@defined
class TagType(DefinedType):
    """The type of a tag: what an exception of it carries are the parameters of `type`. Its results are empty, except
    for the tags of stack switching.

    >>> from wasmtime_gen import TagType
    >>> TagType("i32, externref -> ()").type.params
    (ValType('i32'), ValType('externref'))
    """

    __slots__ = ("type",)
    __match_args__ = ("type",)
    kind: ClassVar[Literal["tag"]] = "tag"
    top: ClassVar[str] = "exn"

    #: The payload, as the parameters of a function type.
    type: FuncType

    def __init__(self, type: FuncType | str | Iterable[ValTypeLike]) -> None:
        assign(self, "type", FuncType(type))

    @staticmethod
    def parse(text: str) -> TagType:
        """The type in WebAssembly text: "(tag (param i32))", with or without the outer part.

        >>> from wasmtime_gen import TagType
        >>> TagType.parse("(tag (param i32))")
        TagType('i32 -> ()')

        Raises ValueError when the text is not a tag type.
        """
        from wasmtime_gen._types.text import parse_tagtype

        return parse_tagtype(text)

    @property
    def wat(self) -> str:
        """The type as WebAssembly text writes it; str() gives the same."""
        return f"(tag{self.type.wat.removeprefix('(func')}"

    def __repr__(self) -> str:
        return f"TagType({str(self.type)!r})"


class GlobalType(Value):
    """The type of a global: the type of its value, and whether that can be set.

    >>> from wasmtime_gen import GlobalType
    >>> print(GlobalType("i32"), GlobalType(float, mutable=True))
    (global i32) (global (mut f64))

    Raises what ValType raises for `content`, and TypeError unless `mutable` is a bool.
    """

    __slots__ = ("content", "mutable")
    __match_args__ = ("content", "mutable")
    kind: ClassVar[Literal["global"]] = "global"

    #: The type of the value.
    content: ValType
    #: Whether the global can be set.
    mutable: bool

    def __init__(self, content: ValTypeLike, mutable: bool = False) -> None:
        assign(self, "content", ValType(content))
        assign(self, "mutable", checked(mutable, bool, "mutable"))

    @staticmethod
    def parse(text: str) -> GlobalType:
        """The type in WebAssembly text: "(global (mut i32))", "(mut i32)" or "i32".

        >>> from wasmtime_gen import GlobalType
        >>> GlobalType.parse("(mut externref)")
        GlobalType('externref', mutable=True)

        Raises ValueError when the text is not a global type.
        """
        from wasmtime_gen._types.text import parse_globaltype

        return parse_globaltype(text)

    @property
    def wat(self) -> str:
        """The type as WebAssembly text writes it; str() gives the same."""
        return f"(global (mut {self.content}))" if self.mutable else f"(global {self.content})"

    def __repr__(self) -> str:
        return f"GlobalType({str(self.content)!r}{', mutable=True' if self.mutable else ''})"
