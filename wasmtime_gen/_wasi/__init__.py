"""WASI in a store: what guests see of the system, and the functions that they reach it by."""
