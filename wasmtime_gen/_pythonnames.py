"""Names of WebAssembly as names of Python: what the importer and the stubs call what a module exports and imports.

WebAssembly allows any text. A name that is a plain identifier stays as it is; any other is made into one that nothing
of Python or of ours can have, so no wasm file can take the place of `__path__` or of an import in a stub.
"""

from __future__ import annotations

from keyword import iskeyword

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 100


def python_names(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """The identifier for each name. No two are equal, and none is among those `taken` or begins with an underscore.

    >>> python_names(["log", "log-line", "log_line", "class", "__path__", "2x", ""])
    {'log': 'log', 'log_line': 'log_line', 'log-line': 'log_line_2', 'class': 'class_', '__path__': 'wasm__path__', \
'2x': 'wasm_2x', '': 'wasm_'}
    """
    given = list(dict.fromkeys(names))
    used = set(taken)
    found = {name: name for name in given if is_identifier(name) and name[0] != "_" and name not in used}
    used.update(found)
    counts: dict[str, int] = {}
    for name in given:
        if name not in found:
            base = _identifier(name)
            made = base
            while made in used:
                counts[base] = counts.get(base, 1) + 1
                made = f"{base}_{counts[base]}"
            used.add(made)
            found[name] = made
    return found


def is_identifier(name: str) -> bool:
    """Whether the name can stand in a program of Python as it is, and means the same in any class."""
    # Python takes some identifiers that are not ASCII for others: it normalizes them.
    return name.isascii() and name.isidentifier() and not name.startswith("__") and not iskeyword(name)


def _identifier(name: str) -> str:
    made = "".join([each if each.isascii() and each.isalnum() else "_" for each in name[:_LONGEST]])
    if made.startswith("_"):
        return f"wasm{made}"
    if not made or made[0].isdigit():
        return f"wasm_{made}"
    return f"{made}_" if iskeyword(made) else made
