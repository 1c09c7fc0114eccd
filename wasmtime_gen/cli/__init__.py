"""The command line. commands.py lists the commands, each of which has a file; what they share:

- files.py: what a file is, and its wasm;
- terminal.py: writing tables and errors, past which no name of a wasm file goes as it is;
- positions.py: where in a file an error is;
- values.py: arguments and sizes as they are typed;
- exits.py: the exit codes.

The libraries for it (click, rich) come with the extra `wasmtime_gen[cli]`. Nothing outside this folder uses it.
"""
