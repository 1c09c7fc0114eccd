"""Where wasmtime_gen.compat.wasmtime is not what the package `wasmtime` is, for the table and for who reads tests.

Keys are names of the package; the test that proves an entry stands in test_differences.py.
"""

from __future__ import annotations

#: Names whose use raises an exception that tells what to do instead.
RAISED = {
    "Caller.__init__": "Raises TypeError: it takes a native pointer in the original.",
    "Managed.ptr": "Raises TypeError: native pointers are not given away. Of every class that has it.",
    "Store.set_wasi_http": "Raises WasmtimeError: it is for components.",
    "component": "Importing it raises ImportError.",
    "StoreContext.__init__": "Raises TypeError: it takes a native pointer in the original.",
}

#: Names that do something else, in some cases.
DIFFERS = {
    "Config": (
        "Options that contradict each other, or that the library is built without, raise WasmtimeError when the engine "
        "is made; the original ends the process."
    ),
    "Config.cranelift_flag_enable": (
        "Flags that Wasmtime sets itself raise WasmtimeError when the engine is made, and so do unknown ones, with "
        "which the original ends the process."
    ),
    "Config.strategy": 'Takes "winch" as well.',
    "Func.__call__": (
        "Raises WasmtimeError for an item of another store; the original ends the process. Takes and returns v128 as "
        "16 bytes, which the original cannot."
    ),
    "Global.__init__": "What is no store raises TypeError, AttributeError in the original. So it is everywhere.",
    "Instance.__init__": (
        "Raises WasmtimeError when a module imports the same name twice and is given different items."
    ),
    "Linker.define": "A name that is no str raises TypeError, AttributeError in the original.",
    "Linker.instantiate": "Without Store.set_wasi() a module that imports WASI raises WasmtimeError.",
    "Managed.close": "Closing a type, an error or a frame does nothing: they own nothing. Of a Store in use it raises.",
    "Memory.data_ptr": "Raises WasmtimeError for a memory that may move when it grows, which 64-bit ones do.",
    "Memory.get_buffer_ptr": "The same; and IndexError beyond the memory. What it returns keeps the memory alive.",
    "Module.deserialize": "Raises WasmtimeError for images that `wasmtime` has serialized: serialize them anew.",
    "Store": "Raises WasmtimeError while another thread uses it, also in a host function; the original lets both in.",
    "Store.data": "Gives back what is false, such as 0, which is None in the original.",
    "Table.__init__": "Raises WasmtimeError for more than 10 million elements.",
    "Trap.trap_code": "UNCAUGHT_EXCEPTION where a WebAssembly exception leaves the guest, None in the original.",
    "Val.__init__": "`kind` is a ValType, a number of the C API in the original: use Val.i32() and its like.",
    "WasiConfig.argv": "Set again, it replaces what was given; the original appends.",
    "WasiConfig.stdout_custom": (
        "An exception of the function stops the guest and comes out of its call; the original prints it. The function "
        "runs in the thread of the call. The same for stderr_custom."
    ),
    "WasmtimeError": "Its text names each import that is missing or does not fit, and the fix; no backtrace.",
}
