"""Turns one row of the generated tables into a ctypes object when its name is first used.

Types are C spellings ("const wasmtime_func_t*", "uint8_t[16]"). A record is declared first and completed later, because
pointers may form cycles; but a record held by value is complete before its holder, or ctypes would give it size 0.
"""

import ctypes
from _thread import RLock
from ctypes import CFUNCTYPE, POINTER, PyDLL, Structure, Union, sizeof

from wasmtime_capi._library import library
from wasmtime_capi.callbacks import CALLBACKS
from wasmtime_capi.functions import ALIASES, FUNCTIONS, LEAF, SYMBOLS
from wasmtime_capi.records import RECORDS, TAGS
from wasmtime_capi.typedefs import TYPEDEFS

TYPE_CHECKING = False  # known to type checkers by its name; importing it from typing costs 12 ms
if TYPE_CHECKING:
    from typing import Any

_types: "dict[str, Any]" = {
    "void": None,
    "bool": ctypes.c_bool,
    "char": ctypes.c_char,
    "signed char": ctypes.c_byte,
    "unsigned char": ctypes.c_ubyte,
    "int": ctypes.c_int,
    "unsigned int": ctypes.c_uint,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
    "int8_t": ctypes.c_int8,
    "int16_t": ctypes.c_int16,
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint8_t": ctypes.c_uint8,
    "uint16_t": ctypes.c_uint16,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "ptrdiff_t": ctypes.c_ssize_t,
    "intptr_t": ctypes.c_ssize_t,
    "uintptr_t": ctypes.c_size_t,
    "void*": ctypes.c_void_p,
}
# Parameters that take bytes as they are. c_char_p would refuse an array of uint8_t, and c_void_p takes both.
_BYTES = {"const char*": ctypes.c_char_p, "const uint8_t*": ctypes.c_void_p, "const unsigned char*": ctypes.c_void_p}

_incomplete: "list[str]" = []  # declared records whose fields are still to come
_lock = RLock()  # two threads must not make two classes of one record
_leaf_library: "list[PyDLL]" = []


def bind(name: str) -> "Any":
    """The function, type, constant, enum or ported inline function with this C name."""
    with _lock:
        if name in FUNCTIONS:
            return _function(name)
        if name in ALIASES:
            return bind(ALIASES[name])
        type_name = TAGS.get(name, name)
        if type_name in RECORDS or type_name in TYPEDEFS or type_name in CALLBACKS:
            return ctype(type_name)
    for module in ("constants", "enums", "inline"):
        table = _module(module)
        if name in table["__all__"]:
            return table[name]
    raise AttributeError(f"module 'wasmtime_capi' has no attribute {name!r}")


def names() -> "set[str]":
    """All names that `bind` knows."""
    found = {*FUNCTIONS, *ALIASES, *RECORDS, *TAGS, *TYPEDEFS, *CALLBACKS}
    for module in ("constants", "enums", "inline"):
        found.update(_module(module)["__all__"])
    return found


def _module(name: str) -> "dict[str, Any]":
    return vars(__import__(f"wasmtime_capi.{name}", fromlist=["__all__"]))  # importlib would load warnings and types


def ctype(spelling: str) -> "Any":
    """The ctypes type of a C spelling, with every record that it reaches complete."""
    with _lock:
        made = _ctype(spelling)
        while _incomplete:
            _complete(_incomplete[-1])
        return made


def _ctype(spelling: str) -> "Any":
    if spelling in _types:
        return _types[spelling]
    if spelling.endswith("*"):
        target = _ctype(spelling[:-1].removesuffix(" const"))
        made = POINTER(target) if target is not None else ctypes.c_void_p
    elif spelling.endswith("]"):
        element, _, length = spelling[:-1].partition("[")
        made = _ctype(element) * int(length)
    elif spelling.startswith("const "):
        made = _ctype(spelling[6:])
    elif spelling in TYPEDEFS:
        made = _ctype(TYPEDEFS[spelling])
    elif spelling in CALLBACKS:
        made = _callback(CALLBACKS[spelling])
    else:
        made = _declare(spelling)
    _types[spelling] = made
    return made


def _declare(name: str) -> "Any":
    kind, _, _, fields = RECORDS[name]
    # Without __slots__ a misspelt field would be accepted in silence.
    made = type(name, (Structure if kind == "struct" else Union,), {"__slots__": (), "__module__": "wasmtime_capi"})
    if fields:
        _incomplete.append(name)
    return made


def _complete(name: str) -> None:
    made = _types[name]
    _, size, _, fields = RECORDS[name]
    anonymous = [f"_anonymous{index}" for index, (field, _) in enumerate(fields) if not field]
    members = []
    for index, (field, spelling) in enumerate(fields):
        held = spelling.partition("[")[0]
        while held in TYPEDEFS:
            held = TYPEDEFS[held].partition("[")[0]
        if held in RECORDS:
            _ctype(held)
        if held in _incomplete:
            _complete(held)
        members.append((field or f"_anonymous{index}", _ctype(spelling)))
    if "_fields_" not in vars(made):
        if anonymous:
            made._anonymous_ = anonymous
        made._fields_ = members
    if sizeof(made) != size:  # stays incomplete, so that every later use is refused as well
        raise TypeError(f"{name} has {sizeof(made)} bytes here, but {size} bytes in C: regenerate the bindings")
    _incomplete.remove(name)


def _callback(signature: "tuple[str, ...]") -> "Any":
    result, *params = signature
    # ctypes cannot make a callback that returns a typed pointer.
    restype = ctypes.c_void_p if result.endswith("*") else _ctype(result)
    return CFUNCTYPE(restype, *map(_ctype, params))


def _function(name: str) -> "Any":
    result, *params = FUNCTIONS[name]
    found = (_leaf() if name in LEAF else library())[SYMBOLS.get(name, name)]
    found.argtypes = [_parameter(param) for param in params]
    found.restype = ctype(result)
    return found


def _parameter(spelling: str) -> "Any":
    resolved = spelling
    if spelling.startswith("const ") and spelling.endswith("*"):
        target = spelling[6:-1]
        while target in TYPEDEFS:
            target = TYPEDEFS[target]
        resolved = f"const {target}*"
    return _BYTES.get(resolved) or ctype(spelling)


def _leaf() -> PyDLL:
    """The same library, called without releasing the GIL."""
    if not _leaf_library:
        opened = library()
        _leaf_library.append(PyDLL(opened._name, handle=opened._handle))
    return _leaf_library[0]
