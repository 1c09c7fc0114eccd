"""Structures in memory: formats of the module `struct`, and ctypes.Structure.

A guest's pointers are numbers of its own. So a format without a byte order means little-endian without padding, not
what this machine does; and a ctypes type with pointers, which would lead anywhere in this process, is refused.
"""

from __future__ import annotations

from ctypes import Array, Structure, Union, _Pointer, _SimpleCData, c_byte, sizeof
from struct import Struct
from struct import error as StructError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_layouts: dict[str, Struct] = {}
_plain: dict[type, None] = {}
_KEPT = 1000
_POINTERS = "PzZOX"  # codes of simple types that hold an address of this process


def layout(format_: Any) -> Struct:
    """The Struct of a format. Raises ValueError for one that is malformed."""
    if isinstance(format_, Struct):  # whose methods may be a user's
        format_ = Struct.format.__get__(format_)
    if not isinstance(format_, str):
        raise TypeError(f"format must be a str or a Struct, not {type(format_).__name__}")
    found = _layouts.get(format_)
    if found is None:
        text = str(format_)
        try:
            found = Struct(text if text[:1] in ("<", ">", "!", "=", "@") else f"<{text}")
        except (StructError, UnicodeEncodeError) as error:
            raise ValueError(f"format {text!r} is not one of the module struct: {error}") from None
        if len(_layouts) >= _KEPT:
            _layouts.clear()
        _layouts[text] = found
    return found


def checked_ctype(kind: Any) -> Any:
    """A ctypes type whose values hold no address. Raises TypeError for any other."""
    if not isinstance(kind, type) or kind not in _plain:
        _refuse_pointers(kind, kind)
        try:
            sizeof(kind)
        except TypeError:
            raise TypeError(f"a structure must have fields, and {kind.__name__} has none") from None
        if len(_plain) >= _KEPT:
            _plain.clear()
        _plain[kind] = None
    return kind


def _refuse_pointers(kind: Any, whole: Any) -> None:
    if isinstance(kind, type):
        if issubclass(kind, (Structure, Union)):
            for base in kind.__mro__:
                for field in vars(base).get("_fields_", ()):
                    _refuse_pointers(field[1], whole)
            return
        if issubclass(kind, Array):
            return _refuse_pointers(getattr(kind, "_type_", c_byte), whole)
        if issubclass(kind, _SimpleCData) and getattr(kind, "_type_", "P") not in _POINTERS:
            return
        if (kind is not _SimpleCData and issubclass(kind, (_Pointer, _SimpleCData))) or hasattr(kind, "_flags_"):
            raise TypeError(
                f"{whole.__name__} holds a pointer ({kind.__name__}), which means nothing in a guest's memory: declare "
                "it as c_uint32, or c_uint64 in a 64-bit memory"
            )
    name = kind.__name__ if isinstance(kind, type) else repr(kind)
    raise TypeError(f"a structure must be a ctypes type, such as a subclass of ctypes.Structure, not {name}")
