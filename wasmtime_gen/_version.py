"""The versions of this package, and of the library that it runs with."""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    #: Of the library itself, as it states it: a library of another patch than the bindings' is used as well.
    wasmtime_version: str


def __getattr__(name: str) -> str:
    if name == "wasmtime_version":
        from wasmtime_capi._library import opened, version_of

        return version_of(opened()._name)
    raise AttributeError(f"module 'wasmtime_gen._version' has no attribute {name!r}")
