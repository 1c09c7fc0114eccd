"""What is wrong between a module and a linker, as plain values. They are found in _explain.py."""

from __future__ import annotations

from wasmtime_gen._definitions import dotted
from wasmtime_gen._types.functype import FuncType
from wasmtime_gen._types.valtype import Value, assign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wasmtime_gen._types.extern import ExternType


class Problem(Value):
    """An import that is missing or does not fit. `str()` tells it in a sentence, with the fix as a line of code.

    >>> from wasmtime_gen import Engine, Linker, Module
    >>> engine = Engine()
    >>> module = Module.from_text(engine, '(module (import "env" "log" (func (param i32 i32))))')
    >>> [problem] = Linker(engine).explain(module)
    >>> problem.missing, problem.fix
    (True, "linker.define_func('env', 'log', ..., 'i32, i32 -> ()')")
    """

    __slots__ = ("given", "kind", "module", "name", "near", "reason", "wanted")
    __match_args__ = ("module", "name", "kind", "wanted", "given", "reason", "near")

    #: The first part of the import's name.
    module: str
    #: The second part of the import's name.
    name: str
    #: What the module wants: "function", "table", "memory", "global" or "tag".
    kind: str
    #: The type that the module wants, or None if it cannot be told.
    wanted: ExternType | None
    #: The type that the linker has under this name, or None if nothing is there or it cannot be told.
    given: ExternType | None
    #: What the library has against it; None if the import is missing.
    reason: str | None
    #: The names of similar definitions, each in two parts, the nearest first.
    near: tuple[tuple[str, str], ...]

    def __init__(
        self,
        module: str,
        name: str,
        kind: str,
        wanted: ExternType | None,
        given: ExternType | None = None,
        reason: str | None = None,
        near: tuple[tuple[str, str], ...] = (),
    ) -> None:
        for part, value in zip(self.__match_args__, (module, name, kind, wanted, given, reason, near), strict=True):
            assign(self, part, value)

    @property
    def missing(self) -> bool:
        """True if the linker has nothing under this name."""
        return self.reason is None

    @property
    def fix(self) -> str:
        """The line of code that defines what the module wants.

        A function whose type is not told entirely (OpaqueType) can only be another module's export.
        """
        if self.module == "wasi_snapshot_preview1" and self.missing:
            return "linker.define_wasi()"
        if self.kind == "function" and not (self.wanted is not None and "..." in str(self.wanted)):
            type_ = "" if self.wanted is None else f", {str(self.wanted)!r}"
            return f"linker.define_func({self.module!r}, {self.name!r}, ...{type_})"
        return f"linker.define(store, {self.module!r}, {self.name!r}, {self.kind}{'_' * (self.kind == 'global')})"

    def __str__(self) -> str:
        name = dotted((self.module, self.name))
        what = "it" if self.kind == "function" else f"a {self.kind if self.wanted is None else self.wanted.wat}"
        fix = f"define {what} with {self.fix}"
        near = f"; similar names are defined: {', '.join(map(dotted, self.near))}" if self.near else ""
        if self.reason is None:
            return f"import {name} is missing: {fix}{near}"
        wanted, given = _label(self.wanted), _label(self.given)
        told = self.wanted is not None and self.given is not None and wanted != given
        return (
            f"import {name} does not fit: {f'it wants {wanted} and is given {given}' if told else self.reason}; {fix}"
        )

    def __repr__(self) -> str:
        return f"<Problem: {self}>"


def _label(type_: ExternType | None) -> str:
    return f"function {type_}" if isinstance(type_, FuncType) else str(type_)


class Explanation(Value):
    """All problems between a module and a linker: false if there are none, otherwise a sequence, one line each.

    >>> from wasmtime_gen import Engine, Linker, Module
    >>> engine = Engine()
    >>> linker = Linker(engine)
    >>> linker.define_func("env", "log", print, "i64 -> ()")
    >>> print(linker.explain(Module.from_text(engine, '''(module
    ...     (import "env" "log" (func (param i32)))
    ...     (import "env" "lag" (func)))''')))
    import env.log does not fit: it wants function i32 -> () and is given function i64 -> (); \
define it with linker.define_func('env', 'log', ..., 'i32 -> ()')
    import env.lag is missing: define it with linker.define_func('env', 'lag', ..., '() -> ()'); \
similar names are defined: env.log
    """

    __slots__ = ("problems",)
    __match_args__ = ("problems",)

    #: The problems, in the order of the imports.
    problems: tuple[Problem, ...]

    def __init__(self, problems: tuple[Problem, ...] = ()) -> None:
        assign(self, "problems", tuple(problems))

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.problems)

    def __len__(self) -> int:
        return len(self.problems)

    def __getitem__(self, position: int) -> Problem:
        return self.problems[position]

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems)) or "every import is defined and fits"

    def __repr__(self) -> str:
        return f"<Explanation: {len(self)} problem{'s' * (len(self) != 1)}>"


def summary(problems: Sequence[Problem]) -> str:
    """The text of a LinkError: all problems, one a line."""
    count = "1 import is" if len(problems) == 1 else f"{len(problems)} imports are"
    return "\n  ".join([f"{count} missing or of another type:", *map(str, problems)])
