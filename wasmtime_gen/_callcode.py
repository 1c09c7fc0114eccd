"""The code of the closures that call guests, made from text: they differ in their parameters alone, and *args would
cost 20 ns a parameter.

A form says which code a function needs: a letter for each parameter, "n" for a number and "x" for an externref that
may be null; or, for up to two numbers that go through views, "i", "q", "f" or "d" as in the module struct, and "v". For
the results "0", "1", "2" for several numbers, "x" for one externref, or the letter of the view that is at hand for a
parameter. Functions of other types have the form "any". A free variable costs 2 ns a call: what is rarely needed comes
with `outer`, the Call.
"""

from __future__ import annotations

from wasmtime_gen._failure import failure
from wasmtime_gen._numbers import NUMBERS, READS, REFUSED
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
    by_view = len(params) <= 2 and all(type_.kind in READS for type_ in params)
    letters = "".join([READS[type_.kind][0] if by_view else _letter(type_) for type_ in params])
    many = "2" if len(results) > 1 and all(type_.kind in NUMBERS for type_ in results) else ""
    result = many or ("0" if not results else {"n": "1", "x": "x"}.get(_letter(results[0]), "?"))
    if "?" in letters + result or (len(results) > 1 and not many):
        return ANY
    if by_view and result == "1" and READS[results[0].kind][0] in letters:
        result = READS[results[0].kind][0]
    return f"{letters}{'v' * by_view}{result}"


def _letter(type_: ValType) -> str:
    if type_.kind in NUMBERS:
        return "n"
    return "x" if type_.heap == "extern" and type_.nullable else "?"


def code_of(form: str) -> CodeType:
    """The code for a form, compiled when a function of it is called for the second time."""
    return _codes.get(form) or _codes.setdefault(form, uses_turn(_compile(form)))


_CALL = """
def template():
    free = hosted = outer = arguments = trap = memory = write = read = view_i = view_q = view_f = view_d = None
    words = table = lend = word = find = end = None
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
_NATIVE = """error = native(*arguments)
if error or trap:
    raise failure(error, trap, outer.store)
value = {read}"""
_ITEMS = dict(READS.values())  # of a view, in the memory of one value
# A view turns a float too large for f32 into infinity. What is infinite or no number at all is looked at once more.
_FITS = "-3.4028234663852886e38 <= {0} <= 3.4028234663852886e38"


def _compile(form: str) -> CodeType:
    if form == ANY:
        parameters = arguments = "*args"
        body = "value = outer.run(args)"
    else:
        kinds, result = form[:-1].removesuffix("v"), form[-1]
        names = [f"a{i}" for i in range(len(kinds))]
        arguments = ", ".join(names)
        parameters = f"{arguments}, /" if names else ""
        numbers = [name if kind != "x" else "0" for name, kind in zip(names, kinds, strict=True)]
        write = f"write(memory, 0, {', '.join(numbers)})"
        if "v" in form:
            items = [0, _ITEMS.get(kinds[-1:])]  # of the first parameter and the second
            write = "; ".join([f"view_{kind}[{items[i]}] = a{i}" for i, kind in enumerate(kinds)])
            floats = [_FITS.format(name) for name, kind in zip(names, kinds, strict=True) if kind == "f"]
            if floats:
                write += f"\n    if not ({' and '.join(floats)}):\n        raise OverflowError"
        lines = [_WRITE.format(write=write, values=arguments)] if kinds.strip("x") else []
        # References last: to make a number of an object may run Python code, and none may run after one is lent.
        for i, kind in enumerate(kinds):
            if kind == "x":
                lines.append(f"s{i} = a{i} if a{i} is None else lend(table, a{i})")
        for i, kind in enumerate(kinds):
            if kind == "x":
                lines.append(f"words[{2 * i}] = 0 if s{i} is None else word(table, s{i})")
        found = "find(table, read[0]) if read[0] else None"
        reads = {"0": "None", "1": "read[0]", "2": "read(memory)", "x": found}
        lines.append(_NATIVE.format(read=reads.get(result, f"view_{result}[0]")))
        body = "\n".join(lines)
        if "x" in form:
            body = f"try:\n{_indent(body, 4)}\nfinally:\n    end()"
        body = _indent(body, 12).lstrip()
    source = _CALL.format(parameters=parameters, arguments=arguments, body=body)
    scope: dict[str, Any] = {}
    exec(compile(source, "<call of a guest>", "exec"), scope)
    code: CodeType = scope["template"]().__code__
    return code


def _indent(text: str, by: int) -> str:
    return "\n".join([" " * by + line for line in text.split("\n")])
