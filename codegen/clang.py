"""First witness: the C headers as libclang sees them. The only file that imports clang.cindex; its quirks live here.

Everything is parsed from memory with our own freestanding headers and a fixed target, so the result depends on no
compiler, directory or platform. Any diagnostic stops the parse: one missing header would leave a complete-looking
tree in which `size_t` is `int`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from clang.cindex import Cursor, CursorKind, Index, Token, TokenKind, TranslationUnit, Type, TypeKind, conf

from codegen.errors import CodegenError, Undecided
from codegen.model import (
    Alias,
    Api,
    Callback,
    Constant,
    Enum,
    Field,
    Function,
    InlineFunction,
    Member,
    Record,
    Slot,
    Typedef,
)

ROOT = "/include/"  # virtual: no file of that name is ever opened
SHIM_ROOT = "/shims/"
TARGET = "x86_64-unknown-linux-gnu"
SHIMS = Path(__file__).parent / "shims"
OWN = '#define own __attribute__((annotate("own")))'

_BUILTIN = {
    TypeKind.VOID: "void",
    TypeKind.BOOL: "bool",
    TypeKind.CHAR_S: "char",
    TypeKind.CHAR_U: "char",
    TypeKind.SCHAR: "signed char",
    TypeKind.UCHAR: "unsigned char",
    TypeKind.INT: "int",
    TypeKind.UINT: "unsigned int",
    TypeKind.FLOAT: "float",
    TypeKind.DOUBLE: "double",
}
_FUNCTION = (TypeKind.FUNCTIONPROTO, TypeKind.FUNCTIONNOPROTO)
_ARRAY = (TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY)
_RECORD_KINDS = {CursorKind.STRUCT_DECL: "struct", CursorKind.UNION_DECL: "union"}


def parse(headers: Mapping[str, str], entry_points: list[str], version: str = "", target: str = TARGET) -> Api:
    """Read all public declarations that `entry_points` reach. `headers` maps names like "wasmtime/val.h" to text."""
    unit = _translate(headers, entry_points, target)
    return _Reader(unit).read(version)


def _translate(headers: Mapping[str, str], entry_points: list[str], target: str) -> TranslationUnit:
    files = {SHIM_ROOT + shim.name: shim.read_text() for shim in sorted(SHIMS.glob("*.h"))}
    files |= {ROOT + name: re.sub(r"^#\s*define own\b.*$", OWN, text, flags=re.M) for name, text in headers.items()}
    for name in entry_points:
        if name not in headers:
            raise CodegenError(f"entry point {name} is not among the headers: {', '.join(sorted(headers))}")
    files["/entry.c"] = "".join(f"#include <{name}>\n" for name in entry_points)
    unit = Index.create().parse(
        "/entry.c",
        ["-std=c11", "-nostdinc", f"--target={target}", f"-I{ROOT}", f"-I{SHIM_ROOT}", "-Wall"],
        unsaved_files=list(files.items()),
        options=TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD,
    )
    found = [f"{_place(d)}: {d.spelling}" for d in unit.diagnostics]
    if found:
        raise CodegenError("clang is not content with the headers:\n" + "\n".join(f"  {line}" for line in found))
    return unit


def _place(located: object) -> str:
    location = located.location  # type: ignore[attr-defined]
    name = location.file.name.removeprefix(ROOT) if location.file else "<command line>"
    return f"{name}:{location.line}:{location.column}"


class _Reader:
    """One pass over the top-level cursors; nested and unnamed types are met through their holders."""

    def __init__(self, unit: TranslationUnit) -> None:
        self.unit = unit
        self._at = unit.cursor  # the declaration that is being read
        self.problems: list[str] = []
        self.names: dict[str, str] = {}  # USR of a record -> the name it goes by
        self.aliases: dict[str, Alias] = {}
        self.callbacks: dict[str, Callback] = {}
        self.constants: dict[str, Constant] = {}
        self.enums: dict[str, Enum] = {}
        self.functions: dict[str, Function] = {}
        self.inline_functions: dict[str, InlineFunction] = {}
        self.macros: dict[str, Cursor] = {}
        self.records: dict[str, Record] = {}
        self.typedefs: dict[str, Typedef] = {}

    def read(self, version: str) -> Api:
        cursors = [c for c in self.unit.cursor.get_children() if self._header(c)]
        for cursor in cursors:
            if cursor.kind == CursorKind.TYPEDEF_DECL:
                self._name_record(cursor)
        for cursor in cursors:
            self._at = cursor
            self._declaration(cursor)
        self._refuse_records_by_value()
        macros = tuple(name for name in sorted(self.macros) if not self._value_macro(name))
        if self.problems:
            raise Undecided(self.problems)
        return Api(
            version=version,
            aliases=_sorted(self.aliases),
            callbacks=_sorted(self.callbacks),
            constants=_sorted(self.constants),
            enums=_sorted(self.enums),
            functions=_sorted(self.functions),
            inline_functions=_sorted(self.inline_functions),
            records=_sorted(self.records),
            typedefs=_sorted(self.typedefs),
            macros=macros,
        )

    @staticmethod
    def _header(cursor: Cursor) -> str:
        file = cursor.location.file
        return file.name.removeprefix(ROOT) if file and file.name.startswith(ROOT) else ""

    def _name_record(self, typedef: Cursor) -> None:
        underlying = typedef.underlying_typedef_type
        if underlying.kind == TypeKind.ELABORATED:
            underlying = underlying.get_named_type()
        if underlying.kind == TypeKind.RECORD:
            self.names.setdefault(underlying.get_declaration().get_usr(), typedef.spelling)

    def _declaration(self, cursor: Cursor) -> None:
        kind = cursor.kind
        if kind == CursorKind.FUNCTION_DECL:
            self._function(cursor)
        elif kind in _RECORD_KINDS:
            self._record(cursor)
        elif kind == CursorKind.ENUM_DECL:
            self._enum(cursor)
        elif kind == CursorKind.TYPEDEF_DECL:
            self._typedef(cursor)
        elif kind == CursorKind.VAR_DECL:
            self._variable(cursor)
        elif kind == CursorKind.MACRO_DEFINITION:
            self.macros[cursor.spelling] = cursor
        elif kind not in (CursorKind.MACRO_INSTANTIATION, CursorKind.INCLUSION_DIRECTIVE, CursorKind.STATIC_ASSERT):
            self.problems.append(f"{_place(cursor)}: {cursor.spelling or kind.name}: a {kind.name} is not understood")

    # Functions and their slots

    def _function(self, cursor: Cursor) -> None:
        name, header = cursor.spelling, self._header(cursor)
        self._refuse_variadic(name, cursor.type)
        result, params = self._slots(cursor.result_type, cursor)
        if cursor.is_definition():
            tokens = [t.spelling for c in cursor.get_children() if c.kind == CursorKind.COMPOUND_STMT for t in _code(c)]
            digest = hashlib.sha256(" ".join(tokens).encode()).hexdigest()[:16]
            self.inline_functions[name] = InlineFunction(name, header, result, params, digest)
        else:
            self.functions[name] = Function(name, header, result, params)

    def _refuse_variadic(self, name: str, function: Type) -> None:
        if function.kind == TypeKind.FUNCTIONPROTO and function.is_function_variadic():
            self.problems.append(f"{name} is variadic: ctypes cannot bind it safely")

    def _refuse_records_by_value(self) -> None:
        calls: list[Function | InlineFunction | Callback] = [*self.functions.values()]
        calls += [*self.inline_functions.values(), *self.callbacks.values()]
        for item in calls:
            for slot in (item.result, *item.params):
                if slot.type.removeprefix("const ") in self.records:
                    self.problems.append(f"{item.name} passes {slot.type} by value: the binding expects pointers only")

    def _slots(self, result: Type, holder: Cursor) -> tuple[Slot, tuple[Slot, ...]]:
        params = [c for c in holder.get_children() if c.kind == CursorKind.PARM_DECL]
        return (
            self._slot(result, "", _is_own(holder)),
            tuple(self._slot(p.type, p.spelling or f"arg{i}", _is_own(p), p) for i, p in enumerate(params)),
        )

    def _slot(self, type_: Type, name: str, own: bool, holder: Cursor | None = None) -> Slot:
        if type_.kind in _ARRAY and name:  # a parameter written as an array is a pointer
            element = self._spell(type_.get_array_element_type(), holder)
            return _owned(Slot(element + "*", name), own)
        return _owned(Slot(self._spell(type_, holder), name), own)

    # Types

    def _spell(self, type_: Type, holder: Cursor | None = None) -> str:
        """The normal form: const in front for the pointee, `*` without blanks, typedef names kept."""
        kind = type_.kind
        if kind == TypeKind.ELABORATED:
            const = "const " if type_.is_const_qualified() else ""
            return const + self._spell(type_.get_named_type(), holder).removeprefix(const)
        if kind == TypeKind.POINTER:
            pointee = type_.get_pointee()
            if pointee.kind in _FUNCTION:
                return self._signature(pointee, holder)
            return self._spell(pointee, holder) + "*" + (" const" if type_.is_const_qualified() else "")
        if kind in _ARRAY:
            length = max(type_.get_array_size(), 0)  # -1 for a flexible member
            element = self._spell(type_.get_array_element_type(), holder)
            if element.endswith("]"):
                self._refuse_type(type_.spelling, "an array of arrays")
            return f"{element}[{length}]"
        const = "const " if type_.is_const_qualified() else ""
        if kind == TypeKind.RECORD:
            return const + self._record_name(type_.get_declaration())
        if kind in (TypeKind.TYPEDEF, TypeKind.ENUM):
            name = str(type_.get_declaration().spelling)
            return const + self.names.get(type_.get_canonical().get_declaration().get_usr(), name)
        if kind in _BUILTIN:
            return const + _BUILTIN[kind]
        self._refuse_type(type_.spelling, f"a {kind.name}")
        return "void"

    def _refuse_type(self, spelling: str, what: str) -> None:
        self.problems.append(f"{_place(self._at)}: {self._at.spelling}: type {spelling}: {what} is not understood")

    def _record_name(self, declaration: Cursor) -> str:
        return self.names.get(declaration.get_usr(), str(declaration.spelling))

    def _signature(self, function: Type, holder: Cursor | None) -> str:
        """A function pointer written in place: its signature is its name until `naming` gives it one."""
        if holder is None:  # a result, whose parameters libclang does not show
            self._refuse_type(function.spelling, "a function pointer as a result")
            return "void"
        result, params = self._slots(function.get_result(), holder)
        name = f"{result.type} (*)({', '.join(p.type for p in params) or 'void'})".replace("const ", "")
        self._refuse_variadic(name, function)
        self.callbacks.setdefault(name, Callback(name, self._header(holder), result, params))
        return name

    # Records

    def _record(self, cursor: Cursor) -> None:
        definition = cursor.get_definition()
        name, kind = self._record_name(cursor), _RECORD_KINDS[cursor.kind]
        tag = cursor.spelling if cursor.spelling != name and not cursor.is_anonymous() else ""
        tag = "" if "(" in tag else tag  # libclang spells an untagged record by its place in the file
        if definition is None:
            self.records.setdefault(name, Record(name, kind, self._header(cursor), tag, opaque=True))
        elif self.records.get(name, None) is None or self.records[name].opaque:
            self._complete(name, tag, kind, definition)

    def _complete(self, name: str, tag: str, kind: str, definition: Cursor) -> None:
        type_ = definition.type
        fields: list[Field] = []
        for child in definition.get_children():
            if child.kind in _RECORD_KINDS and conf.lib.clang_Cursor_isAnonymousRecordDecl(child):
                inner = f"{name}_anonymous{len(fields)}"
                self._complete(inner, "", _RECORD_KINDS[child.kind], child)
                fields.append(Field("", inner, type_.get_offset(_first_field(child)) // 8))
            elif child.kind in _RECORD_KINDS and not child.spelling.isidentifier():
                field = next(f for f in definition.get_children() if _declares(f, child))
                self.names[child.get_usr()] = inner = f"{name}_{field.spelling}"
                self._complete(inner, "", _RECORD_KINDS[child.kind], child)
            elif child.kind in _RECORD_KINDS:
                self._record(child)
            elif child.kind == CursorKind.ENUM_DECL:
                self._enum(child)
            elif child.kind == CursorKind.FIELD_DECL:
                if child.is_bitfield():
                    self.problems.append(f"{name}.{child.spelling} is a bit field: its layout is the compiler's")
                fields.append(Field(child.spelling, self._spell(child.type, child), child.get_field_offsetof() // 8))
        self.records[name] = Record(
            name, kind, self._header(definition), tag, type_.get_size(), type_.get_align(), tuple(fields)
        )

    # Names for numbers, types and functions

    def _enum(self, cursor: Cursor) -> None:
        members = tuple(Member(c.spelling, c.enum_value) for c in cursor.get_children())
        if not cursor.spelling.isidentifier():
            self.problems.append(f"{_place(cursor)}: an enum without a name, with {members[0].name}")
        self.enums[cursor.spelling] = Enum(cursor.spelling, self._header(cursor), members)

    def _typedef(self, cursor: Cursor) -> None:
        name, header, type_ = cursor.spelling, self._header(cursor), cursor.underlying_typedef_type
        if type_.kind == TypeKind.POINTER and type_.get_pointee().kind in _FUNCTION:
            self._refuse_variadic(name, type_.get_pointee())
            result, params = self._slots(type_.get_pointee().get_result(), cursor)
            self.callbacks[name] = Callback(name, header, result, params)
        elif (spelling := self._spell(type_)) != name:
            self.typedefs[name] = Typedef(name, header, spelling)

    def _variable(self, cursor: Cursor) -> None:
        tokens = [t.spelling for t in _code(cursor)]
        value = _integer(tokens[tokens.index("=") + 1 :]) if "=" in tokens else None
        if value is None:
            self.problems.append(f"{_place(cursor)}: variable {cursor.spelling} has no plain integer value")
        else:
            self.constants[cursor.spelling] = Constant(cursor.spelling, self._header(cursor), value)

    def _value_macro(self, name: str) -> bool:
        """Keep a macro that is a number, a string or another function's name; False for code."""
        cursor = self.macros[name]
        tokens, header = list(cursor.get_tokens()), self._header(cursor)
        body = [t.spelling for t in tokens[1:]]
        if not body:  # an include guard, a feature, an empty qualifier
            return True
        adjacent = tokens[1].location.offset == tokens[0].location.offset + len(name)
        if body[0] == "(" and adjacent:  # is_macro_function_like() is wrong for macros that are undefined later
            return False
        if len(body) == 1 and body[0][0] == '"':
            self.constants[name] = Constant(name, header, body[0][1:-1])
        elif len(body) == 1 and body[0] in self.functions:
            self.aliases[name] = Alias(name, header, body[0])
        elif (value := _integer(body)) is not None:
            self.constants[name] = Constant(name, header, value)
        else:
            return False
        return True


