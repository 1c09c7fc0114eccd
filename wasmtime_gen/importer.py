"""Import WebAssembly as Python modules: after `import wasmtime_gen.importer`, `import mylib` also finds `mylib.wasm`
and `mylib.wat`, in the folders where Python looks for `mylib.py`.

Exported functions are functions with signatures, and other exports are what `instance.exports` has. Names that are no
identifiers, or begin with an underscore, are changed to ones that are (`log-line` is `log_line`); `instance_of(mylib)`
has them all as they are. `wasmtime-gen stubs mylib.wasm -o mylib.pyi` tells type checkers.

What a file imports comes from WASI (with stdout and stderr, without files, environment and input) or from what
provide() names, never from a module of Python that the file chooses. Modules and packages of Python, wherever they
are, are found first; a mere folder of the same name, with no `__init__.py`, is not one. What is imported is compiled
through the user's cache of compiled modules, and Ctrl-C ends it. Each module has a store of its own, which one thread
at a time may use.

Whether to trust a file that is imported is decided by who can write to the folders of sys.path, as for `.py` files; but
a wasm file can do no more than what it was provided with.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import spec_from_file_location
from weakref import WeakKeyDictionary

from wasmtime_gen._errors import LinkError, WasmtimeError
from wasmtime_gen._failure import add_note
from wasmtime_gen._func import Func
from wasmtime_gen._module import _binary, wat2wasm
from wasmtime_gen._printable import printable, printable_lines
from wasmtime_gen._providing import WASI, check_provider, provided_instance
from wasmtime_gen._pythonnames import python_names
from wasmtime_gen._store import Store
from wasmtime_gen._types.functype import FuncType
from wasmtime_gen._usercache import cached_module
from wasmtime_gen._wasi.config import INHERIT, WasiConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any, NoReturn

    from wasmtime_gen._instance import Instance
    from wasmtime_gen._problems import Problem

__all__ = ["install", "instance_of", "provide", "uninstall"]

_SUFFIXES = (".wasm", ".wat")
_provided: dict[str, Any] = {}
_wasi = WasiConfig(stdout=INHERIT, stderr=INHERIT)
_instances: WeakKeyDictionary[ModuleType, Instance] = WeakKeyDictionary()


def provide(name: str, provider: Mapping[str, Any] | WasiConfig | object) -> None:
    """Give the modules that are imported from now on what they import from `name`: the first part of imports' names.

    `provider` is a mapping from the second part of the name to a function, or an object whose methods are called so; a
    method is found by the name that the stub has for it, and never if it begins with an underscore. What is no function
    is provided by one that gets the store and makes it: {"memory": lambda store: Memory(store, MemoryType(1))}. For
    "wasi_snapshot_preview1", a WasiConfig tells what there is. The last provider for a name counts.

    Raises TypeError for what is none of these, such as a Python module.

    >>> import wasmtime_gen.importer
    >>> wasmtime_gen.importer.provide("env", {"log": print})
    """
    global _wasi
    if not isinstance(name, str):
        raise TypeError(f"name must be a str, not {type(name).__name__}")
    if isinstance(provider, WasiConfig):
        if name != WASI:
            raise TypeError(f"a WasiConfig provides {WASI!r}, not {name!r}")
        _provided.pop(name, None)
        _wasi = provider
        return
    check_provider(name, provider)
    _provided[name] = provider


def instance_of(module: ModuleType) -> Instance:
    """The Instance behind a module that was imported from WebAssembly. Raises TypeError for any other module."""
    try:
        return _instances[module]
    except (KeyError, TypeError):
        name = getattr(module, "__name__", type(module).__name__)
        raise TypeError(f"{name} was not imported from WebAssembly") from None


def install() -> None:
    """Let imports find WebAssembly, where there is no module of Python. To import this module does it."""
    uninstall()
    # Before PathFinder, which takes a folder of the name for a module.
    before = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
    sys.meta_path.insert(before, _finder)


def uninstall() -> None:
    """Let imports find no WebAssembly any more. What was imported goes on working."""
    sys.meta_path[:] = [each for each in sys.meta_path if type(each).__module__ != __name__]


class Finder:
    """Finds `.wasm` and `.wat` files for sys.meta_path."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        name = fullname.rpartition(".")[2]
        if not name.isidentifier():  # such as "../name", from import_module()
            return None
        for folder in sys.path if path is None else path:
            for suffix in _SUFFIXES if isinstance(folder, str) else ():
                file = _file(folder, name + suffix)
                if file is not None:
                    if self._is_of_python(fullname, path, target):
                        return None
                    return spec_from_file_location(fullname, file, loader=Loader(file))  # type: ignore[arg-type]
        return None

    def _is_of_python(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> bool:
        """Whether the other finders lead to a module of this name that is more than a folder."""
        for each in sys.meta_path:
            spec = None if each is self or not hasattr(each, "find_spec") else each.find_spec(fullname, path, target)
            if spec is not None:
                return spec.loader is not None
        return False


_finder: Any = Finder()


class Loader:
    """Makes a module of one file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def get_code(self, fullname: str) -> NoReturn:
        """For runpy, and so for `python -m`. Raises ImportError."""
        raise ImportError(
            f"{fullname} is WebAssembly and no program for Python: import it, or run its file as "
            f"`wasmtime-gen run {printable(self.path)}` does",
            name=fullname,
            path=self.path,
        )

    def exec_module(self, module: ModuleType) -> None:
        """Fill the module. It stays as it is, also when it is reloaded, if that fails: ImportError tells the file."""
        try:
            instance = _instance(self.path)
        except (WasmtimeError, TypeError, ValueError, OSError) as error:
            told = f"{module.__name__} cannot be imported from {printable(self.path)}: {_told(error, self.path)}"
            raise ImportError(told, name=module.__name__, path=self.path) from error
        except BaseException as error:  # raised by what was provided
            add_note(error, f"while {module.__name__} was imported from {printable(self.path)}")
            raise
        for name in _names(_instances[module]).values() if module in _instances else ():  # before a reload
            module.__dict__.pop(name, None)
        names = _names(instance)
        for name, made in names.items():
            item: Any = instance.exports[name]
            module.__dict__[made] = _function(item, made, module.__name__) if isinstance(item, Func) else item
        module.__dict__["__all__"] = list(names.values())
        module.__doc__ = f"The exports of the WebAssembly module {printable(self.path)}."
        _instances[module] = instance


def _told(error: Exception, path: str) -> str:
    """What an error says, with the name of the file and the way to mend it here."""
    if not isinstance(error, LinkError) or not error.problems:
        return printable_lines(str(error).replace("<anon>", path))
    return "\n  ".join(["its imports are not all there:", *map(_told_problem, error.problems)])


def _told_problem(problem: Problem) -> str:
    name = printable(f"{problem.module}.{problem.name}", 200)
    if not problem.missing:
        return f"import {name} does not fit: it wants {problem.wanted}, and {printable_lines(problem.reason or '')}"
    what = "function" if problem.kind == "function" else f"lambda store: {problem.kind}"
    fix = f"wasmtime_gen.importer.provide({problem.module!r:.100}, {{{problem.name!r:.100}: {what}}})"
    return f"import {name} is not provided ({problem.wanted}): {printable(fix)}"


def _names(instance: Instance) -> dict[str, str]:
    return python_names(export.name for export in instance.module.exports)


def _instance(path: str) -> Instance:
    with open(path, "rb") as file:
        content = file.read()
    wasm = _binary(content) if content.startswith(b"\0asm") else _binary(wat2wasm(content))
    module = cached_module(wasm)
    instance = provided_instance(Store(module.engine), module, _provided, _wasi)
    exports = {export.name: export.type for export in module.exports}
    if exports.get("_initialize") == FuncType():
        instance.get_function(instance.store, "_initialize")()
    return instance


_TYPES: dict[str, Any] = {"i32": int, "i64": int, "f32": float, "f64": float, "v128": bytes}


def _function(func: Func, name: str, module: str) -> Callable[..., Any]:
    """The function as a plain function of Python, with a signature."""
    from inspect import Parameter, Signature

    type_, function = func.type, func.typed(func.type)
    params = [
        Parameter(f"a{position}", Parameter.POSITIONAL_ONLY, annotation=_TYPES.get(each.kind, object))
        for position, each in enumerate(type_.params)
    ]
    results: list[Any] = [_TYPES.get(each.kind, object) for each in type_.results]
    returned = tuple[tuple(results)] if len(results) > 1 else results[0] if results else None  # type: ignore[misc]
    function.__name__ = function.__qualname__ = name
    function.__module__ = module
    function.__doc__ = f"A function of WebAssembly: {type_}"
    function.__annotations__ = {each.name: each.annotation for each in params} | {"return": returned}
    function.__signature__ = Signature(params, return_annotation=returned)  # type: ignore[attr-defined]
    return function


def _file(folder: str, name: str) -> str | None:
    """The path of a file with exactly this name, if there is one and the folder can be read."""
    try:
        path = os.path.join(folder or os.getcwd(), name)
        return path if os.path.isfile(path) and name in os.listdir(folder or ".") else None
    except OSError:  # Python passes over such folders, too
        return None


install()
