"""Signatures as letters, one for how each value is passed: what addresses.py binds without making a type a pointer."""

from __future__ import annotations

from codegen.ctype import Types
from codegen.model import Api, Function

_LETTERS = {
    "void": "v",
    "bool": "?",
    "char": "c",
    "signed char": "b",
    "unsigned char": "B",
    "int": "i",
    "unsigned int": "I",
    "float": "f",
    "double": "d",
    "int8_t": "b",
    "uint8_t": "B",
    "int16_t": "h",
    "uint16_t": "H",
    "int32_t": "i",
    "uint32_t": "I",
    "int64_t": "q",
    "uint64_t": "Q",
    "size_t": "N",
    "uintptr_t": "N",
    "ptrdiff_t": "n",
    "intptr_t": "n",
}
POINTER = "P"


class Codes:
    """Spells the functions of one API."""

    def __init__(self, api: Api) -> None:
        self._types = Types(api)

    def signature(self, function: Function) -> str:
        """The letters of the result and of the parameters: "PPN"."""
        return "".join(map(self._letter, (function.result.type, *(p.type for p in function.params))))

    def _letter(self, type_: str) -> str:
        types = self._types
        if types.is_pointer(type_) or types.is_callback(type_) or types.is_callback(types.resolve(type_)):
            return POINTER
        return _LETTERS[types.resolve(type_.removeprefix("const "))]
