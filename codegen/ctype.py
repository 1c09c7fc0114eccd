"""What a C spelling in the model's normal form means: pointer or not, of what, how wide."""

from __future__ import annotations

from codegen.model import Api

WIDTHS = {
    "void": "void",
    "bool": "bool",
    "char": "8",
    "signed char": "8",
    "unsigned char": "8",
    "int8_t": "8",
    "uint8_t": "8",
    "int16_t": "16",
    "uint16_t": "16",
    "int": "32",
    "unsigned int": "32",
    "int32_t": "32",
    "uint32_t": "32",
    "int64_t": "64",
    "uint64_t": "64",
    "size_t": "size",
    "ptrdiff_t": "size",
    "intptr_t": "size",
    "uintptr_t": "size",
    "float": "f32",
    "double": "f64",
}


def base(type_: str) -> str:
    """The name inside: "const wasm_trap_t**" -> "wasm_trap_t"."""
    return type_.replace("const ", "").replace(" const", "").rstrip("*").partition("[")[0].rstrip("*")


def depth(type_: str) -> int:
    """How many pointers: 2 for "wasm_trap_t**"."""
    return type_.count("*") if "(*)" not in type_ else 0


class Types:
    """Follows the typedefs of one API."""

    def __init__(self, api: Api) -> None:
        self._typedefs = {t.name: t.type for t in api.typedefs}
        self._callbacks = {c.name for c in api.callbacks}
        self._records = {r.name: r for r in api.records}

    def is_callback(self, type_: str) -> bool:
        return type_.removeprefix("const ") in self._callbacks

    def is_opaque(self, type_: str) -> bool:
        record = self._records.get(self.resolve(base(type_)))
        return record is not None and record.opaque

    def is_record(self, type_: str) -> bool:
        return self.resolve(base(type_)) in self._records

    def resolve(self, name: str) -> str:
        while name in self._typedefs:
            name = self._typedefs[name]
        return name

    def width(self, type_: str) -> str:
        """How it is passed: "void", "bool", "8" to "64", "size", "f32", "f64", "pointer" or "?"."""
        if self.is_pointer(type_) or self.is_callback(type_):
            return "pointer"
        return WIDTHS.get(self.resolve(base(type_)), "?")

    def is_pointer(self, type_: str) -> bool:
        """Also behind a typedef; an array is one where it is passed."""
        spelling = type_ + self.resolve(base(type_))
        return "*" in spelling or "[" in spelling
