"""ValType, the types of values, and `Value`, the base of all types: plain Python values with nothing native in them.

`i32`, `f64`, `externref` and the like are ValTypes when the program runs, and the Python types of their values to type
checkers. So they serve as annotations of host functions too; ValType.i32 is the same object, and a ValType to both.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import UnionType
    from typing import Any, ClassVar, Literal, NoReturn, TypeAlias, TypeVar

    D = TypeVar("D", bound="DefinedType")
    V = TypeVar("V", bound="Value")

    # What an annotation such as i32 is to a type checker (type[int]), and what all arguments that name a type take.
    ValTypeLike: TypeAlias = "ValType | str | type[int] | type[float] | type[bytes] | UnionType"

_parts_of: dict[type, dict[str, Any]] = {}  # the slots of each class, which nobody else can set


def assign(value: Value, part: str, to: object) -> None:
    """How a constructor sets a part: once."""
    slot = _parts_of[type(value)][part]
    try:
        slot.__get__(value)
    except AttributeError:
        slot.__set__(value, to)
        return
    raise TypeError(f"this {type(value).__name__} is made already: make a new one instead")


class _Sealed(type):
    """The class of classes whose attributes nobody can replace."""

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise AttributeError(f"the class {cls.__name__} cannot be changed")

    def __delattr__(cls, name: str) -> NoReturn:
        raise AttributeError(f"the class {cls.__name__} cannot be changed")


_Sealed.__name__ = _Sealed.__qualname__ = "type"  # for messages


class Value(metaclass=_Sealed):
    """Base of the types: immutable, and compared, hashed, copied and pickled by the parts that __match_args__ names.

    Native code is told the same type again and again, as the layout of a call is made of it, so it must never change:
    not even object.__setattr__() reaches the parts, and where a type is taken, none of a subclass is (`_is_final`).
    """

    __slots__ = ("_hash",)
    __match_args__: tuple[str, ...] = ()
    _is_final: ClassVar[bool] = True
    _hash: int

    def __init_subclass__(cls) -> None:
        own = [name for name in cls.__dict__.get("__slots__", ()) if not name.startswith("_")]
        _parts_of[cls] = known = dict(_parts_of.get(cls.__base__ or object, {}))
        for name in own:
            known[name] = slot = cls.__dict__[name]
            type.__setattr__(cls, name, property(slot.__get__))

    def _parts(self) -> tuple[object, ...]:
        return tuple([getattr(self, name) for name in self.__match_args__])

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Value) or type(other) is not type(self):
            return NotImplemented
        return self._parts() == other._parts()

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            found = hash((type(self).__name__, *self._parts()))
            _set_hash(self, found)
            return found

    @property
    def wat(self) -> str:
        """The type as WebAssembly text writes it."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.wat

    def _repr_html_(self) -> str:
        from wasmtime_gen._html import value_html

        return value_html(self)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} cannot be changed: make a new one instead")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} cannot be changed: make a new one instead")

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: object) -> Any:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._parts())


def _restore(kind: type[Any], parts: tuple[object, ...]) -> object:
    return kind(**dict(zip(kind.__match_args__, parts, strict=True)))


_set_hash = vars(Value)["_hash"].__set__


class DefinedType(Value):
    """Base of the types that a module defines and that references can point to: FuncType, TagType, StructType, ..."""

    __slots__ = ()
    #: The hierarchy of heap types that it belongs to: "func", "any" or "exn".
    top: ClassVar[str]


MOST = 20_000  # types of values within a type, each of them again for each time that it is referred to
DEEPEST = 100  # types, one within another
_defined: set[type] = set()


def defined(kind: type[D]) -> type[D]:
    """Decorates the classes of what references can point to."""
    _defined.add(kind)
    return kind


def _extent(heap: DefinedType) -> tuple[int, int]:
    """How many types of values a type has within, and how deep it is. Raises ValueError where that is too much: to
    unfold such a type would take more than time and the stack allow.
    """
    size, depth = 1, 1
    rest: list[object] = list(heap._parts())
    while rest:
        part = rest.pop()
        if isinstance(part, tuple):
            rest += part
        elif isinstance(part, ValType):
            size += part._extent[0]
            depth = max(depth, 1 + part._extent[1])
        elif isinstance(part, Value):
            rest += part._parts()
    if size > MOST or depth > DEEPEST:
        raise ValueError(
            f"a type has at most {MOST} types within, {DEEPEST} deep, each as often as it is referred to: this one has "
            f"{size}, {depth} deep"
        )
    return size, depth


