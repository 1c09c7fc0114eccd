"""Guests for the tests of the command line, by the names of their files."""

from __future__ import annotations

WASI = """
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
"""
# A vector at 0 has what is at 1000; the number of bytes that were read or written comes to 8.
_PRINT = """(func $print (param $fd i32) (param $at i32) (param $size i32)
    (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $size))
    (drop (call $write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))"""


def program(body: str, data: str = "") -> str:
    return f"""(module $guest {WASI} (memory (export "memory") 1) {_PRINT} {data}
  (func (export "_start") {body}))"""


GUESTS = {
    "hello": program(
        "(call $print (i32.const 1) (i32.const 1000) (i32.const 6))", '(data (i32.const 1000) "hello\\n")'
    ),
    # Copies stdin to stdout, piece by piece.
    "cat": program("""(loop
    (i32.store (i32.const 0) (i32.const 1000)) (i32.store (i32.const 4) (i32.const 4096))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (if (i32.load (i32.const 8)) (then
      (call $print (i32.const 1) (i32.const 1000) (i32.load (i32.const 8))) (br 1))))"""),
    # Its arguments, each with a NUL.
    "args": program("""(drop (call $args_sizes (i32.const 16) (i32.const 20)))
    (drop (call $args (i32.const 64) (i32.const 1000)))
    (call $print (i32.const 1) (i32.const 1000) (i32.load (i32.const 20)))"""),
    "env": program("""(drop (call $env_sizes (i32.const 16) (i32.const 20)))
    (drop (call $env (i32.const 64) (i32.const 1000)))
    (call $print (i32.const 1) (i32.const 1000) (i32.load (i32.const 20)))"""),
    # Exits with the error that it gets for creating the file "new" in its first directory.
    "create": program(
        """(call $exit (call $open (i32.const 3) (i32.const 0) (i32.const 1000) (i32.const 3) (i32.const 1)
      (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)))""",
        '(data (i32.const 1000) "new")',
    ),
    "exit_7": program("(call $exit (i32.const 7))"),
    "exit_200": program("(call $exit (i32.const 200))"),
    "err": program(
        "(call $print (i32.const 2) (i32.const 1000) (i32.const 4)) unreachable", '(data (i32.const 1000) "oh!\\n")'
    ),
    "forever": program(
        "(call $print (i32.const 1) (i32.const 1000) (i32.const 6)) (loop (br 0))", '(data (i32.const 1000) "spins\\n")'
    ),
    # Exits with the pages that it got, up to 100.
    "grow": program("""(local $got i32)
    (loop (if (i32.and (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0)) (i32.lt_u (local.get $got) (i32.const 100)))
      (then (local.set $got (i32.add (local.get $got) (i32.const 1))) (br 1))))
    (call $exit (local.get $got))"""),
    "numbers": """(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "wide") (param i64) (result i64) (local.get 0))
  (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
  (func (export "single") (param f32) (result f32) (local.get 0))
  (func (export "vector") (param v128) (result v128) (local.get 0))
  (func (export "two") (result i32 f32) (i32.const 1) (f32.const 1.5))
  (func (export "nothing"))
  (func (export "is_null") (param externref) (result i32) (ref.is_null (local.get 0)))
  (func (export "strict") (param (ref extern)))
  (func (export "spin") (loop (br 0)))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (memory (export "memory") 1))""",
    "needy": '(module (import "os" "system" (func (param i32))) (func (export "_start")) (func (export "f")))',
    # Its line with an error has a tab, a wide character and what would clear a screen.
    "syntax": "(module\n\t(func (; ä\u4e16 \x1b[2J ;) (i32.ad)))\n",
    "invalid": (
        '(module\n  (import "a" "b" (func))\n  (func $other (import "c" "d"))\n  (func $ok) (; (func $not) ;)\n'
        "  ;; (func $nor)\n  (func $bad (result i32)\n    i64.const 1)\n  (func $also))\n"
    ),
    "component": (
        '(component $adder (import "a:b/c@1.0.0" (func)) (import "r" (type (sub resource))) (core module (func))'
        ' (export "y" (func 0)))'
    ),
    # Every name of it would do something to a terminal.
    "hostile": (
        '(module $"\\1b]0;owned\\07" (import "\\1b[2J" "\\1b[31m\\r" (func))'
        ' (func (export "\\1b[1A\\0a\\e2\\80\\ae"))'
        ' (@custom "\\1b[5m" "") (@producers (language "\\1b[2J" "\\1b[0m")))'
    ),
}
