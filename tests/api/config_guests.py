"""Guests that tell whether an engine is sound: each runs what some option is about, and what needs its help to trap."""

from __future__ import annotations

from typing import NamedTuple


class Guest(NamedTuple):
    name: str
    text: str
    # Function and argument. Those of `outside` must trap, or not be reached because an earlier step failed.
    calls: tuple[tuple[str, int], ...]
    outside: tuple[tuple[str, int], ...] = ()


def _simple(name: str, body: str, fields: str = "") -> Guest:
    """A module whose function takes and returns an i32."""
    return Guest(
        name, f'(module {fields} (func $f (export "f") (param i32) (result i32) {body}))', (("f", 0), ("f", 7))
    )


BASIC = Guest(
    "basic",
    """(module (memory (export "m") 1 20) (data (i32.const 0) "hi!!") (table 2 funcref) (elem (i32.const 0) $f)
        (func $f (export "f") (param i32) (result i32) local.get 0 i32.load)
        (func (export "grow") (param i32) (result i32) local.get 0 memory.grow)
        (func (export "divide") (param i32) (result i32) i32.const 1 local.get 0 i32.div_u)
        (func (export "indirect") (param i32) (result i32)
          local.get 0 local.get 0 call_indirect (param i32) (result i32)))""",
    (("f", 0), ("grow", 1), ("f", 0), ("grow", 10), ("f", 0), ("grow", 1000), ("indirect", 0)),
    (("f", 1 << 30), ("divide", 0), ("indirect", 1), ("indirect", 70_000)),
)
ENDLESS = Guest(
    "endless recursion",
    '(module (func $r (export "f") (param i32) (result i32) local.get 0 call $r i32.const 1 i32.add))',
    (),
    (("f", 0),),
)
MEMORY64 = Guest(
    "memory64",
    """(module (memory i64 1) (data (i64.const 0) "hi!!")
        (func (export "f") (param i32) (result i32) local.get 0 i64.extend_i32_u i32.load)
        (func (export "grow") (param i32) (result i32) local.get 0 i64.extend_i32_u memory.grow i32.wrap_i64))""",
    (("f", 0), ("grow", 1), ("f", 0), ("grow", 1000), ("f", 0)),
    (("f", 1 << 30),),
)


def _bounds() -> Guest:
    """Every kind of access, at every distance from the end."""
    code = {
        f"{operation}+{offset}": f"local.get 0 {operation} offset={offset} drop"
        for operation in ("i32.load8_u", "i64.load", "v128.load")
        for offset in (0, 65535, 1 << 24, (1 << 25) + 7, 1 << 31, (1 << 32) - 1)
    }
    code |= {f"store+{o}": f"local.get 0 i64.const 7 i64.store offset={o}" for o in (0, 1 << 25, (1 << 32) - 1)}
    code["fill"] = "local.get 0 i32.const 1 i32.const 100 memory.fill"
    code["copy"] = "local.get 0 i32.const 1 i32.const 100 memory.copy"
    code["copy from"] = "i32.const 0 local.get 0 i32.const 100 memory.copy"
    code["table"] = "local.get 0 table.get 0 drop"
    functions = [f'(func (export "{name}") (param i32) (result i32) {body} i32.const 1)' for name, body in code.items()]
    far = (65_536, 70_000, 1 << 20, 1 << 24, 1 << 25, 1 << 31, 3 << 30, (1 << 32) - 1)
    text = f"(module (table 3 funcref) (memory 1) {' '.join(functions)})"
    return Guest("bounds", text, (), tuple((name, address) for name in code for address in far))


_LOOP = """(loop $l (local.set $x (struct.new $s (local.get $i) (local.get $x)))
  (drop (array.new $a (i64.const 1) (i32.const 100)))
  (local.set $i (i32.add (local.get $i) (i32.const 1)))
  (br_if $l (i32.lt_u (local.get $i) (i32.const 500))))"""
_EIGHT = "i32.const 1 i64.const 1 f32.const 1 f64.const 1 " * 2

