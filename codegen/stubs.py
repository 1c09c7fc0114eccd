"""How C types read in the .pyi: what a parameter takes, what a result or a field is."""

from __future__ import annotations

import keyword

from codegen.ctype import Types
from codegen.model import Api, Callback, Slot

_CTYPES = {
    "bool": "c_bool",
    "char": "c_char",
    "signed char": "c_byte",
    "unsigned char": "c_ubyte",
    "int": "c_int",
    "unsigned int": "c_uint",
    "float": "c_float",
    "double": "c_double",
    "size_t": "c_size_t",
    "ptrdiff_t": "c_ssize_t",
    "intptr_t": "c_ssize_t",
    "uintptr_t": "c_size_t",
    **{f"{sign}int{bits}_t": f"c_{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
_BYTES = ("char", "uint8_t", "unsigned char")


class Stubs:
    def __init__(self, api: Api) -> None:
        self._types = Types(api)

    def object(self, type_: str) -> str:
        """The class of a C type: "c_uint8", "_Pointer[wasm_trap_t]", "wasmtime_val_t"."""
        type_ = type_.removeprefix("const ").removesuffix(" const")
        if type_ == "void*":
            return "c_void_p"
        if type_.endswith("*"):
            return f"_Pointer[{self.object(type_[:-1])}]"
        if type_.endswith("]"):
            return f"Array[{self.object(type_.partition('[')[0])}]"
        return _CTYPES.get(self._types.resolve(type_), type_)

    def value(self, type_: str) -> str:
        """What Python sees: a number comes as int, a void* as an address or None."""
        if type_.endswith("void*"):
            return "int | None"
        if "*" not in type_ and not self._types.is_callback(type_):
            width = self._types.width(type_)
            if width in ("void", "bool"):
                return {"void": "None", "bool": "bool"}[width]
            if width in ("f32", "f64"):
                return "float"
            if self._types.resolve(type_) == "char":
                return "bytes"
            if width not in ("pointer", "?"):
                return "int"
            resolved = self._types.resolve(type_)
            return self.object(resolved)
        return self.object(type_)

    def parameter(self, slot: Slot) -> str:
        name = slot.name + "_" if keyword.iskeyword(slot.name) else slot.name
        return f"{name}: {self._argument(slot)}"

    def _argument(self, slot: Slot) -> str:
        type_ = slot.type
        if type_.endswith("void*"):
            return "_Void"
        if type_.endswith("*"):
            target = type_[:-1].removesuffix(" const")
            if target.startswith("const ") and self._types.resolve(target[6:]) in _BYTES:
                return "_Text" if self._types.resolve(target[6:]) == "char" else "_Bytes"
            return f"_In[{self.object(target)}]" + ("" if slot.nullable is False else " | None")
        return self.value(type_)

    def callback(self, callback: Callback) -> tuple[list[str], str]:
        """Arguments arrive as values; a returned pointer is given as its address."""
        result = "int | None" if "*" in callback.result.type else self.value(callback.result.type)
        return [self.value(p.type) for p in callback.params], result
