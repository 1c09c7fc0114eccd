"""Where wasmtime_gen uses a C function: the public methods, or else the modules, that are its home in Python.

The package calls C functions as attributes, `raw.wasmtime_store_new(...)`, or as variables of a module that stand for
them. So the homes of a function are the definitions that name it, such a variable, or a function of the same module
that does.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import wasmtime_gen


class Use(NamedTuple):
    module: str  # "_store"
    definition: str  # "Store.fuel", or "" for the module itself

    @property
    def public(self) -> str:
        """The name of it in the reference: "Store.fuel", "Store"; "" for what is internal."""
        name, _, member = self.definition.partition(".")
        if name not in wasmtime_gen.__all__:
            return ""
        return name if member.startswith("_") or not member else self.definition


def uses(package: Path, functions: Iterable[str]) -> dict[str, list[Use]]:
    """All uses of each of these C functions, sorted."""
    wanted, found = set(functions), defaultdict(set)
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module = ".".join(path.relative_to(package).with_suffix("").parts)
        variables = dict(_variables(tree, wanted))
        _add_functions(tree, wanted, variables)
        for definition, node in _definitions(tree):
            for name in _named(node, wanted, variables):
                found[name].add(Use(module, definition))
        for name in (name for names in variables.values() for name in names):
            if not any(use.module == module for use in found[name]):
                found[name].add(Use(module, ""))
    return {name: sorted(places) for name, places in found.items()}


def _variables(tree: ast.Module, wanted: set[str]) -> Iterator[tuple[str, set[str]]]:
    """Variables of the module, and the C functions that their values name."""
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            names = {name for name in _names(node) if name in wanted}
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((target.id, names) for target in targets if isinstance(target, ast.Name) and names)


def _add_functions(tree: ast.Module, wanted: set[str], variables: dict[str, set[str]]) -> None:
    """Add the module's own functions, with all that they come to use."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for _ in functions:  # a chain is no longer than they are many
        for node in functions:
            if names := set(_named(node, wanted, variables)):
                variables[node.name] = names


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """The functions and methods, under their qualified names; those within them belong to them."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{each.name}", each) for each in node.body if isinstance(each, ast.FunctionDef))
        elif isinstance(node, ast.FunctionDef):
            yield node.name, node


def _named(node: ast.AST, wanted: set[str], variables: dict[str, set[str]]) -> Iterator[str]:
    yield from (name for name in _names(node) if name in wanted)
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield from variables.get(part.id, ())


def _names(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        elif isinstance(part, ast.Attribute):
            yield part.attr
