"""Unbound methods and properties, called with an object of another class: cases made by looking at the public classes.

Each case is one method, with an object of every other class as `self`, and arguments of many kinds.
"""

from __future__ import annotations

from collections.abc import Iterator

import wasmtime_gen
from tests.safety.cases import Case

SETUP = """
import itertools
engine = Engine(shared_memory=True)
store, linker = Store(engine), Linker(engine)
module = Module.from_text(engine, '(module (func (export "f")) (memory (export "m") 1) (table (export "t") 1 funcref))')
instance = linker.instantiate(store, module)
tag = Tag(store, "(tag (param i32))")
objects = linker.instantiate(store, Module.from_text(engine, '''(module (type $p (struct (field i32)))
  (func (export "any") (result (ref $p)) struct.new_default $p)
  (func (export "extern") (result externref) (extern.convert_any (struct.new_default $p))))''')).exports
things = [
    engine, store, linker, module, instance, instance.exports, linker.instantiate_pre(module), tag,
    Memory(store, "1 9"), Memory(store, "i64 1 9"), Table(store, "2 9 externref", 7), Global(store, "(mut i32)", 7),
    Func.wrap(store, lambda: None), Func.wrap(store, lambda a: a, "i32 -> i32"), instance.exports.t,
    objects.any(), objects.extern(), WasmException(tag, 5).reference,
    SharedMemory(engine, "1 2 shared"), Caller, store.data, Config(), FuncType(), WasiConfig(),
    Engine(epoch_interruption=True).ticker(),
    ValType.parse("i32"), MemoryType.parse("1"), None, object(), 7, engine.config,
]
for each in things[11:14]:
    [each.value if isinstance(each, Global) else each for _ in range(20)]
one = store, module, 1, "f", b"x", 0, things[8], [], None
ARGUMENTS = [(), *[(each,) for each in one], *itertools.product((store, 0, "f"), (module, 1, "f", 2**31)),
    (0, 0, 1), (store, "a", "f"), ("a", "b", print), (store, "a", "b", things[8])]
def strange(kind, name):
    found = vars(kind)[name]
    for thing in things:
        if isinstance(thing, kind):
            continue
        try:
            if hasattr(found, "fget"):
                found.fget(thing)
                continue
            if hasattr(found, "__set_name__"):
                found = found.__get__(thing)
        except Exception:
            continue
        for arguments in ARGUMENTS:
            try:
                found(*(arguments if not hasattr(found, "__code__") else (thing, *arguments)))
            except Exception:
                pass
            if hasattr(thing, "closed") and thing.closed:
                return
"""
_SKIPPED = {"__new__", "__init_subclass__", "__module__", "__slots__", "__doc__", "__class__"}


def unbound() -> Iterator[Case]:
    """A case for each method and property of each public class."""
    for class_name in sorted(wasmtime_gen.__all__):
        kind = getattr(wasmtime_gen, class_name)
        if not isinstance(kind, type) or issubclass(kind, BaseException):
            continue
        for name, value in sorted(vars(kind).items()):
            public = not name.startswith("_") or name.startswith("__")
            if public and name not in _SKIPPED and (callable(value) or hasattr(value, "__get__")):
                yield Case("self", f"strange({class_name}, {name!r})", SETUP, "None")
