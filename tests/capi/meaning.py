"""One spelling for what a type is, whether C's words or a ctypes class gives it."""

from __future__ import annotations

import ctypes
import re
from typing import Any

from tests.capi.subject import CALLBACKS, TYPES

SCALARS: dict[str, Any] = {
    "bool": ctypes.c_bool,
    "char": ctypes.c_char,
    "unsigned char": ctypes.c_ubyte,
    "int": ctypes.c_int,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
    "size_t": ctypes.c_size_t,
    "ptrdiff_t": ctypes.c_ssize_t,
    **{f"{u}int{bits}_t": getattr(ctypes, f"c_{u}int{bits}") for u in ("", "u") for bits in (8, 16, 32, 64)},
}


def of_c(spelling: str) -> str:
    """ "const wasm_extern_t**" -> "wasm_extern_t**", "wasmtime_v128" -> "c_ubyte[16]"."""
    bare = re.sub(r"\bconst\b", "", spelling).replace(" *", "*").strip()
    match = re.fullmatch(r"([\w ]+?)(\**)(\[\d+\])?", bare)
    assert match, spelling
    name, stars, length = match[1].strip(), match[2], match[3] or ""
    resolved = TYPES.resolve(name)
    if resolved != name:
        return of_c(resolved) + stars + length
    if name in CALLBACKS:
        callback = CALLBACKS[name]
        # ctypes cannot make a callback that returns a typed pointer.
        result = "void*" if callback.result.type.endswith("*") else of_c(callback.result.type)
        return f"{result}({', '.join(of_c(p.type) for p in callback.params)}){stars}{length}"
    return (SCALARS[name].__name__ if name in SCALARS else name) + stars + length


def of_ctypes(made: Any) -> str:
    if made is None:
        return "void"
    if made is ctypes.c_void_p:
        return "void*"
    if issubclass(made, ctypes._Pointer):
        return f"{of_ctypes(made._type_)}*"
    if issubclass(made, ctypes.Array):
        return f"{of_ctypes(made._type_)}[{made._length_}]"
    if issubclass(made, ctypes._CFuncPtr):  # type: ignore[attr-defined]
        return f"{of_ctypes(made._restype_)}({', '.join(map(of_ctypes, made._argtypes_))})"
    return str(made.__name__)
