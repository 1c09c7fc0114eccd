"""The official WebAssembly testsuite, through the public API of wasmtime_gen and through wasmtime_capi in the same run.

    python -m tests.conformance                  # all of it: a table, and RESULTS.md
    python -m tests.conformance gc/struct        # the files whose name contains this

script.py reads a script into commands, values.py its values into bits. runner.py carries the commands out on a back end
(backend.py says what one has to do): public.py or raw.py. child.py is the process of one file on one back end, suite.py
runs them all, and report.py tells what came of it.
"""
