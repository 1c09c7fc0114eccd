"""Other packages' interfaces over this one: wasmtime_gen.compat.wasmtime."""