_class_of: Any = type  # which a parameter hides, and whose answer no object can change


class ValType(Value):
    """The type of one value: a number, a vector, or a reference.

    `ValType(...)` takes the names and the text of WebAssembly, and `int` for i32 and `float` for f64. Raises ValueError
    for text that is no type, TypeError for anything else. Types without a concrete heap type exist once, so `is` works.

    >>> from wasmtime_gen import ValType
    >>> ValType("i32"), ValType("(ref null func)"), ValType(float)
    (ValType('i32'), ValType('funcref'), ValType('f64'))
    >>> ValType("(ref extern)").nullable
    False
    """

    __slots__ = ("_extent", "heap", "kind", "nullable")
    __match_args__ = ("kind", "heap", "nullable")

    #: "i32", "i64", "f32", "f64", "v128", or "ref" for a reference.
    kind: Literal["i32", "i64", "f32", "f64", "v128", "ref"]
    #: What a reference points to: the name of an abstract heap type ("func", "extern", "any", "eq", "i31", "struct",
    #: "array", "exn", "nofunc", "noextern", "none", "noexn") or a concrete type, such as a FuncType. None for others.
    heap: str | DefinedType | None
    #: Whether the reference may be null. False for all that is no reference.
    nullable: bool
    _extent: tuple[int, int]  # how much it unfolds to

    i32: ClassVar[ValType]
    i64: ClassVar[ValType]
    f32: ClassVar[ValType]
    f64: ClassVar[ValType]
    v128: ClassVar[ValType]
    funcref: ClassVar[ValType]
    externref: ClassVar[ValType]
    anyref: ClassVar[ValType]
    eqref: ClassVar[ValType]
    i31ref: ClassVar[ValType]
    structref: ClassVar[ValType]
    arrayref: ClassVar[ValType]
    exnref: ClassVar[ValType]
    nullref: ClassVar[ValType]
    nullfuncref: ClassVar[ValType]
    nullexternref: ClassVar[ValType]
    nullexnref: ClassVar[ValType]

    def __new__(cls, type: ValTypeLike) -> ValType:
        if _class_of(type) is ValType:
            return type  # type: ignore[return-value]
        if isinstance(type, str):
            return NAMED.get(type) or cls.parse(type)
        if type is int:
            return cls.i32
        if type is float:
            return cls.f64
        hint = {"bytes": ": write v128", "bool": ": write i32", "NoneType": ""}.get(getattr(type, "__name__", ""), "")
        raise TypeError(f"{type!r} is not a value type{hint or ': give one such as i32, its text, int or float'}")

    @staticmethod
    def parse(text: str) -> ValType:
        """The type that the text names: what str() gives, or any spelling of WebAssembly text.

        >>> from wasmtime_gen import ValType
        >>> ValType.parse("(ref null (func (param i32)))").heap
        FuncType('i32 -> ()')

        Raises ValueError when the text is not a value type.
        """
        from wasmtime_gen._types.text import parse_valtype

        return parse_valtype(text)

    @staticmethod
    def ref(heap: str | DefinedType, *, nullable: bool = True) -> ValType:
        """The type of references to `heap`: an abstract heap type by its name, or a concrete type.

        >>> from wasmtime_gen import FuncType, ValType
        >>> ValType.ref("func") is ValType.funcref
        True
        >>> print(ValType.ref(FuncType("i32 -> i64"), nullable=False))
        (ref (func (param i32) (result i64)))

        Raises ValueError for an unknown name, and for a type that is too large.
        """
        if isinstance(heap, str):
            if heap in TOPS:
                return ABSTRACT[heap, bool(nullable)]
            from wasmtime_gen._types.text import parse_heap

            heap = parse_heap(heap)
        if _class_of(heap) not in _defined:
            raise TypeError(f"heap must be a FuncType or the name of a heap type, not {type(heap).__name__}")
        return _make("ref", heap, bool(nullable))

    @property
    def is_ref(self) -> bool:
        """True for references.

        >>> from wasmtime_gen import ValType
        >>> ValType.externref.is_ref, ValType.v128.is_ref
        (True, False)
        """
        return self.heap is not None

    @property
    def top(self) -> str | None:
        """The top of the hierarchy of heap types that a reference belongs to: "func", "extern", "any" or "exn".

        >>> from wasmtime_gen import ValType
        >>> ValType.i31ref.top, ValType.nullexternref.top, ValType.i32.top
        ('any', 'extern', None)
        """
        heap = self.heap
        return heap.top if isinstance(heap, DefinedType) else TOPS[heap] if heap else None

    def __call__(self, *args: object) -> NoReturn:
        # Callable, because typing.get_type_hints of Python 3.10 takes nothing else as an annotation in a string.
        raise TypeError(
            f"{self} is the type of a WebAssembly value, not a function: Python's numbers serve as they are"
        )

    @property
    def wat(self) -> str:
        """The type as WebAssembly text writes it; str() gives the same."""
        heap = self.heap
        if heap is None:
            return self.kind
        if self.nullable and isinstance(heap, str):
            return SHORT[heap]
        return f"(ref {'null ' if self.nullable else ''}{heap.wat if isinstance(heap, DefinedType) else heap})"

    def __repr__(self) -> str:
        return f"ValType({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_make, self._parts()) if isinstance(self.heap, DefinedType) else (ValType, (str(self),))


