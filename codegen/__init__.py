"""Headers of one Wasmtime version in, ctypes bindings out. Never imported by the two packages it serves.

The way of a declaration, as `pipeline.py` walks it:
1. `sources` finds the pinned crate, verifies its digest and renders conf.h.
2. `clang` (first witness) and `rust` (second witness) read it into plain facts.
3. `select` keeps what the allowlist binds; every declaration is bound or excused, every rule matches.
4. `naming` names function pointers written in place, and applies renames at the end.
5. `ownership` merges both witnesses and the YAML; `abi` compares declarations with definitions.
6. `grouping` sorts constants into enums and setters into tables; `bindable` asks whether all of it fits together.
7. The model is saved as api.json and rendered through templates and black into generated/.
No step looks back into a parser.
"""
