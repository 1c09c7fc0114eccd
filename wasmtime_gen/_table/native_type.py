"""The type of a table that exists. wasm_tabletype_limits ends the process for some 64-bit tables, so those are known by
other means before: by the module that exports them, or by asking whether they can be imported as one.
"""

from __future__ import annotations

from wasmtime_capi.cdata import byref, c_void_p, simple

from wasmtime_gen._errors import WasmtimeError
from wasmtime_gen._handle import owning
from wasmtime_gen._module import Module
from wasmtime_gen._raw import raw
from wasmtime_gen._trap import error_text
from wasmtime_gen._turn import guarded
from wasmtime_gen._types.sized import TableType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wasmtime_gen._table.table import Table
    from wasmtime_gen._types.valtype import ValType

_Limits = simple("I") * 2
_NO_MAXIMUM = 2**32 - 1


def read_tabletype(table: Table, element: ValType, module: Module | None) -> TableType:
    """The type of a table, found as an export of `module` if that is given.

    Raises WasmtimeError where it cannot be told.
    """
    exported = _of_export(table._name, module)
    if exported.is_64 if exported is not None else _is_64(table, element):
        if exported is None:
            raise WasmtimeError(
                f"the limits of the 64-bit table {table._name!r} cannot be told: get it from instance.exports"
            )
        return exported
    minimum, maximum = guarded(table._store, _read_limits, table._store._address, table._record)
    return TableType(element, minimum, None if maximum == _NO_MAXIMUM else maximum)


def _of_export(name: str, module: Module | None) -> TableType | None:
    """What the module says. It may import the table, and then knows only what the import asks for."""
    if module is None:
        return None
    try:
        types = [export.type for export in module._export_types() if export.name == name]
    except WasmtimeError:  # it was loaded from an image without its bytes
        return None
    return types[0] if types and isinstance(types[0], TableType) else None


def _read_limits(context: int, record: Any) -> list[int]:
    native = raw.wasmtime_table_type(context, record)
    try:
        found: list[int] = _Limits.from_address(raw.wasm_tabletype_limits(native))[:]
        return found
    finally:
        raw.wasm_tabletype_delete(native)


def _is_64(table: Table, element: ValType) -> bool:
    store = table._store
    if store._engine.config.wasm_memory64 is False:
        return False
    if not isinstance(element.heap, str):
        raise WasmtimeError(f"the type of table {table._name!r} cannot be told: get it from instance.exports")
    engine = store._engine._use()
    scratch = owning(raw.wasmtime_linker_new(engine.pointer), raw.wasmtime_linker_delete)
    arguments = (scratch.pointer, store._address, b"", 0, b"", 0, byref(table._extern))
    error = guarded(store, raw.wasmtime_linker_define, *arguments)
    if error:
        raise WasmtimeError(error_text(error))
    with Module.from_text(store._engine, f'(module (import "" "" (table i64 0 {element})))') as probe:
        made = c_void_p()
        code = probe._use()
        error = raw.wasmtime_linker_instantiate_pre(scratch.pointer, code.pointer, byref(made))
        if error:
            error_text(error)
            return False
        raw.wasmtime_instance_pre_delete(made.value)
        return True