def type_from(given: Any, kind: type[V]) -> V:
    """What was given as `type=`: a type of this kind, which has parse(), or its text."""
    if isinstance(given, str):
        return kind.parse(given)  # type: ignore[attr-defined,no-any-return]
    if type(given) is not kind:
        from wasmtime_gen._handle import article

        raise TypeError(f"type must be {article(kind)} or its text, not {type(given).__name__}")
    return given


def needs_check(types: tuple[ValType, ...]) -> bool:
    """Whether the library has to check and to root references of these types: it knows subtypes, and what an object is,
    and only a function stays where it is.
    """
    return any(t.heap is not None and (t.top != "func" or isinstance(t.heap, DefinedType)) for t in types)


def _make(kind: str, heap: str | DefinedType | None, nullable: bool) -> ValType:
    made = object.__new__(ValType)
    assign(made, "kind", kind)
    assign(made, "heap", heap)
    assign(made, "nullable", nullable)
    _set_extent(made, (1, 0) if heap is None or isinstance(heap, str) else _extent(heap))
    return made


_set_extent = vars(ValType)["_extent"].__set__


#: The numbers and the vector, in the order of their codes in the C API.
PLAIN = tuple(_make(kind, None, False) for kind in ("i32", "i64", "f32", "f64", "v128"))
#: Abstract heap types, and the top of the hierarchy of each.
TOPS = {
    "func": "func",
    "nofunc": "func",
    "extern": "extern",
    "noextern": "extern",
    "any": "any",
    "eq": "any",
    "i31": "any",
    "struct": "any",
    "array": "any",
    "none": "any",
    "exn": "exn",
    "noexn": "exn",
}
#: The short names of nullable references to these.
SHORT = {heap: f"{heap}ref" for heap in ("func", "extern", "any", "eq", "i31", "struct", "array", "exn")} | {
    "none": "nullref",
    "nofunc": "nullfuncref",
    "noextern": "nullexternref",
    "noexn": "nullexnref",
}
ABSTRACT = {(heap, nullable): _make("ref", heap, nullable) for heap in TOPS for nullable in (False, True)}
NAMED = {plain.kind: plain for plain in PLAIN} | {name: ABSTRACT[heap, True] for heap, name in SHORT.items()}
for _name, _type in NAMED.items():
    type.__setattr__(ValType, _name, _type)

if TYPE_CHECKING:
    i32: TypeAlias = int
    i64: TypeAlias = int
    f32: TypeAlias = float
    f64: TypeAlias = float
    v128: TypeAlias = bytes
    funcref: TypeAlias = Any
    externref: TypeAlias = Any
    anyref: TypeAlias = Any
    eqref: TypeAlias = Any
    i31ref: TypeAlias = Any
    structref: TypeAlias = Any
    arrayref: TypeAlias = Any
    exnref: TypeAlias = Any
    nullref: TypeAlias = Any
    nullfuncref: TypeAlias = Any
    nullexternref: TypeAlias = Any
    nullexnref: TypeAlias = Any
else:
    globals().update(NAMED)