MODULES = (
    BASIC,
    ENDLESS,
    MEMORY64,
    _bounds(),
    _simple(
        "objects",
        f"(local $x (ref null $s)) (local $i i32) {_LOOP} (struct.get $s 0 (local.get $x))",
        "(type $s (struct (field i32) (field (ref null $s)))) (type $a (array (mut i64)))",
    ),
    _simple(
        "exceptions",
        "(block $h (result i32) (try_table (catch $t $h) (throw $t (local.get 0))) (i32.const 7))",
        "(tag $t (param i32))",
    ),
    _simple(
        "references",
        "ref.null extern global.set 0 global.get 0 ref.is_null",
        "(global (mut externref) (ref.null extern))",
    ),
    _simple(
        "simd",
        "local.get 0 i32x4.splat local.get 0 i32x4.splat i32x4.add i32x4.extract_lane 1 f32.const 1.5 f32.ceil "
        "i32.trunc_f32_u i32.add f64.const 2.5 f64.nearest i32.trunc_sat_f64_s i32.add i32.popcnt i32.clz i32.ctz",
    ),
    _simple(
        "relaxed simd",
        "local.get 0 i32x4.splat f32x4.convert_i32x4_s local.get 0 i32x4.splat f32x4.convert_i32x4_s "
        "local.get 0 i32x4.splat f32x4.convert_i32x4_s f32x4.relaxed_madd i32x4.extract_lane 0",
    ),
    _simple(
        "tail calls",
        "(if (result i32) (i32.lt_u (local.get 0) (i32.const 100000)) "
        "(then (return_call $f (i32.add (local.get 0) (i32.const 1)))) (else (local.get 0)))",
    ),
    _simple("atomics", "(i32.atomic.rmw.add (i32.const 0) (local.get 0))", "(memory 1 1 shared)"),
    _simple(
        "wide arithmetic",
        "(i64.add128 (i64.extend_i32_u (local.get 0)) (i64.const 1) (i64.const 2) (i64.const 3)) i64.add i32.wrap_i64",
    ),
    _simple("small pages", "local.get 0 i32.load8_u", "(memory 10 100 (pagesize 1))"),
    _simple(
        "continuations",
        "(resume $ct (cont.new $ct (ref.func $g))) (i32.const 1)",
        "(type $ft (func)) (type $ct (cont $ft)) (func $g) (elem declare func $g)",
    ),
    _simple(
        "many results",
        "call $g drop drop drop drop drop drop drop",
        f"(func $g (result i32 i64 f32 f64 i32 i64 f32 f64) {_EIGHT})",
    ),
    _simple(
        "typed references",
        "local.get 0 (call_ref $t (ref.func $g))",
        "(type $t (func (param i32) (result i32))) (func $g (type $t) local.get 0) (elem declare func $g)",
    ),
    _simple("two memories", "local.get 0 i32.load 1", "(memory 1) (memory 1)"),
)

_LIBC = """(core module $libc (memory (export "m") 1) (data (i32.const 16) "hello w\\c3\\b6rld")
    (global $p (mut i32) (i32.const 1024))
    (func (export "r") (param i32 i32 i32 i32) (result i32) (local i32)
      (local.set 4 (i32.and (i32.add (global.get $p) (i32.const 7)) (i32.const -8)))
      (global.set $p (i32.add (local.get 4) (local.get 3))) (local.get 4)))
  (core instance $libc (instantiate $libc))"""
_MEMORY = '(memory (core memory $libc "m")) (realloc (core func $libc "r"))'


def _joined(name: str, kind: str, callee: str = "", caller: str = "", args: str = "i32.const 16 i32.const 4") -> Guest:
    """Two components, of which one calls the other with something that lies in memory."""
    return Guest(
        name,
        f"""(component
  (component $A {_LIBC}
    (core module $m (func (export "f") (param i32 i32) (result i32) local.get 1))
    (core instance $i (instantiate $m))
    (func (export "f") (param "s" {kind}) (result u32) (canon lift (core func $i "f") {_MEMORY} {callee})))
  (component $B (import "f" (func $f (param "s" {kind}) (result u32)))
    {_LIBC}
    (core func $f (canon lower (func $f) {_MEMORY} {caller}))
    (core module $m (import "" "f" (func $f (param i32 i32) (result i32)))
      (func (export "g") (param i32) (result i32) {args} call $f))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
    (func (export "g") (param "x" u32) (result u32) (canon lift (core func $i "g"))))
  (instance $a (instantiate $A)) (instance $b (instantiate $B (with "f" (func $a "f"))))
  (export "f" (func $b "g")))""",
        (("f", 0),),
    )


def _asynchronous(name: str, lower: str, params: str, args: str) -> Guest:
    return Guest(
        name,
        f"""(component
  (component $A
    (core module $m (import "" "task.return" (func $return (param i32)))
      (func (export "f") (param i32) (result i32) (call $return (i32.const 42)) (i32.const 0))
      (func (export "cb") (param i32 i32 i32) (result i32) unreachable))
    (core func $return (canon task.return (result u32)))
    (core instance $i (instantiate $m (with "" (instance (export "task.return" (func $return))))))
    (func (export "f") async (param "x" u32) (result u32)
      (canon lift (core func $i "f") async (callback (core func $i "cb")))))
  (component $B (import "f" (func $f async (param "x" u32) (result u32)))
    {_LIBC}
    (core func $f (canon lower (func $f) {lower}))
    (core module $m (import "" "f" (func $f (param {params}) (result i32)))
      (func (export "g") (param i32) (result i32) {args} call $f))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
    (func (export "g") async (param "x" u32) (result u32) (canon lift (core func $i "g"))))
  (instance $a (instantiate $A)) (instance $b (instantiate $B (with "f" (func $a "f"))))
  (export "f" (func $b "g")))""",
        (("f", 0),),
    )


COMPONENTS = (
    _joined("strings", "string"),
    _joined("strings into UTF-16", "string", callee="string-encoding=utf16"),
    _joined("strings from UTF-16", "string", caller="string-encoding=utf16"),
    _joined("strings from Latin-1", "string", caller="string-encoding=latin1+utf16"),
    _joined("bytes", "(list u8)"),
    _joined("options", "(list (option u64))", args="i32.const 1000 i32.const 2"),
    _asynchronous("asynchronous", "", "i32", "local.get 0"),
    _asynchronous("asynchronous twice", f"async {_MEMORY}", "i32 i32", "local.get 0 i32.const 64"),
)
