"""The pages of the docs site that are made from the code, its measurements and its reports. Used by mkdocs alone.

`mkdocs.yml` names `hooks` (which pages there are) and, for docstrings, `doctests` and `options`. Whole pages are made
by `public_api` from what wasmtime_gen exports, by `raw_layer` from api.json and `c_use`, and by `reports` from files
that tests and measurements write. Parts of pages in docs/ are made by `examples`, `measured`, `conditions` and `links`.
What another part of the project may not have yet is left out.
"""
