"""How fast we are: against the PyPI package `wasmtime`, row by row, in one process. `make bench` runs all of it."""
