"""What notebooks show: HTML in which all that comes from a guest is escaped text, and not too much of it."""

from __future__ import annotations

from html import escape

from wasmtime_gen._printable import printable, printable_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wasmtime_gen._module import Module
    from wasmtime_gen._trap import Trap
    from wasmtime_gen._types.valtype import Value

_ROWS = 100
_LEFT = "style='text-align:left'"
_LONGEST = 1000  # characters of a name or a type


def value_html(value: Value) -> str:
    """A type, or another value, as its text."""
    return f"<code>{_text(str(value))}</code>"


def module_html(module: Module) -> str:
    """A module: name and size, and tables of the imports and the exports."""
    from wasmtime_gen._types.functype import FuncType

    def told(type_: object) -> str:
        return f"function {type_}" if isinstance(type_, FuncType) else str(type_)

    if module.closed:
        return f"<code>{_text(repr(module))}</code>"
    imports = [(each.module, each.name, told(each.type)) for each in module.imports[:_ROWS]]
    exports = [(each.name, told(each.type)) for each in module.exports[:_ROWS]]
    return "".join(
        [
            f"<div><code>{_text(repr(module))}</code>",
            _table("Imports", ("module", "name", "type"), imports, len(module.imports)),
            _table("Exports", ("name", "type"), exports, len(module.exports)),
            "</div>",
        ]
    )


def trap_html(trap: Trap) -> str:
    """A trap: its cause, and the guest's calls, innermost first."""
    name, message = type(trap).__name__, printable_lines(trap.message, 10 * _LONGEST)
    told = f"<b>{escape(name)}</b>: <span style='white-space:pre-wrap'>{escape(message)}</span>"
    frames = "".join([f"<li><code>{_text(str(frame))}</code></li>" for frame in trap.frames])
    return f"<div>{told}{frames and f'<ol>{frames}</ol>'}</div>"


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], count: int) -> str:
    if not count:
        return ""
    head = "".join([f"<th {_LEFT}>{column}</th>" for column in columns])
    body = "".join([f"<tr>{''.join([_cell(cell) for cell in row])}</tr>" for row in rows])
    more = f"<tr><td colspan={len(columns)}>… and {count - _ROWS} more</td></tr>" if count > _ROWS else ""
    return f"<table><caption {_LEFT}>{title}</caption><tr>{head}</tr>{body}{more}</table>"


def _cell(text: str) -> str:
    return f"<td {_LEFT}><code>{_text(text)}</code></td>"


def _text(text: str) -> str:
    return escape(printable(text, _LONGEST))
