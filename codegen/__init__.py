"""Headers of one Wasmtime version in, ctypes bindings out. Never imported by the two packages it serves.

The way of a declaration, as `pipeline.py` walks it:
1. `sources` finds the pinned crate, verifies its digest and renders conf.h.
2. `clang` (first witness) and `rust` (second witness) read it into plain facts.
3. `select` keeps what the allowlist binds; every declaration is bound or excused, every rule matches.
4. `callbacks` names function pointers, `ownership` merges both witnesses and the YAML, `abi` compares them.
5. `grouping` sorts constants into enums and setters into tables.
6. The model is saved as api.json and rendered through templates and black into generated/.
No step looks back into a parser.
"""
