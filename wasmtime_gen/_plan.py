"""How functions of one type are called: the layout of their values, and the code of the closures that call them.

Plans are shared by all functions of a type, in all stores. The closures differ in their parameters alone, so their code
is made from one text, when the first function of a type is called for the second time: *args would cost 20 ns a
parameter.
"""

from __future__ import annotations

from _struct import Struct

from wasmtime_capi.cdata import c_size_t, c_uint8

from wasmtime_gen._failure import failure
from wasmtime_gen._numbers import NUMBERS, PACK, READS, REFUSED, SIZE
from wasmtime_gen._raw import ready
from wasmtime_gen._turn import uses_turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from wasmtime_gen._types import FuncType

native_call = ready("wasmtime_func_call_unchecked")
_plans: dict[FuncType, Plan] = {}
_codes: dict[str, CodeType] = {}
_KEPT = 1000  # plans to remember
#: What the code of the closures finds as its globals.
SCOPE: dict[str, Any] = {"native": native_call, "failure": failure, "REFUSED": REFUSED}


class Plan:
    """What is known of every function of one type."""

    __slots__ = (
        "_code",
        "arity",
        "by_view",
        "count",
        "is_numeric",
        "memory",
        "pack",
        "params",
        "results",
        "size",
        "type",
        "unpack",
    )

    def __init__(self, type_: FuncType) -> None:
        self.type = type_
        params, results = type_.params, type_.results
        self.params = [t.kind for t in params]
        self.results = [t.kind for t in results]
        self.arity = len(params)
        #: Struct refuses what is no such number; vectors and references need more than that.
        self.is_numeric = all(kind in NUMBERS for kind in (*self.params, *self.results))
        #: Up to two numbers are written fastest through views.
        self.by_view = self.is_numeric and len(params) <= 2 and all(kind in READS for kind in self.params)
        count = self.count = max(len(params), len(results))
        self.size = c_size_t.from_param(count)
        self.memory = c_uint8 * (SIZE * max(count, 1))
        self.pack = Struct("<" + "".join([PACK.get(kind, "Q8x") for kind in self.params])).pack_into
        self.unpack = Struct("<" + "".join([PACK.get(kind, "Q8x") for kind in self.results])).unpack_from
        self._code: CodeType | None = None

    @property
    def code(self) -> CodeType:
        """The code of the closures, which needs `again`, `arguments` and what the texts below name."""
        if self._code is None:
            form = "any"
            if self.is_numeric:
                kinds = "".join(["f" if kind == "f32" else "n" for kind in self.params])
                form = f"{kinds}{'v' * self.by_view}{min(len(self.results), 2)}"
            self._code = _codes.get(form) or _codes.setdefault(form, uses_turn(_compile(form)))
        return self._code


def plan_of(type_: FuncType) -> Plan:
    """The plan for a type. Equal types have the same one, as long as it is remembered."""
    found = _plans.get(type_)
    if found is None:
        if len(_plans) >= _KEPT:
            _plans.clear()
        found = _plans.setdefault(type_, Plan(type_))
    return found


_CALL = """
def template():
    free = again = arguments = trap = memory = write = read = rewrite = run = {views}second = None
    def call({parameters}):
        nonlocal free
        mine = None
        try:
            me = free; del free; mine = me
            {body}
            mine, free = None, mine
            return value
        except NameError:
            if mine is not None:
                if trap:
                    trap.value = None
                mine, free = None, mine
                raise
        except BaseException:
            if mine is not None:
                if trap:
                    trap.value = None
                mine, free = None, mine
            raise
        return again({arguments})
    return call
"""
_NUMBERS = """try:
                {write}
            except REFUSED:
                rewrite(memory{also})
            error = native(*arguments)
            if error or trap:
                raise failure(error, trap)
            value = {read}"""


# A view turns a float too large for f32 into infinity. What is infinite or no number at all is looked at once more.
_FITS = "-3.4028234663852886e38 <= {0} <= 3.4028234663852886e38"


def _compile(form: str) -> CodeType:
    """The code of closures of one form: "any", or a letter for each parameter, "f" for f32 and "n" for other numbers,
    then "v" if they go through views, then the number of results, 2 for all above.
    """
    views = ""
    if form == "any":
        names, body = ["*args"], "value = run(args)"
        parameters = "*args"
    else:
        kinds = form[:-1].removesuffix("v")
        names = [f"a{i}" for i in range(len(kinds))]
        also = "".join(f", {name}" for name in names)
        parameters = ", ".join([*names, "/"]) if names else ""
        write = f"write(memory, 0{also})"
        if "v" in form:
            write = "; ".join(["view_0[0] = a0", "view_1[second] = a1"][: len(kinds)]) or "pass"
            views = "".join(f"view_{i} = " for i in range(len(kinds)))
            floats = [_FITS.format(name) for name, kind in zip(names, kinds, strict=True) if kind == "f"]
            if floats:
                write += f"\n                if not ({' and '.join(floats)}):\n                    raise OverflowError"
        read = {"0": "None", "1": "read[0]", "2": "read(memory)"}[form[-1]]
        body = _NUMBERS.format(write=write, also=also, read=read)
    source = _CALL.format(views=views, parameters=parameters, arguments=", ".join(names), body=body)
    scope: dict[str, Any] = {}
    exec(compile(source, "<call of a guest>", "exec"), scope)
    code: CodeType = scope["template"]().__code__
    return code
