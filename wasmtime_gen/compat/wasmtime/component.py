"""Stands where the package `wasmtime` has components, to say that they are not here."""

raise ImportError(
    "components are not part of wasmtime_gen.compat.wasmtime: it has core modules and WASI only. The package wasmtime "
    "can be used beside it for components"
)
