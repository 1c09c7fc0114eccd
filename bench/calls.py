"""What does a call cost, by number and type of arguments, as users write it?"""

from __future__ import annotations

from functools import cache, partial

import wasmtime_gen as ours
from bench.contest import Contest, Row, statement
from bench.gates import TYPES
from bench.guests import Pair, pair

_VALUES = {"i32": "7", "i64": "1234567890123", "f32": "0.5", "f64": "2.25"}
_MIXED = ("i32", "f64", "i64", "f32") * 2


def _params(type_: str, count: int) -> list[str]:
    return list(_MIXED[:count]) if type_ == "mixed" else [type_] * count


def _names() -> list[tuple[str, list[str], list[str]]]:
    """Each exported function: its name, parameters, results."""
    found: list[tuple[str, list[str], list[str]]] = [("empty", [], []), ("none", [], ["i32"])]
    for count in (1, 2, 8):
        for type_ in TYPES[:-1] if count == 1 else TYPES:
            params = _params(type_, count)
            found.append((f"{type_}_{count}", params, params[-1:]))
    for count in (2, 8):
        found.append((f"results_{count}", ["i32"] * count, ["i32"] * count))
    return found


@cache
def _guest() -> Pair:
    functions = []
    for name, params, results in _names():
        body = " ".join(f"local.get {i}" for i in range(len(params) - len(results), len(params)))
        if results and not params:
            body = "i32.const 5"
        functions.append(f'(func (export "{name}") (param {" ".join(params)}) (result {" ".join(results)}) {body})')
    return pair(f"(module {' '.join(functions)})")


def _call(name: str, params: list[str]) -> Contest:
    guest, arguments = _guest(), ", ".join(_VALUES[param] for param in params)
    return Contest(
        statement(f"instance.exports.{name}({arguments})", guest.ours),
        statement(f"{name}({', '.join(['store', *filter(None, [arguments])])})", guest.peer),
    )


def _typed(name: str, params: list[str], against_peer: bool) -> Contest:
    guest, arguments = _guest(), ", ".join(_VALUES[param] for param in params)
    function = guest.ours["instance"].get_function(guest.ours["store"], name)
    function(*eval(f"[{arguments}]"))
    typed = function.typed(str(function.type)) if hasattr(ours.Func, "typed") else function.__call__
    return Contest(
        statement(f"typed({arguments})", {"typed": typed}),
        _call(name, params).peer if against_peer else _call(name, params).ours,
    )


def _checks() -> Contest:
    """The call that checks nothing, on the same guest: numbers in, the library, a number out."""
    guest = _guest()
    function = guest.ours["instance"].get_function(guest.ours["store"], "i32_2")
    closure = function.typed("i32, i32 -> i32")
    cells = dict(zip(closure.__code__.co_freevars, closure.__closure__, strict=True))
    view, arguments = cells["view_i"].cell_contents, cells["arguments"].cell_contents
    native = closure.__globals__["native"]

    def unchecked(a: int, b: int) -> object:
        view[0] = a
        view[4] = b
        native(*arguments)
        return view[0]

    return Contest(statement("checked(7, 7)", {"checked": closure}), statement("bare(7, 7)", {"bare": unchecked}))


def rows() -> list[Row]:
    made = []
    for name, params, results in _names():
        if name.startswith("results"):
            title = f"call with {len(results)} results"
        elif params:
            title = f"call {name.replace('_', ' x ')}"
        else:
            title = f"call () -> {results[0] if results else '()'}"
        made.append(Row(title, partial(_call, name, params)))
    typed: list[tuple[str, str, list[str]]] = [
        ("()", "none", []),
        ("i32 x 2", "i32_2", ["i32"] * 2),
        ("i32 x 8", "i32_8", ["i32"] * 8),
    ]
    made += [Row(f"typed {title}", partial(_typed, name, params, True)) for title, name, params in typed]
    for title, name, params in typed:
        row = f"typed against exports.f, {title}"
        made.append(Row(row, partial(_typed, name, params, False), note="the other side is our own exports.f(...)"))
    made.append(Row("checks of a call i32 x 2", _checks, note="the other side is our own call with no checks at all"))
    return made
