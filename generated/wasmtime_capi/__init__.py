"""Wasmtime's C API for Python: every C name is an attribute, bound when it is first used.

    import wasmtime_capi as c

    engine = c.wasm_engine_new()
    c.wasm_engine_delete(engine)

This is C without a net: a wrong pointer, a second delete or a broken precondition ends the process. The comments in
functions.py and __init__.pyi tell who owns what. `wasmtime_gen` is the safe way to the same library.
"""

from wasmtime_capi._library import LibraryError, library

__all__ = ["LibraryError", "library"]


def __getattr__(name: str) -> object:
    from wasmtime_capi._binding import bind

    return globals().setdefault(name, bind(name))  # one object, whichever of two threads is first


def __dir__() -> list[str]:
    from wasmtime_capi._binding import names

    return sorted({*globals(), *names()})
