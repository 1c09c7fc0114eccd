"""linker.explain() and what LinkError tells: all problems, the library's verdict, the fix as code that works."""

from __future__ import annotations

import pickle

import pytest

from wasmtime_gen import (
    Engine,
    Explanation,
    Func,
    FuncType,
    GlobalType,
    Linker,
    LinkError,
    MemoryType,
    Module,
    Problem,
    Store,
    TableType,
    WasmtimeError,
    wat2wasm,
)


def exporter(linker: Linker, store: Store, text: str, name: str = "env") -> None:
    linker.define_instance(store, name, linker.instantiate(store, Module.from_text(linker.engine, text)))


def wants(engine: Engine, imports: str) -> Module:
    return Module.from_text(engine, f"(module {imports})")


def test_a_module_that_fits_has_no_problems(engine: Engine) -> None:
    linker = Linker(engine)
    linker.define_func("env", "log", print, "i32 -> ()")
    explanation = linker.explain(wants(engine, '(import "env" "log" (func (param i32)))'))
    assert not explanation
    assert (len(explanation), list(explanation), explanation) == (0, [], Explanation())
    assert str(explanation) == "every import is defined and fits"
    assert repr(explanation) == "<Explanation: 0 problems>"


def test_every_problem_is_told_and_no_other(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    exporter(linker, store, '(module (memory (export "small") 1) (global (export "g") i32 (i32.const 0)))')
    linker.define_func("env", "log", print, "i32 -> ()")
    module = wants(
        engine,
        """(import "env" "log" (func (param i32)))
           (import "env" "log" (func (param i64) (result i32)))
           (import "env" "lag" (func (param i32 i32)))
           (import "env" "small" (memory 2))
           (import "env" "small" (memory 1))
           (import "env" "g" (global (mut i32)))
           (import "env" "g" (func))
           (import "other" "t" (table 3 funcref))
           (import "other" "e" (tag (param i32)))""",
    )
    explanation = linker.explain(module)
    assert str(explanation).splitlines() == [
        "import env.log does not fit: it wants function i64 -> i32 and is given function i32 -> (); "
        "define it with linker.define_func('env', 'log', ..., 'i64 -> i32')",
        "import env.lag is missing: define it with linker.define_func('env', 'lag', ..., 'i32, i32 -> ()'); "
        "similar names are defined: env.log",
        "import env.small does not fit: it wants (memory 2) and is given (memory 1); "
        "define a (memory 2) with linker.define(store, 'env', 'small', memory)",
        "import env.g does not fit: it wants (global (mut i32)) and is given (global i32); "
        "define a (global (mut i32)) with linker.define(store, 'env', 'g', global_)",
        "import env.g does not fit: it wants function () -> () and is given (global i32); "
        "define it with linker.define_func('env', 'g', ..., '() -> ()')",
        "import other.t is missing: define a (table 3 funcref) with linker.define(store, 'other', 't', table)",
        "import other.e is missing: define a (tag (param i32)) with linker.define(store, 'other', 'e', tag)",
    ]
    assert [problem.missing for problem in explanation] == [False, True, False, False, False, True, True]
    assert explanation[0].wanted == FuncType("i64 -> i32")
    assert explanation[0].given == FuncType("i32 -> ()")
    assert explanation[2].given == MemoryType(1)
    assert explanation[3].wanted == GlobalType("i32", mutable=True)
    assert explanation[5].wanted == TableType("funcref", 3)
    assert explanation[1].near == (("env", "log"),)
    assert explanation[0].reason == (
        "types incompatible: expected type `(func (param i64) (result i32))`, found type `(func (param i32))`"
    )


def test_a_link_error_carries_the_same_list(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    module = wants(engine, '(import "env" "a" (func)) (import "env" "b" (global i64))')
    for attempt in (lambda: linker.instantiate(store, module), lambda: linker.instantiate_pre(module)):
        with pytest.raises(LinkError) as caught:
            attempt()
        assert caught.value.problems == linker.explain(module).problems
        assert str(caught.value) == (
            "2 imports are missing or of another type:\n"
            "  import env.a is missing: define it with linker.define_func('env', 'a', ..., '() -> ()')\n"
            "  import env.b is missing: define a (global i64) with linker.define(store, 'env', 'b', global_)"
        )
        copy = pickle.loads(pickle.dumps(caught.value))
        assert (str(copy), copy.problems) == (str(caught.value), caught.value.problems)


def test_a_single_problem_is_counted_as_one(engine: Engine, store: Store) -> None:
    with pytest.raises(LinkError, match=r"^1 import is missing or of another type:\n  import env.a is missing"):
        Linker(engine).instantiate(store, wants(engine, '(import "env" "a" (func))'))


def test_the_fix_is_code_that_works(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    module = wants(
        engine,
        """(import "env" "it's" (func (param i32 externref) (result f64 i64)))
           (import "env" "v" (func (param v128 (ref func)) (result (ref null exn))))
           (import "env" "f" (func (param (ref null (func))))) """.replace("(ref null (func))", "funcref"),
    )
    for problem in linker.explain(module):
        exec(problem.fix.replace("...", "print"), {"linker": linker, "print": print})
    assert not linker.explain(module)


def test_the_librarys_subtyping_decides(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    types = """(rec (type $base (sub (func (param i32)))) (type $special (sub $base (func (param i32)))))
               (type $plain (func (param i32)))"""
    exporter(
        linker,
        store,
        f'(module {types} (func (export "special") (type $special)) (func (export "base") (type $base)))',
    )
    imports = """(import "env" "special" (func (type $base)))
                 (import "env" "base" (func (type $special)))
                 (import "env" "special" (func (type $plain)))"""
    problems = linker.explain(wants(engine, types + imports)).problems
    assert [problem.name for problem in problems] == ["base", "special"]
    # Both are (i32) -> () to the eye: the library's words tell the difference.
    assert str(problems[0]).startswith("import env.base does not fit: types incompatible: expected type `")


def test_recursive_types_of_references_are_probed(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    types = "(rec (type $a (struct (field (ref null $b)))) (type $b (struct (field (ref null $a)))))"
    exporter(linker, store, f'(module {types} (global (export "g") (ref null $a) (ref.null $a)))'.replace("  ", " "))
    fits = wants(engine, f'{types} (import "env" "g" (global (ref null $a)))')
    unfit = wants(engine, f'{types} (import "env" "g" (global (ref null $b)))')
    assert not linker.explain(fits)
    (problem,) = linker.explain(unfit)
    assert (problem.kind, problem.name) == ("global", "g")
    assert "global types incompatible" in str(problem)


@pytest.mark.parametrize(
    ("export", "fits", "unfit"),
    [
        ("(memory (export {0}) i64 1 5)", "(memory i64 1 9)", "(memory 1 9)"),
        ("(memory (export {0}) 1 5)", "(memory 0 5)", "(memory 1 4)"),
        ("(table (export {0}) 2 4 funcref)", "(table 1 funcref)", "(table 2 externref)"),
        ("(table (export {0}) i64 2 4 funcref)", "(table i64 1 funcref)", "(table 2 funcref)"),
        ("(tag (export {0}) (param i32))", "(tag (param i32))", "(tag (param i64))"),
        ("(global (export {0}) funcref (ref.null func))", "(global funcref)", "(global (ref func))"),
        ("(func (export {0}) (result i32) i32.const 1)", "(func (result i32))", "(memory 1)"),
    ],
)
def test_each_kind_of_import_is_probed(engine: Engine, store: Store, export: str, fits: str, unfit: str) -> None:
    linker = Linker(engine)
    exporter(linker, store, f"(module {export.format(chr(34) + 'x' + chr(34))})")
    module = wants(engine, f'(import "env" "x" {fits}) (import "env" "x" {unfit})')
    (problem,) = linker.explain(module)
    assert problem.wanted is not None
    assert problem.wanted.wat == unfit
    assert problem.given is not None
    assert problem.reason
    with pytest.raises(LinkError, match=r"import env\.x does not fit: it wants "):
        linker.instantiate(store, module)


def test_an_item_that_was_defined_by_hand_tells_its_type(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    text = """(module (memory (export "m") 1) (global (export "g") i32 (i32.const 1)) (tag (export "e"))
                      (table (export "t") 1 funcref) (func (export "f")))"""
    exports = linker.instantiate(store, Module.from_text(engine, text)).exports
    for name in exports:
        linker.define(store, "env", name, exports[name])
    module = wants(
        engine,
        """(import "env" "m" (memory 2)) (import "env" "g" (global i64)) (import "env" "e" (tag (param i32)))
           (import "env" "t" (table 2 funcref)) (import "env" "f" (func (param i32)))""",
    )
    given = [problem.given and str(problem.given) for problem in linker.explain(module)]
    assert given == ["(memory 1)", "(global i32)", "(tag)", "(table 1 funcref)", "() -> ()"]
    assert "import env.t does not fit: it wants (table 2 funcref) and is given (table 1 funcref)" in str(
        linker.explain(module)
    )


def test_a_grown_memory_counts_with_its_size_of_now(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    text = """(module (memory (export "m") 1) (func (export "grow") (drop (memory.grow (i32.const 1)))))"""
    instance = linker.instantiate(store, Module.from_text(engine, text))
    linker.define_instance(store, "env", instance)
    module = wants(engine, '(import "env" "m" (memory 2))')
    assert linker.explain(module)
    instance.exports.grow()
    assert not linker.explain(module)
    linker.instantiate(store, module)
    with pytest.raises(LinkError, match=r"import env\.m does not fit"):
        linker.instantiate_pre(module)


def test_similar_names_are_told(engine: Engine) -> None:
    linker = Linker(engine)
    for module, name in (("env", "fd_write"), ("wasi", "fdWrite"), ("env", "fd_writes"), ("env", "abort")):
        linker.define_func(module, name, print, "i32 -> ()")
    (problem,) = linker.explain(wants(engine, '(import "env" "FD-write" (func))'))
    assert problem.near[:2] == (("env", "fd_write"), ("wasi", "fdWrite"))
    (problem,) = linker.explain(wants(engine, '(import "env" "abrot" (func))'))
    assert problem.near == (("env", "abort"),)
    (problem,) = linker.explain(wants(engine, '(import "x" "y" (func))'))
    assert problem.near == ()
    assert "similar" not in str(problem)


def test_many_imports_are_explained_completely(engine: Engine) -> None:
    linker = Linker(engine)
    for number in range(300):
        linker.define_func("env", f"f{number}", print, "i32 -> ()" if number % 100 else "i64 -> ()")
    module = wants(engine, "".join(f'(import "env" "f{n}" (func (param i32)))' for n in range(310)))
    problems = linker.explain(module).problems
    assert [problem.name for problem in problems] == ["f0", "f100", "f200", *(f"f{n}" for n in range(300, 310))]
    assert [problem.missing for problem in problems] == [False] * 3 + [True] * 10


@pytest.mark.parametrize("every", [1, 2, 50])
def test_many_that_do_not_fit_are_all_found(engine: Engine, every: int) -> None:
    linker = Linker(engine)
    for number in range(100):
        linker.define_func("env", f"f{number}", print, "i64 -> ()" if number % every == 0 else "i32 -> ()")
    module = wants(engine, "".join(f'(import "env" "f{n}" (func (param i32)))' for n in range(100)))
    assert [problem.name for problem in linker.explain(module)] == [f"f{n}" for n in range(0, 100, every)]


def test_names_that_read_alike_are_told_apart(engine: Engine) -> None:
    linker = Linker(engine)
    for first, second in (("a::b", "c"), ("a", "b::c"), ("a", "d")):
        linker.define_func(first, second, print, "i32 -> ()")
    module = wants(
        engine,
        """(import "a::b" "c" (func (param i32))) (import "a" "b::c" (func)) (import "a" "d" (func (param i32)))
           (import "a" "d" (func (param i64))) (import "a" "d" (func))""",
    )
    problems = [(problem.module, problem.name, str(problem.wanted)) for problem in linker.explain(module)]
    assert problems == [("a", "b::c", "() -> ()"), ("a", "d", "i64 -> ()"), ("a", "d", "() -> ()")]


def test_names_may_be_any_unicode(engine: Engine) -> None:
    module = wants(engine, '(import "ü 漢" "a\\00b" (func)) (import "" "" (func))')
    names = [(problem.module, problem.name) for problem in Linker(engine).explain(module)]
    assert names == [("ü 漢", "a\0b"), ("", "")]


def test_compact_imports_are_read() -> None:
    from wasmtime_gen._probe import Probes

    header = b"\0asm\1\0\0\0" + b"\1\4\1\x60\0\0"
    by_type = b"\x03env\x00\x7f\x02" + b"\x01a\0\0" + b"\x01b\2\0\1"
    by_name = b"\x03env\x00\x7e\0\0\x02" + b"\x01c" + b"\x01d"
    section = b"\2" + by_type + by_name
    probes = Probes(header + b"\2" + bytes([len(section)]) + section)
    assert [(i.module, i.name, i.kind, i.type) for i in probes.imports] == [
        ("env", "a", "function", b"\0\0"),
        ("env", "b", "memory", b"\2\0\1"),
        ("env", "c", "function", b"\0\0"),
        ("env", "d", "function", b"\0\0"),
    ]
    probe = probes.probe(probes.imports[1:3])
    assert probe == wat2wasm('(module (type (func)) (import "env" "b" (memory 1)) (import "env" "c" (func (type 0))))')


def test_bytes_that_are_no_module_are_refused() -> None:
    from wasmtime_gen._probe import Probes

    with pytest.raises(WasmtimeError, match="the imports of a module cannot be read from its wasm bytes"):
        Probes(b"\0asm\1\0\0\0\2\5\1\3e")


def test_problems_are_plain_values(engine: Engine) -> None:
    explanation = Linker(engine).explain(wants(engine, '(import "env" "log" (func))'))
    assert pickle.loads(pickle.dumps(explanation)) == explanation
    assert hash(explanation) == hash(Linker(engine).explain(wants(engine, '(import "env" "log" (func))')))
    assert repr(explanation[0]).startswith("<Problem: import env.log is missing: ")
    with pytest.raises(AttributeError, match="a Problem cannot be changed"):
        explanation[0].name = "x"
    assert Problem("env", "f", "function", None).fix == "linker.define_func('env', 'f', ...)"
    assert str(Problem("env", "m", "memory", None)).endswith(
        "define a memory with linker.define(store, 'env', 'm', memory)"
    )


def test_an_item_of_a_closed_store_is_a_problem(engine: Engine, store: Store) -> None:
    linker, other = Linker(engine), Store(engine)
    linker.define(other, "env", "log", Func.wrap(other, lambda: None))
    module = wants(engine, '(import "env" "log" (func)) (import "env" "x" (func))')
    other.close()
    told = "import env.log does not fit: env.log was defined with an item of a Store that is closed; define it with "
    problems = linker.explain(module).problems
    assert [problem.name for problem in problems] == ["log", "x"]
    assert str(problems[0]).startswith(told)


def test_items_of_two_stores_are_a_problem(engine: Engine, store: Store) -> None:
    linker, other = Linker(engine), Store(engine)
    linker.define(store, "env", "a", Func.wrap(store, lambda: None))
    linker.define(other, "env", "b", Func.wrap(other, lambda: None))
    (problem,) = linker.explain(wants(engine, '(import "env" "a" (func)) (import "env" "b" (func))'))
    assert "import env.b does not fit: env.b was defined with an item of another Store" in str(problem)


def test_what_is_no_link_problem_is_no_link_error(engine: Engine, store: Store) -> None:
    store.set_limits(memories=0)
    with pytest.raises(WasmtimeError, match="resource limit exceeded") as caught:
        Linker(engine).instantiate(store, wants(engine, "(memory 1)"))
    assert not isinstance(caught.value, LinkError)


def test_a_link_error_of_a_host_function_comes_out_as_it_is(engine: Engine, store: Store) -> None:
    linker, mine = Linker(engine), LinkError("mine")

    @linker.func("env", "start")
    def start() -> None:
        raise mine

    with pytest.raises(LinkError) as caught:
        linker.instantiate(store, wants(engine, '(import "env" "start" (func $start)) (start $start)'))
    assert caught.value is mine


def test_only_modules_of_the_engine_are_explained(engine: Engine) -> None:
    linker = Linker(engine)
    with pytest.raises(WasmtimeError, match="module belongs to another Engine than this Linker"):
        linker.explain(wants(Engine(), ""))
    with pytest.raises(TypeError, match="module must be a Module, not str"):
        linker.explain("(module)")  # type: ignore[arg-type]
    linker.close()
    with pytest.raises(WasmtimeError, match="this Linker is closed"):
        linker.explain(wants(engine, ""))


def test_the_verdict_is_that_of_instantiating_each_import_alone(engine: Engine, store: Store) -> None:
    linker = Linker(engine)
    exports = {
        "f0": "(func (export {}))",
        "f1": "(func (export {}) (param i32 externref) (result i64 f32) unreachable)",
        "m0": "(memory (export {}) 1 3)",
        "m1": "(memory (export {}) i64 1)",
        "t0": "(table (export {}) 2 funcref)",
        "t1": "(table (export {}) i64 2 9 externref)",
        "g0": "(global (export {}) (mut i32) (i32.const 0))",
        "g1": "(global (export {}) (ref func) (ref.func 0))",
        "g2": "(global (export {}) nullfuncref (ref.null nofunc))",
        "e0": "(tag (export {}))",
        "e1": "(tag (export {}) (param i32))",
    }
    exporter(linker, store, f"(module {' '.join(text.format(chr(34) + n + chr(34)) for n, text in exports.items())})")
    types = """(func) (func (param i32 externref) (result i64 f32)) (memory 1) (memory 1 2) (memory 1 4) (memory i64 0)
        (table 1 funcref) (table 3 funcref) (table i64 1 9 externref) (table i64 1 8 externref) (global (mut i32))
        (global i32) (global funcref) (global (ref func)) (global nullfuncref) (tag) (tag (param i32))"""
    pairs = [(name, wanted) for name in exports for wanted in _forms(types)]
    refused = []
    for position, (name, wanted) in enumerate(pairs):
        try:
            linker.instantiate(store, wants(engine, f'(import "env" "{name}" {wanted})'))
        except LinkError as error:
            refused += [position] * len(error.problems)
    module = wants(engine, "".join(f'(import "env" "{name}" {wanted})' for name, wanted in pairs))
    told = [(problem.name, problem.wanted and problem.wanted.wat) for problem in linker.explain(module)]
    assert told == [(pairs[at][0], module.imports[at].type.wat) for at in refused]
    assert 0 < len(pairs) - len(refused) < 30


def _forms(text: str) -> list[str]:
    """The parenthesized forms that stand one after the other."""
    found, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        if letter == "(":
            start = start if depth else at
            depth += 1
        elif letter == ")":
            depth -= 1
            if not depth:
                found.append(text[start : at + 1])
    return found


def test_a_function_of_a_type_that_cannot_be_told_is_fixed_with_an_item(engine: Engine) -> None:
    text = """(module (rec (type $t (struct (field (ref null $t)))))
        (import "env" "f" (func (param (ref null $t)))))"""
    [problem] = Linker(engine).explain(Module.from_text(engine, text))
    assert problem.fix == "linker.define(store, 'env', 'f', function)"
