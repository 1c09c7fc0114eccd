"""What a back end has to do for the runner, and the words in which it tells that something failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from tests.conformance.values import Value


class Failed(Exception):
    """The library refused something, or a guest failed. The text is the library's."""


class Invalid(Failed):
    """A module that is malformed or invalid."""


class Unlinkable(Failed):
    """A module whose imports are unknown or do not fit."""


class Trapped(Failed):
    """A guest trapped."""


class Thrown(Failed):
    """An exception left a guest uncaught."""


class Backend(Protocol):
    """One store, in which the instances of a script live."""

    def compile(self, wasm: bytes) -> Any:
        """A module in the binary format. Raises Invalid."""

    def wat2wasm(self, text: bytes) -> bytes:
        """A module from text. Raises Invalid."""

    def instantiate(self, module: Any) -> Any:
        """An instance that imports what was registered. Raises Unlinkable, Trapped or Thrown."""

    def register(self, name: str, instance: Any) -> None:
        """Let modules import what an instance exports."""

    def invoke(self, instance: Any, name: str, args: Sequence[Value]) -> list[Value]:
        """Call an exported function. Raises Trapped or Thrown."""

    def get(self, instance: Any, name: str) -> Value:
        """The value of an exported global."""


#: Options besides the default ones that a folder of the suite needs.
OPTIONS: dict[str, tuple[str, ...]] = {
    "compact-import-section": ("wasm_compact_imports",),
    "custom-page-sizes": ("wasm_custom_page_sizes",),
    "threads": ("wasm_threads", "shared_memory"),
    "wide-arithmetic": ("wasm_wide_arithmetic",),
}

#: What scripts import as "spectest": the types of its functions and the values of its globals.
PRINTS = {
    "print": "",
    "print_i32": "i32",
    "print_i64": "i64",
    "print_f32": "f32",
    "print_f64": "f64",
    "print_i32_f32": "i32 f32",
    "print_f64_f64": "f64 f64",
}
GLOBALS: dict[str, tuple[str, float]] = {
    "global_i32": ("i32", 666),
    "global_i64": ("i64", 666),
    "global_f32": ("f32", 666.6),
    "global_f64": ("f64", 666.6),
}
#: What no host can make, a guest does: a 64-bit table, and an anyref of a host's value.
GUEST = b"""(module
  (table (export "table64") i64 10 20 funcref)
  (func (export "inward") (param externref) (result anyref) (any.convert_extern (local.get 0)))
  (func (export "outward") (param anyref) (result externref) (extern.convert_any (local.get 0))))"""
