"""Import WebAssembly like modules of Python: gcd.wat and logged.wat, beside this file.

What a module imports comes from WASI, or is provided by name. `wasmtime-gen stubs` writes their types.
"""

import inspect

import wasmtime_gen.importer

wasmtime_gen.importer.provide("env", {"log": lambda value: print("counting", value)})

import gcd  # type: ignore[import-not-found] # noqa: E402 - they are found from here on
import logged  # type: ignore[import-not-found] # noqa: E402

print(gcd.gcd(12, 18), gcd.lcm(21, 6), inspect.signature(gcd.gcd))
print(logged.count_down(2))
