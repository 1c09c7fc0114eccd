"""References that Python cannot look into: passed on unchanged, checked by the library, owned by who holds them."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
import threading
import weakref
from typing import Any

import pytest

from wasmtime_gen import (
    AnyRef,
    ClosedError,
    Engine,
    ExnRef,
    ExternRef,
    Func,
    Global,
    Linker,
    Module,
    Store,
    StoreMismatchError,
    Table,
    ValType,
    WasmtimeError,
)

TEXT = """(module
  (type $p (struct (field i32)))
  (type $base (sub (struct (field i32))))
  (type $more (sub $base (struct (field i32) (field f32))))
  (type $bytes (array (mut i8)))
  (type $get (func (result i32)))
  (rec (type $node (struct (field (ref null $node)))))
  (rec (type $other (struct (field i32) (field (ref null $other)))))
  (tag $oops (export "oops") (param i32))
  (func (export "p") (result (ref $p)) (struct.new $p (i32.const 7)))
  (func (export "base") (param i32) (result (ref $base)) (struct.new $base (local.get 0)))
  (func (export "more") (param i32) (result (ref $more)) (struct.new $more (local.get 0) (f32.const 0)))
  (func (export "bytes") (result (ref $bytes)) (array.new_default $bytes (i32.const 3)))
  (func (export "node") (result (ref $node)) (struct.new_default $node))
  (func (export "other") (result (ref $other)) (struct.new_default $other))
  (func (export "of_base") (param (ref null $base)) (result i32) (struct.get $base 0 (local.get 0)))
  (func (export "of_node") (param (ref $node)) (result (ref null $node)) (struct.get $node 0 (local.get 0)))
  (func (export "any") (param anyref) (result anyref) (local.get 0))
  (func (export "eq") (param eqref eqref) (result i32) (ref.eq (local.get 0) (local.get 1)))
  (func (export "struct") (param structref) (result structref) (local.get 0))
  (func (export "i31") (param i31ref) (result i31ref) (local.get 0))
  (func (export "inward") (param externref) (result anyref) (any.convert_extern (local.get 0)))
  (func (export "outward") (param anyref) (result externref) (extern.convert_any (local.get 0)))
  (func (export "extern") (param externref) (result externref) (local.get 0))
  (func $caught (export "exn") (result exnref)
    (block $b (result i32 exnref) (try_table (catch_ref $oops $b) (throw $oops (i32.const 3))) unreachable)
    (return))
  (global (export "g") (mut anyref) (ref.null any))
  (global (export "typed") (mut (ref null $base)) (ref.null $base))
  (table (export "t") 3 (ref null $base)))"""
TEXT = TEXT.replace(
    """(func $caught (export "exn") (result exnref)
    (block $b (result i32 exnref) (try_table (catch_ref $oops $b) (throw $oops (i32.const 3))) unreachable)
    (return))""",
    """(func (export "exn") (result i32 exnref)
    (block $b (result i32 exnref) (try_table (catch_ref $oops $b) (throw $oops (i32.const 3))) unreachable))
  (func (export "same") (param exnref) (result exnref) (local.get 0))""",
)


@pytest.fixture
def exports(store: Store) -> Any:
    return guest(store)


def guest(store: Store) -> Any:
    return Linker(store.engine).instantiate(store, Module.from_text(store.engine, TEXT)).exports


def test_a_struct_passes_through_python_as_itself(exports: Any) -> None:
    for _ in range(3):  # each way of calling
        made = exports.more(5)
        assert isinstance(made, AnyRef)
        assert exports.of_base(made) == 5
        assert exports.any(made) == made
        assert exports.struct(made) == made
        assert made != exports.more(5)
        assert exports.eq(made, exports.any(made)) == 1
        assert len({made, exports.any(made), exports.more(5)}) == 2


def test_a_reference_tells_its_type(exports: Any) -> None:
    assert exports.p().type == ValType("(ref (struct (field i32)))")
    assert exports.bytes().type == ValType("(ref (array (mut i8)))")
    assert exports.inward("host").type == ValType("(ref any)")
    assert exports.exn()[1].type == ValType.ref(exports["oops"].type, nullable=False)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("of_base", "p", "must be a reference of type (ref null (struct (field i32))), not (ref (struct (field i32)))"),
        ("of_base", "bytes", "must be a reference of type (ref null (struct (field i32))), not (ref (array (mut i8)))"),
        ("struct", "bytes", "must be a reference of type structref, not (ref (array (mut i8)))"),
        ("i31", "p", "must be a reference of type i31ref, not (ref (struct (field i32)))"),
        ("of_base", 5, "must be an AnyRef for (ref null (struct (field i32))), not int"),
        ("any", "text", "must be an AnyRef or an int for anyref, not str"),
        ("of_node", None, "must be a reference for "),
        ("same", "p", "must be an ExnRef for exnref, not AnyRef"),
    ],
)
def test_a_reference_of_another_type_is_refused(exports: Any, name: str, value: Any, message: str) -> None:
    given = exports[value]() if value in ("p", "bytes") else value
    for _ in range(3):
        with pytest.raises(TypeError) as caught:
            exports[name](given)
        assert str(caught.value).startswith(f"{name}(): argument 1 {message}")


def test_types_that_look_alike_are_kept_apart(exports: Any) -> None:
    assert exports.of_node(exports.node()) is None
    with pytest.raises(TypeError, match=r"of_node\(\): argument 1 must be a reference of type"):
        exports.of_node(exports.other())


def test_an_i31_is_an_int(exports: Any) -> None:
    for value, read in ((0, 0), (-1, -1), (2**30 - 1, 2**30 - 1), (2**31 - 1, -1), (-(2**30), -(2**30))):
        assert exports.any(value) == exports.i31(value) == read
        assert type(exports.i31(value)) is int
    with pytest.raises(OverflowError, match=r"is 2147483648, out of range for an i31: from -2\*\*30 to 2\*\*31-1"):
        exports.i31(2**31)


def test_a_value_of_the_host_comes_back_through_any(exports: Any) -> None:
    thing = object()
    inward = exports.inward(thing)
    assert isinstance(inward, AnyRef)
    assert exports.outward(inward) is thing
    assert exports.any(inward) == inward


def test_a_value_of_the_guest_passes_as_externref(exports: Any, store: Store) -> None:
    made = exports.more(9)
    for _ in range(3):
        outward = exports.outward(made)
        assert isinstance(outward, ExternRef)
        assert exports.extern(outward) == outward == exports.outward(made)
        assert exports.inward(outward) == made
        assert exports.of_base(exports.inward(outward)) == 9
    kept = Global(store, "externref", outward)
    assert kept.value == outward
    assert Table(store, "1 externref", outward)[0] == outward
    assert exports.inward(exports.outward(5)) == 5


def test_globals_and_tables_hold_references(exports: Any) -> None:
    made = exports.more(4)
    exports.g.value = made
    assert exports.g.value == made
    exports.typed.value = made
    assert exports.of_base(exports.typed.value) == 4
    exports.t[0] = made
    exports.t.fill(made, 1, 1)
    assert list(exports.t) == [made, made, None]
    assert exports.t.grow(1, made) == 3
    refused = exports.p()
    wanted = r"must be a reference of type \(ref null \(struct \(field i32\)\)\), not "
    with pytest.raises(TypeError, match=f"global 'typed' {wanted}"):
        exports.typed.value = refused
    with pytest.raises(TypeError, match=f"the element for table 't' {wanted}"):
        exports.t[0] = refused
    with pytest.raises(TypeError, match=f"value {wanted}"):
        exports.t.grow(1, refused)
    with pytest.raises(TypeError, match=f"the element for table 't' {wanted}"):
        exports.t[0:3] = [None, exports.more(1), refused]
    assert list(exports.t) == [made, made, None, made]


def test_host_functions_get_and_return_references(exports: Any, store: Store) -> None:
    seen: list[Any] = []

    def same(value: Any) -> Any:
        seen.append(value)
        return value

    through = Func.wrap(store, same, "anyref -> anyref")
    linker = Linker(store.engine)
    linker.define_func("env", "same", same, "anyref -> anyref")
    text = """(module (import "env" "same" (func $same (param anyref) (result anyref)))
      (func (export "run") (param anyref) (result anyref) (call $same (local.get 0))))"""
    run = linker.instantiate(store, Module.from_text(store.engine, text)).exports.run
    made = exports.p()
    for value in (made, 5, None):
        assert through(value) == run(value) == value
    assert seen == [made, made, 5, 5, None, None]


def test_a_host_function_that_returns_another_type_is_told(exports: Any, store: Store) -> None:
    returned: list[Any] = [exports.bytes()]
    answer = Func.wrap(store, lambda: returned[0], "() -> structref")
    with pytest.raises(WasmtimeError, match="function attempted to return an incompatible value"):
        answer()
    returned[0] = exports.p()
    assert answer() == returned[0]
    returned[0] = "text"
    with pytest.raises(TypeError, match=r"the result of host function <lambda>\(\) must be an AnyRef for structref"):
        answer()


def test_a_function_of_a_subtype_fits(store: Store) -> None:
    text = """(module (type $s (sub (func))) (type $t (sub $s (func)))
      (func $f (export "f") (type $t)) (func (export "call") (param (ref $s)) (call_ref $s (local.get 0)))
      (global (export "g") (mut (ref null $s)) (ref.null $s)))"""
    exports: Any = Linker(store.engine).instantiate(store, Module.from_text(store.engine, text)).exports
    assert exports.call(exports.f) is None
    exports.g.value = exports.f
    assert exports.g.value == exports.f
    with pytest.raises(TypeError, match=r"argument 1 must be a Func of type \(\) -> \(\), not i32 -> \(\)"):
        exports.call(Func.wrap(store, print, "i32 -> ()"))


def test_references_of_another_store_are_refused(exports: Any, engine: Engine) -> None:
    other = guest(Store(engine))
    for name, value in (("any", other.p()), ("same", other.exn()[1])):
        with pytest.raises(StoreMismatchError, match="of another Store: it works only in its own store"):
            exports[name](value)
    with pytest.raises(StoreMismatchError, match="an ExternRef of another Store was given"):
        exports.extern(other.outward(other.p()))
    assert exports.p() != other.p()


def test_references_outlive_a_closed_store(engine: Engine) -> None:
    store = Store(engine)
    exports = guest(store)
    held = made, thrown, outward = exports.p(), exports.exn()[1], exports.outward(exports.p())
    store.close()
    assert made == made
    assert made != exports
    assert repr(made) == "<AnyRef of a closed store>"
    with pytest.raises(ClosedError):
        _ = made.type
    with pytest.raises(ClosedError):
        _ = thrown.tag
    with pytest.raises(ClosedError):
        _ = thrown.payload
    with pytest.raises(ClosedError):
        exports.any(made)
    other = guest(Store(engine))
    with pytest.raises(StoreMismatchError):
        other.extern(outward)
    assert len(held) == 3


def test_references_can_be_dropped_in_any_thread(exports: Any, store: Store) -> None:
    held = [exports.more(number) for number in range(100)]
    worker = threading.Thread(target=held.clear)
    worker.start()
    for number in range(100):
        assert exports.of_base(exports.more(number)) == number
    worker.join()
    store.gc()


def test_a_store_that_holds_its_own_reference_is_garbage(engine: Engine) -> None:
    store = Store(engine)
    store.data = [guest(store).p()]
    gone = weakref.ref(store)
    del store
    gc.collect()
    assert gone() is None


def test_references_survive_collections(exports: Any, store: Store) -> None:
    kept = [exports.more(number) for number in range(300)]
    for number in range(3000):
        exports.more(number)
    store.gc()
    assert [exports.of_base(each) for each in kept] == list(range(300))


def test_a_dropped_reference_lets_its_object_go(exports: Any, store: Store) -> None:
    class Thing:
        pass

    thing = Thing()
    gone, inward = weakref.ref(thing), exports.inward(thing)
    del thing
    store.gc()
    assert exports.outward(inward) is gone()
    del inward
    store.gc()
    assert gone() is None


def test_references_are_neither_made_nor_copied_by_hand(exports: Any) -> None:
    for kind in (AnyRef, ExnRef, ExternRef):
        with pytest.raises(TypeError, match="comes from a guest"):
            kind()
    for refused in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="the AnyRef belongs to its store and cannot be copied or pickled"):
            refused(exports.p())


def test_an_externref_that_is_null_is_none_whatever_was_in_memory(store: Store) -> None:
    text = """(module
      (func (export "null") (param f64) (result externref) (ref.null extern))
      (func (export "less") (param externref) (result i32) (i32.const -1))
      (func (export "half") (param externref) (result f64) (f64.const 1.5))
      (func (export "both") (param f64 i32) (result f32 externref) (f32.const 1) (ref.null extern)))"""
    exports: Any = Linker(store.engine).instantiate(store, Module.from_text(store.engine, text)).exports
    for _ in range(3):
        assert exports.null(1e300) is None
        assert exports.less("thing") == -1
        assert exports.half("thing") == 1.5
        assert exports.both(1e300, -1) == (1.0, None)


AT_EXIT = f"""
from wasmtime_gen import Engine, Linker, Module, Store
store = Store(Engine())
exports = Linker(store.engine).instantiate(store, Module.from_text(store.engine, '''{TEXT}''')).exports
kept = [exports.p(), exports.exn(), exports.outward(exports.p())]
kept.append(kept)
try:
    exports.of_base(kept[0])
except TypeError as error:
    kept.append(error)
"""


def test_references_at_the_interpreters_exit_are_harmless() -> None:
    done = subprocess.run([sys.executable, "-c", AT_EXIT], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
