"""Import a WebAssembly module like one of Python: gcd.wat, beside this file. What it imports is provided by name."""

import inspect

import wasmtime_gen.importer

wasmtime_gen.importer.provide("env", {"log": lambda a, b: print(f"gcd({a}, {b})")})

import gcd  # type: ignore[import-not-found] # noqa: E402 - found from here on

print(gcd.gcd(12, 18), inspect.signature(gcd.gcd))
