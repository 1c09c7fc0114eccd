"""What the commands ask of a module: its functions, and that all it imports is WASI's."""

from __future__ import annotations

from collections.abc import Mapping

from wasmtime_gen import FuncType, Instance, Module, Store, WasiConfig, WasmtimeError
from wasmtime_gen._providing import WASI, provided_instance
from wasmtime_gen.cli.files import File


def exported(module: Module, file: File, name: str) -> FuncType:
    """The type of an exported function. Raises WasmtimeError that tells which there are."""
    types = {export.name: export.type for export in module.exports}
    found = types.get(name)
    if isinstance(found, FuncType):
        return found
    if found is not None:
        raise WasmtimeError(f"{file.path} exports {name!r}, but that is no function: {found.wat}")
    functions = [each for each, type_ in types.items() if isinstance(type_, FuncType)]
    raise WasmtimeError(f"{file.path} exports no function {name!r}. There are: {', '.join(functions) or 'none'}")


def check_imports(module: Module, file: File) -> None:
    """Raise WasmtimeError for what is imported from elsewhere than WASI, which a command line cannot give."""
    others = [each for each in module.imports if each.module != WASI]
    if others:
        lines = [f"  {each.module}.{each.name}: {each.type}" for each in others]
        raise WasmtimeError(
            "\n".join([f"{file.path} imports what is not of WASI ({WASI}):", *lines])
            + "\nA Python program can give that: Linker.define_func(), or wasmtime_gen.importer.provide()"
        )


def instance_with_wasi(store: Store, module: Module, file: File, wasi: WasiConfig) -> Instance:
    """The instance, initialized if it is a library for WASI that has to be."""
    check_imports(module, file)
    nothing: Mapping[str, object] = {}
    instance = provided_instance(store, module, nothing, wasi)
    if {export.name: export.type for export in module.exports}.get("_initialize") == FuncType():
        instance.get_function(store, "_initialize")()
    return instance
