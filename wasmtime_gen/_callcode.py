"""The code of the closures that call guests, made from text: they differ in their parameters alone, and *args would
cost 20 ns a parameter.

A form says which code a function needs: a letter for each parameter, "n" for a number; or, for up to two numbers that
go through views, "i", "q", "f" or "d" as in the module struct, and "v". For the results "0", "1", "2" for several
numbers, or the letter of the view that is at hand for a parameter. Where an externref that may be null is among them it
is "x", and all others go through views. Functions of other types have the form "any". A free variable costs 2 ns a
call: what is rarely needed comes with `outer`, the Call.
"""

from __future__ import annotations

from wasmtime_gen._failure import failure
from wasmtime_gen._numbers import READS, REFUSED
from wasmtime_gen._raw import ready
from wasmtime_gen._stack import room
from wasmtime_gen._turn import stale, uses_turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType
    from typing import Any

    from wasmtime_gen._types.valtype import ValType

ANY = "any"
native_call = ready.wasmtime_func_call_unchecked
#: What the code finds as its globals. Its free variables come from Call.closure().
SCOPE: dict[str, Any] = {"native": native_call, "failure": failure, "REFUSED": REFUSED, "room": room, "stale": stale}
_codes: dict[str, CodeType] = {}


def form_of(params: Sequence[ValType], results: Sequence[ValType]) -> str:
    """The form of a function with these parameters and results."""
    kinds = [*map(_letter, params), *map(_letter, results)]
    if None in kinds or ("x" in kinds and len(results) > 1):
        return ANY
    if "x" in kinds:
        return "".join(kinds) + "0" * (not results)  # type: ignore[arg-type]
    by_view = len(params) <= 2
    letters = "".join(kinds[: len(params)]) if by_view else "n" * len(params)  # type: ignore[arg-type]
    result = "2" if len(results) > 1 else "1" if results else "0"
    if by_view and result == "1" and str(kinds[-1]) in letters:
        result = str(kinds[-1])
    return f"{letters}{'v' * by_view}{result}"


def _letter(type_: ValType) -> str | None:
    if type_.kind in READS:
        return str(READS[type_.kind][0])
    return "x" if type_.heap == "extern" and type_.nullable else None


def code_of(form: str) -> CodeType:
    """The code for a form, compiled when a function of it is called for the second time."""
    return _codes.get(form) or _codes.setdefault(form, uses_turn(_compile(form)))


_CALL = """
def template():
    free = hosted = outer = arguments = trap = memory = write = read = view_i = view_q = view_f = view_d = None
    checked = words = roots = result = lend = find = unroot = None
    def call({parameters}):
        nonlocal free
        mine = None
        if hosted:
            held = room(hosted)
            if held is None:
                return outer.again({arguments})
        try:
            me = free; del free; mine = me if me.idle else stale(); me.idle = False
            {body}
            mine.idle = True; mine, free = None, mine
            return value
        except NameError:
            if mine is not None:
                if trap:
                    trap.value = None
                mine.idle = True; mine, free = None, mine
                raise
        except BaseException:  # no calls here: one may fail at the limit of recursion
            if mine is not None:
                if trap:
                    trap.value = None
                mine.idle = True; mine, free = None, mine
            raise
        return outer.again({arguments})
    return call
"""
_WRITE = """try:
    {write}
except REFUSED:
    outer.rewrite({values})"""
_NATIVE = """error = {native}(*arguments)
if error or trap:
    raise failure(error, trap, outer.store)
value = {read}"""
# A word of each root is not 0 from when the library has made it. Each is let go whatever is raised, and but once: the
# word is 0 again before anything can fail in the next call.
_LEND = """if {value} is not None:
    lend({value}, {root})"""
_LET_GO = """{word} = 0
try:
    {body}
finally:
    if {word}:
        unroot({root})"""
_ITEMS = dict(READS.values())  # of a view, in the memory of one value
# A view turns a float too large for f32 into infinity. What is infinite or no number at all is looked at once more.
_FITS = "-3.4028234663852886e38 <= {0} <= 3.4028234663852886e38"


def _compile(form: str) -> CodeType:
    names = [] if form == ANY else [f"a{i}" for i in range(len(form[:-1].removesuffix("v")))]
    parameters, arguments = f"{', '.join(names)}, /" if names else "", ", ".join(names)
    if form == ANY:
        parameters = arguments = "*args"
        body = "value = outer.run(args)"
    elif "x" in form:
        body = _checked_body(form, names)
    else:
        kinds, result = form[:-1], form[-1]
        write = f"write(memory, 0, {arguments})"
        if "v" in form:
            items = [0, _ITEMS.get(kinds[-2:-1])]  # of the first parameter and the second
            write = _by_views(kinds, names, items)
        read = {"0": "None", "1": "read[0]", "2": "read(memory)"}.get(result, f"view_{result}[0]")
        body = _NATIVE.format(native="native", read=read)
        if names:
            body = f"{_WRITE.format(write=write, values=arguments)}\n{body}"
    source = _CALL.format(parameters=parameters, arguments=arguments, body=_indent(body, 12))
    scope: dict[str, Any] = {}
    exec(compile(source, "<call of a guest>", "exec"), scope)
    code: CodeType = scope["template"]().__code__
    return code


def _by_views(kinds: str, names: list[str], items: list[int | None]) -> str:
    """What writes these numbers to these items of their views."""
    numbers = [each for each in zip(kinds, names, items, strict=False) if each[0] in _ITEMS]
    write = "; ".join([f"view_{kind}[{item}] = {name}" for kind, name, item in numbers])
    floats = [_FITS.format(name) for kind, name, _ in numbers if kind == "f"]
    if floats:
        write += f"\nif not ({' and '.join(floats)}):\n    raise OverflowError"
    return _indent(write, 4)


def _checked_body(form: str, names: list[str]) -> str:
    """The call of a function of the library's that takes and gives roots, in memory for values of 32 bytes."""
    kinds, result = form[:-1], form[-1]
    lines = []
    if kinds.strip("x"):
        # What is given lies 8 bytes behind the start of its value.
        items = [(i * 4 + 1) * _ITEMS[kind] // 2 if kind in _ITEMS else None for i, kind in enumerate(kinds)]
        lines.append(_WRITE.format(write=_by_views(kinds, names, items), values=", ".join(names)))
    lent = [(i, name) for i, (kind, name) in enumerate(zip(kinds, names, strict=True)) if kind == "x"]
    for i, name in lent:
        lines.append(_LEND.format(value=name, root=f"roots[{i}]"))
    found = "find(result) if read[1] else None"
    read = {"0": "None", "x": found}.get(result, f"read[{_ITEMS.get(result, 0) // 2}]")
    lines.append(_NATIVE.format(native="checked", read=read))
    body = "\n".join(lines)
    if result == "x":
        body = _LET_GO.format(body=_indent(body, 4), word="read[1]", root="result")
    for i, _ in lent:
        body = _LET_GO.format(body=_indent(body, 4), word=f"words[{i * 4 + 1}]", root=f"roots[{i}]")
    return body


def _indent(text: str, by: int) -> str:
    """`text` with each line but the first so much further in."""
    return text.replace("\n", "\n" + " " * by)
