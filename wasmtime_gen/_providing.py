"""An instance whose imports come from what a program provides by name, and from WASI: for the importer, the fixtures of
pytest and the command line.
"""

from __future__ import annotations

from types import ModuleType

from wasmtime_gen._extern import Item, is_shared
from wasmtime_gen._linker import Linker
from wasmtime_gen._pythonnames import python_names
from wasmtime_gen._types.functype import FuncType
from wasmtime_gen._wasi.config import WasiConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from wasmtime_gen._instance import Instance
    from wasmtime_gen._module import Module
    from wasmtime_gen._store import Store
    from wasmtime_gen._types.extern import ImportType

WASI = "wasi_snapshot_preview1"
_MISSING = object()


def provided_instance(store: Store, module: Module, provided: Mapping[str, Any], wasi: WasiConfig) -> Instance:
    """Instantiate `module` in `store`. `provided` has for the first part of an import's name what check_provider()
    lets through; functions get the type that the module imports them with.

    The store gets `wasi` if the module imports from WASI and the store has none yet. Raises what Linker.instantiate()
    raises: LinkError tells all imports that nothing was provided for.
    """
    linker = Linker(store._engine)
    imports = module.imports
    if WASI not in provided and any(each.module == WASI for each in imports):
        linker.define_wasi()
        if store._wasi is None:
            store.wasi = wasi
    defined: set[tuple[str, str]] = set()
    for each, found in _found(imports, provided):
        if (each.module, each.name) in defined:
            continue
        defined.add((each.module, each.name))
        if isinstance(found, Item) or is_shared(found):
            linker.define(store, each.module, each.name, found)
        elif not callable(found):
            raise TypeError(f"{each.module}.{each.name} was provided as {type(found).__name__}: {_WANTED}")
        elif isinstance(each.type, FuncType):
            linker.define_func(each.module, each.name, found, each.type)
        else:
            linker.define(store, each.module, each.name, found(store))
    return linker.instantiate(store, module)


_WANTED = (
    "give a function, an item of the store that the module is instantiated in, or for a memory, table, global or tag a "
    "function that gets the store and makes it"
)


def check_provider(name: str, provider: object) -> None:
    """Raise TypeError unless functions can be found in `provider`: a mapping, or an object with methods."""
    if isinstance(provider, ModuleType):
        raise TypeError(
            f"{name!r} cannot be provided by a whole Python module: the wasm file would choose what it calls. Give a "
            f"dict of what it may call, such as {{'log': {provider.__name__}.log}}"
        )
    if provider is None or isinstance(provider, (str, bytes, int, float, list, tuple, set, frozenset, type)):
        raise TypeError(
            f"{name!r} must be provided by a mapping from names to functions, or by an object that has them as "
            f"methods, not by {provider!r:.80}"
        )


def _found(imports: Iterable[ImportType], provided: Mapping[str, Any]) -> Iterable[tuple[ImportType, Any]]:
    """The imports that something was provided for, with that."""
    parts: dict[str, list[ImportType]] = {}
    for each in imports:
        if each.module in provided:
            parts.setdefault(each.module, []).append(each)
    for name, wanted in parts.items():
        provider = provided[name]
        if hasattr(provider, "get") and hasattr(provider, "items"):
            found = [(each, provider.get(each.name, _MISSING)) for each in wanted]
        else:
            names = python_names([each.name for each in wanted])  # no underscores: what is private stays so
            found = [(each, getattr(provider, names[each.name], _MISSING)) for each in wanted]
        yield from [pair for pair in found if pair[1] is not _MISSING]
