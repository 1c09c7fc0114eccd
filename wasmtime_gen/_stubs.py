"""Stubs: what a module imports and exports as a `.pyi`, for type checkers.

Names of a wasm file come into the text as identifiers of _pythonnames.py, or as string literals, never as they are.
What the text itself uses begins with an underscore, which none of these identifiers does.
"""

from __future__ import annotations

from wasmtime_gen._instance import Exports
from wasmtime_gen._pythonnames import is_identifier, python_names
from wasmtime_gen._types.functype import FuncType, GlobalType
from wasmtime_gen._types.sized import MemoryType, TableType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wasmtime_gen._module import Module
    from wasmtime_gen._types.extern import ExportType, ExternType, ImportType
    from wasmtime_gen._types.valtype import ValType

_WASI = "wasi_snapshot_preview1"
_OURS = ("_b", "_t", "_w")


def stubs(module: Module, name: str) -> str:
    """The text of `name`.pyi.

    At its top level is what `import name` has by wasmtime_gen.importer. `Exports` is what `instance.exports` has, and
    for each module that is imported from there is a Protocol of what can be provided; WASI comes from the library.

    >>> from wasmtime_gen import Engine, Module
    >>> text = '(module (import "env" "log" (func (param i64))) (func (export "add-one") (result i32) (i32.const 1)))'
    >>> print(stubs(Module.from_text(Engine(), text), "calculator"))
    # What calculator exports and imports, by `wasmtime-gen stubs`. Make it anew when the module changes.
    import builtins as _b
    import typing as _t
    <BLANKLINE>
    import wasmtime_gen as _w
    <BLANKLINE>
    # After `import wasmtime_gen.importer`, `import calculator` has these.
    def add_one() -> _w.i32: ...  # 'add-one'
    <BLANKLINE>
    # In WebAssembly's own names: typing.cast("Exports", instance.exports).
    class Exports(_t.Protocol):
        def __getitem__(self, name: _t.Literal['add-one'], /) -> _t.Callable[[], _w.i32]: ...
    <BLANKLINE>
    # What is imported from 'env': wasmtime_gen.importer.provide('env', ...).
    class EnvImports(_t.Protocol):
        def log(self, a0: _w.i64, /) -> None: ...
    <BLANKLINE>
    """
    exports = python_names(export.name for export in module.exports)
    imports: dict[str, dict[str, ImportType]] = {}
    for each in module.imports:
        if each.module != _WASI:
            imports.setdefault(each.module, {}).setdefault(each.name, each)
    classes = _class_names(imports, exports.values())
    shown = _shown(name)
    parts = [
        f"# What {shown} exports and imports, by `wasmtime-gen stubs`. Make it anew when the module changes.\n"
        "import builtins as _b\nimport typing as _t\n\nimport wasmtime_gen as _w\n"
    ]
    if exports:
        members = [_member(exports[each.name], each.name, each.type, "") for each in module.exports]
        parts.append(f"# After `import wasmtime_gen.importer`, `import {shown}` has these.\n{_lines(members)}")
    parts.append(
        f'# In WebAssembly\'s own names: typing.cast("{classes[None]}", instance.exports).\n'
        f"class {classes[None]}(_t.Protocol):\n{_lines(_exports(module.exports))}"
    )
    for origin, items in imports.items():
        names = python_names(items)
        members = [_provided(names[each.name], each) for each in items.values()]
        parts.append(
            f"# What is imported from {_literal(origin)}: wasmtime_gen.importer.provide({_literal(origin)}, ...).\n"
            f"class {classes[origin]}(_t.Protocol):\n{_lines([f'    {line}' for line in members])}"
        )
    return "\n".join(parts)


def _class_names(origins: Iterable[str], taken: Iterable[str]) -> dict[str | None, str]:
    """The names of the Protocols: of the exports (None), and of the imports from each module."""
    found: dict[str | None, str] = {}
    used = set(taken)
    for origin, made in [(None, "Exports"), *python_names(origins).items()]:
        camel = made if origin is None else f"{''.join(map(str.capitalize, made.split('_')))}Imports"
        [name] = python_names([camel], used).values()
        used.add(name)
        found[origin] = name
    return found


def _exports(exports: Iterable[ExportType]) -> Iterator[str]:
    """The members of Exports: attributes, and by item what can be no attribute."""
    items = []
    for each in exports:
        if is_identifier(each.name) and each.name not in _OURS and not hasattr(Exports, each.name):
            yield f"    {_member(each.name, each.name, each.type, 'self')}"
        else:
            items.append(f"def __getitem__(self, name: _t.Literal[{each.name!a}], /) -> {_value(each.type)}: ...")
    for item in items:
        yield f"    @_t.overload\n    {item}" if len(items) > 1 else f"    {item}"


def _member(name: str, known: str, type_: ExternType, first: str) -> str:
    """A line that declares an item: of a class if it has a `first` parameter."""
    note = "" if name == known else f"  # {_literal(known)}"
    if isinstance(type_, FuncType):
        params = [f"a{position}: {_annotation(each)}" for position, each in enumerate(type_.params)]
        listed = ", ".join(([first] if first else []) + (([*params, "/"]) if params else []))
        return f"def {name}({listed}) -> {_results(type_)}: ...{note}"
    return f"{name}: {_value(type_)}{note}" if not first else f"{_PROPERTY}{name}(self) -> {_value(type_)}: ...{note}"


_PROPERTY = "@_b.property\n    def "


def _provided(name: str, each: ImportType) -> str:
    """The method that provides an import. What is no function is made by one."""
    if isinstance(each.type, FuncType):
        return _member(name, each.name, each.type, "self")
    note = "" if name == each.name else f"  # {_literal(each.name)}"
    return f"def {name}(self, store: _w.Store, /) -> {_value(each.type)}: ...{note}"


def _value(type_: ExternType) -> str:
    if isinstance(type_, FuncType):
        return f"_t.Callable[[{', '.join(map(_annotation, type_.params))}], {_results(type_)}]"
    if isinstance(type_, MemoryType):
        return "_w.SharedMemory" if type_.shared else "_w.Memory"
    return "_w.Table" if isinstance(type_, TableType) else "_w.Global" if isinstance(type_, GlobalType) else "_w.Tag"


def _results(type_: FuncType) -> str:
    results = [*map(_annotation, type_.results)]
    return f"_b.tuple[{', '.join(results)}]" if len(results) > 1 else results[0] if results else "None"


def _annotation(type_: ValType) -> str:
    name = str(type_)  # the package has one for each type without parentheses
    return f"_w.{name}" if name.isidentifier() else "_t.Any"


def _lines(members: Iterable[str]) -> str:
    return "".join([f"{member}\n" for member in members]) or "    ...\n"


def _literal(text: str) -> str:
    """A string literal of one line, or the beginning of one that is long, for a comment."""
    return ascii(text if len(text) <= 100 else f"{text[:100]}...")


def _shown(name: str) -> str:
    return name if is_identifier(name) else _literal(name)
