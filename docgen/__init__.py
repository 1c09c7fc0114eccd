"""The pages of the docs site that are made from the code, its measurements and its reports. Used by mkdocs alone.

`mkdocs.yml` names `hooks` (which pages there are) and `doctests` (how docstrings show their examples). A page is made by
`public_api` from what wasmtime_gen exports, by `raw_layer` from api.json and `c_use`, and by `reports` from files that
tests and measurements write. What another part of the project may not have yet is left out.
"""