def _integer(tokens: list[str]) -> int | None:
    text = "".join(tokens).strip("()").rstrip("uUlL")
    try:
        return int(text, 0)
    except ValueError:
        return None


def _code(cursor: Cursor) -> Iterator[Token]:
    return (token for token in cursor.get_tokens() if token.kind != TokenKind.COMMENT)


def _declares(field: Cursor, record: Cursor) -> bool:
    """Whether this is the field that an unnamed record was written for: `struct {...} a`, `*a` or `a[2]`."""
    if field.kind != CursorKind.FIELD_DECL:
        return False
    type_ = field.type.get_canonical()
    while type_.kind == TypeKind.POINTER or type_.kind in _ARRAY:
        type_ = type_.get_pointee() if type_.kind == TypeKind.POINTER else type_.get_array_element_type()
    return bool(type_.get_declaration() == record)


def _first_field(record: Cursor) -> str:
    """The first name inside an anonymous record, which may begin with another one."""
    for child in record.get_children():
        if child.kind in _RECORD_KINDS and conf.lib.clang_Cursor_isAnonymousRecordDecl(child):
            return _first_field(child)
        if child.kind == CursorKind.FIELD_DECL:
            return str(child.spelling)
    return ""


def _is_own(cursor: Cursor) -> bool:
    return any(c.kind == CursorKind.ANNOTATE_ATTR and c.spelling == "own" for c in cursor.get_children())


def _owned(slot: Slot, own: bool) -> Slot:
    """What `own` says: a parameter is given away, a result received; `own T**` and `out` are filled for the caller."""
    if not own:
        return slot
    fills = slot.name == "out" or slot.type.endswith("**")
    return Slot(slot.type, slot.name, "out-owned" if fills else "owned", None, ("own",))


def _sorted(items: Mapping[str, object]) -> tuple:  # type: ignore[type-arg]
    return tuple(items[name] for name in sorted(items))
