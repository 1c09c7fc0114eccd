"""What `wasmtime_capi` promises, of whichever version is imported: `python -m codegen rehearse` runs this for each.

All facts come from the api.json beside the imported package; only what is said of the pinned version alone is skipped
for another.
"""
