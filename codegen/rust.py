"""Second witness: the Rust definitions of the C API, which say what C cannot: ownership, nullability, widths.

The only file that imports tree_sitter. It sees nothing that is born in a Rust macro, and ignores `cfg` (the released
library has all features). It relies on type names being unique in the crate: a name with two meanings is "?".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
import tree_sitter_rust
from tree_sitter import Language, Node, Parser

from codegen.errors import CodegenError, Undecided


class RustSlot(msgspec.Struct, frozen=True):
    """A parameter or a result."""

    type: str  # on one line, without paths and without the names of callback parameters
    abi: str  # "void" | "bool" | "8" | "16" | "32" | "64" | "size" | "f32" | "f64" | "pointer" | "?" (not decidable)
    name: str = ""
    ownership: str = ""  # "owned" | "borrowed" | "out" | "out-owned" | "" (Rust does not say)
    nullable: bool | None = None  # None: Rust does not say
    context: str = ""  # "read" | "write" for a store context


class RustFunction(msgspec.Struct, frozen=True):
    name: str  # the exported symbol
    file: str  # below src/, with slashes
    params: tuple[RustSlot, ...]
    result: RustSlot


def read_definitions(src: Path) -> dict[str, RustFunction]:
    """The definitions in the Rust files below the folder `src`."""
    return definitions({path.relative_to(src).as_posix(): path.read_text("utf-8") for path in src.rglob("*.rs")})


def definitions(files: Mapping[str, str]) -> dict[str, RustFunction]:
    """Every exported `extern "C"` function, sorted by name. `files` maps paths below src/ to text.

    Raises CodegenError when there is no text or it is not Rust, Undecided when a function is defined with two ABIs
    or has parameters under `cfg`.
    """
    items = {file: list(_items(root)) for file, root in _parse(files).items()}
    types = _Types(item for found in items.values() for item in found)
    exports = [(file, item[0], name) for file in items for item in items[file] if (name := _exported_name(*item))]
    functions: dict[str, RustFunction] = {}
    problems = []
    for file, node, name in exports:
        params = list(_attributed(_field(node, "parameters")))
        if any("cfg" in _words(attribute) for _, attributes in params for attribute in attributes):
            problems.append(f"{name} in {file} has a parameter under cfg: the number of parameters is open")
        result = types.slot(node.child_by_field_name("return_type"))
        function = RustFunction(name, file, tuple(types.slot(param) for param, _ in params), result)
        first = functions.setdefault(name, function)
        if [slot.abi for slot in (*first.params, first.result)] != [slot.abi for slot in (*function.params, result)]:
            problems.append(f"{name} is defined with two ABIs, in {first.file} and in {file}")
    if problems:
        raise Undecided(problems)
    return dict(sorted(functions.items()))


# Named types one register wide. c_long is not among them: 32 bits on Windows, 64 elsewhere.
_SCALARS = {
    "bool": "bool", "char": "32", "f32": "f32", "f64": "f64", "c_float": "f32", "c_double": "f64", "c_void": "void",
    "u8": "8", "u16": "16", "u32": "32", "u64": "64", "usize": "size", "size_t": "size", "uintptr_t": "size",
    "i8": "8", "i16": "16", "i32": "32", "i64": "64", "isize": "size", "ssize_t": "size", "intptr_t": "size",
    "c_char": "8", "c_schar": "8", "c_uchar": "8", "c_short": "16", "c_ushort": "16", "c_int": "32", "c_uint": "32",
    "c_longlong": "64", "c_ulonglong": "64",
    "NonZeroU8": "8", "NonZeroU16": "16", "NonZeroU32": "32", "NonZeroU64": "64", "NonZeroUsize": "size",
    "NonZeroI8": "8", "NonZeroI16": "16", "NonZeroI32": "32", "NonZeroI64": "64", "NonZeroIsize": "size",
}  # fmt: skip
_CONTEXTS = {"WasmtimeStoreContext": "read", "WasmtimeStoreContextMut": "write"}
_NAMED = {"type_identifier", "scoped_type_identifier", "generic_type", "primitive_type"}
# What a pointer of one word can point to; one to a slice or dyn has two, which no C signature has.
_SIZED = _NAMED | {"reference_type", "pointer_type", "function_type", "unit_type"}
_UNSIZED_NAMES = {"str", "CStr", "OsStr", "Path"}
_VOID = RustSlot("()", "void")
_UNDECIDABLE = RustSlot("", "?")


class _Types:
    """What a spelling means at the C boundary, given the types that the crate declares."""

    def __init__(self, items: Iterable[_Item]) -> None:
        self._meanings: dict[str, Node | str] = {}  # the type that a name stands for, or its abi
        for node, attributes in items:
            if meaning := _meaning(node, attributes):
                name = _text(_field(node, "name"))
                if _spell(self._meanings.setdefault(name, meaning)) != _spell(meaning):
                    self._meanings[name] = "?"

    def slot(self, node: Node | None) -> RustSlot:
        """The slot of a parameter, or of a result type (None where none is written)."""
        if node is None:
            return _VOID
        name = ""
        if node.type == "parameter":  # otherwise it is a result, `self` or `...`
            name, node = _text(_field(node, "pattern")).removeprefix("r#"), _field(node, "type")
        return msgspec.structs.replace(self._facts(node), type=_spell(node), name="" if name == "_" else name)

    def _facts(self, node: Node) -> RustSlot:
        """All of a slot but its spelling and its name."""
        node = self._resolve(node)
        head, argument = _head(node), _argument(node)
        if node.type in ("unit_type", "never_type"):
            return _VOID
        if node.type == "function_type":
            return RustSlot("", "pointer", nullable=False)
        if head in _CONTEXTS:
            return RustSlot("", "pointer", ownership="borrowed", nullable=False, context=_CONTEXTS[head])
        if node.type in ("reference_type", "pointer_type"):
            return self._pointer(node, _field(node, "type"))
        if argument is None:
            meaning = self._meanings.get(head, _SCALARS.get(head))
            return RustSlot("", meaning) if isinstance(meaning, str) else _UNDECIDABLE
        if head == "Box" and self._is_sized(argument):
            return RustSlot("", "pointer", ownership="owned", nullable=False)
        inner = self._facts(argument)
        if head == "Option" and inner.nullable is False:
            return msgspec.structs.replace(inner, nullable=True)
        if head == "NonZero" or (head == "Option" and _head(self._resolve(argument)).startswith("NonZero")):
            return inner
        return _UNDECIDABLE

    def _pointer(self, node: Node, pointee: Node) -> RustSlot:
        if not self._is_sized(pointee):
            return _UNDECIDABLE
        if node.type == "pointer_type":
            is_slot = _head(self._resolve(pointee)) == "MaybeUninit"
            return RustSlot("", "pointer", ownership=self._passed_for_writing(pointee) if is_slot else "")
        ownership = self._passed_for_writing(pointee) if _is_mutable(node) else "borrowed"
        return RustSlot("", "pointer", ownership=ownership, nullable=False)

    def _passed_for_writing(self, pointee: Node) -> str:
        pointee = self._resolve(pointee)
        head, argument = _head(pointee), _argument(pointee)
        if head == "ManuallyDrop":
            return "owned"
        if head == "MaybeUninit" and argument:
            return "out-owned" if self._owns(argument) else "out"
        if pointee.type == "pointer_type":
            return "out-owned" if self._owns(pointee) else "out"
        return "out-owned" if head == "Option" and self._owns(pointee) else "borrowed"

    def _owns(self, content: Node) -> bool:
        """Whether `content` is a pointer that its receiver frees. A raw one to plain data is a view."""
        content = self._resolve(content)
        if content.type != "pointer_type":
            return self._facts(content).ownership == "owned"
        pointee = _field(content, "type")
        return _is_mutable(content) and pointee.type in _NAMED and self._facts(pointee).abi in ("?", "pointer")

    def _is_sized(self, pointee: Node) -> bool:
        pointee = self._resolve(pointee)
        is_array = pointee.type == "array_type" and pointee.child_by_field_name("length") is not None
        return is_array or (pointee.type in _SIZED and _head(pointee) not in _UNSIZED_NAMES)

    def _resolve(self, node: Node) -> Node:
        """`node` without aliases and transparent structs around it."""
        seen = set(_CONTEXTS)
        while (head := _head(node)) not in seen:  # `type X = other::X` would go round for ever
            seen.add(head)
            meaning = self._meanings.get(head)
            node = meaning if isinstance(meaning, Node) else node
        return node


def _meaning(node: Node, attributes: list[Node]) -> Node | str:
    """What a declared type stands for: another type, or its abi; "" when `node` declares no type."""
    if node.type not in ("type_item", "struct_item", "enum_item", "union_item"):
        return ""
    generics, body = node.child_by_field_name("type_parameters"), node.child_by_field_name("body")
    if generics and any(child.type != "lifetime_parameter" for child in generics.named_children):
        return "?"
    if node.type == "type_item":
        return _field(node, "type")
    reprs = {word for attribute in attributes for word in _words(attribute) if "repr" in _words(attribute)}
    if node.type == "struct_item" and body and "transparent" in reprs:
        parts = body.named_children if body.type == "field_declaration_list" else [body]
        fields = [field for part in parts for field in part.children_by_field_name("type")]
        fields = [field for field in fields if _head(field) != "PhantomData"]
        return fields[0] if len(fields) == 1 else "?"
    if node.type == "enum_item" and body and "C" not in reprs:  # one with payloads is a union in memory
        bare = not any(variant.child_by_field_name("body") for variant in body.named_children)
        return next((_SCALARS[word] for word in reprs & _SCALARS.keys() if bare), "?")
    return "?"


_Item = tuple[Node, list[Node]]  # with its attributes


def _parse(files: Mapping[str, str]) -> dict[str, Node]:
    if not files:
        raise CodegenError("there are no Rust files to read")
    parser = Parser(Language(tree_sitter_rust.language()))
    roots = {file: parser.parse(files[file].encode()).root_node for file in sorted(files)}
    if broken := [file for file, root in roots.items() if root.has_error]:
        raise CodegenError(f"tree-sitter cannot read this as Rust: {', '.join(broken)}")
    return roots


def _items(parent: Node) -> Iterator[_Item]:
    """Everything below `parent`, but for tests."""
    for node, attributes in _attributed(parent):
        if not any(_words(attribute)[:4] == ["cfg", "(", "test", ")"] for attribute in attributes):
            yield node, attributes
            yield from _items(node)


def _attributed(parent: Node) -> Iterator[_Item]:
    attributes: list[Node] = []
    for node in parent.named_children:
        if node.type == "attribute_item":
            attributes.append(node.named_children[0])
        elif not node.is_extra:
            yield node, attributes
            attributes = []


def _exported_name(node: Node, attributes: list[Node]) -> str:
    modifiers = [word for child in node.children if child.type == "function_modifiers" for word in _words(child)]
    if node.type == "function_item" and {"extern", '"C"', '"C-unwind"'}.intersection(modifiers[-1:]):
        for words in map(_words, attributes):
            if "export_name" in words:
                return words[words.index("export_name") + 2].strip('"')
            if "no_mangle" in words:
                return _text(_field(node, "name"))
    return ""


def _words(node: Node) -> list[str]:
    """The tokens of an attribute; a string is one."""
    if not node.children or node.type == "string_literal":
        return [_text(node)]
    return [word for child in node.children for word in _words(child)]


def _spell(node: Node | str) -> str:
    """One line in one normal form: no paths, no comments, callback parameters without names."""
    if isinstance(node, str):
        return node
    parts = [child for child in node.children if not child.is_extra]
    if node.type == "parameter":
        return _spell(_field(node, "type"))
    if node.type == "scoped_type_identifier":
        return _head(node)
    if node.type == "generic_type":
        return f"{_head(node)}<{_spell_all(_field(node, 'type_arguments'))}>"
    if node.type in ("reference_type", "pointer_type"):
        return _text(parts[0]) + " ".join([*map(_text, parts[1:-1]), _spell(parts[-1])])
    if node.type == "function_type":
        parameters, result = _field(node, "parameters"), node.child_by_field_name("return_type")
        start = " ".join(_text(part) for part in parts[: parts.index(parameters)])
        return f"{start}({_spell_all(parameters)})" + (f" -> {_spell(result)}" if result else "")
    return _text(node)


def _spell_all(parent: Node) -> str:
    return ", ".join(_spell(node) for node, _ in _attributed(parent))


def _head(node: Node) -> str:
    """The last name of a named type: "Box" of `std::boxed::Box<T>`; "" of anything else."""
    if node.type not in _NAMED:
        return ""
    inner = node.child_by_field_name("type") or node.child_by_field_name("name")
    return _head(inner) if inner else _text(node)


def _argument(node: Node) -> Node | None:
    arguments = node.child_by_field_name("type_arguments")
    return next((child for child, _ in _attributed(arguments) if child.type != "lifetime"), None) if arguments else None


def _is_mutable(node: Node) -> bool:
    return any(child.type == "mutable_specifier" for child in node.children)


def _field(node: Node, name: str) -> Node:
    found = node.child_by_field_name(name)
    assert found is not None, f"tree-sitter-rust gives no {name} of {node.type}"
    return found


def _text(node: Node) -> str:
    return " ".join((node.text or b"").decode().split())
