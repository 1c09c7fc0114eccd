"""Reading scripts: S-expressions with their place in the source, for the text of modules is the library's to parse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|;;[^\n]*)
      | (?P<comment>\(;)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<open>\()
      | (?P<close>\))
      | (?P<atom>[^\s()";]+|;)""",
    re.VERBOSE | re.DOTALL,
)
_BEYOND_ASCII = re.compile(r"[\x80-\xff]")
_NESTED = re.compile(r"\(;|;\)")
_ESCAPE = re.compile(rb"\\(u\{[0-9a-fA-F_]+\}|[0-9a-fA-F]{2}|[nrt\"'\\])")
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b'"': b'"', b"'": b"'", b"\\": b"\\"}


class ScriptError(Exception):
    """A script that is none, or that says what is not known here."""


@dataclass
class Form:
    """What stands in parentheses. Atoms are str, strings are bytes, annotations are left out."""

    start: int
    line: int
    end: int = 0
    items: list[Item] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The first atom."""
        first = self.items[0] if self.items else ""
        return first if isinstance(first, str) else ""


Item: TypeAlias = "Form | str | bytes"


@dataclass(frozen=True)
class Script:
    """The commands of a file, and its text, one character a byte."""

    source: str
    commands: list[Form]

    def text(self, form: Form) -> bytes:
        """What stands in the source, but ASCII: the library's parser refuses characters that may confuse people."""
        return _BEYOND_ASCII.sub(lambda byte: f"\\{ord(byte[0]):02x}", self.source[form.start : form.end]).encode()


def read(content: bytes) -> Script:
    """The script in a file. Raises ScriptError when it is none."""
    source = content.decode("latin-1")
    commands = list(_forms(source))
    if commands and commands[0].head in _FIELDS:  # a script may be one module without its parentheses
        module = Form(0, 1, len(source), ["module", *commands])
        return Script(source, [module])
    return Script(source, commands)


_FIELDS = ("func", "memory", "table", "global", "type", "import", "export", "data", "elem", "start", "tag", "rec")


def _forms(source: str) -> Iterator[Form]:
    position, line, stack = 0, 1, [Form(0, 1)]
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise ScriptError(f"line {line}: no token of a script: {source[position : position + 20]!r}")
        kind, end = match.lastgroup, match.end()
        if kind == "comment":
            end = _after_comment(source, position, line)
        elif kind == "open":
            stack.append(Form(position, line))
        elif kind == "close":
            done = stack.pop()
            if not stack:
                raise ScriptError(f"line {line}: a parenthesis too many")
            done.end = end
            if done.head.startswith("@"):
                pass
            elif len(stack) == 1:
                yield done
            else:
                stack[-1].items.append(done)
        elif kind == "string":
            stack[-1].items.append(unescaped(match[0][1:-1].encode("latin-1")))
        elif kind == "atom":
            stack[-1].items.append(match[0])
        line += source.count("\n", position, end)
        position = end
    if len(stack) > 1:
        raise ScriptError(f"line {stack[-1].line}: a parenthesis is never closed")


def _after_comment(source: str, position: int, line: int) -> int:
    depth = 0
    for match in _NESTED.finditer(source, position):
        depth += 1 if match[0] == "(;" else -1
        if not depth:
            return match.end()
    raise ScriptError(f"line {line}: a comment is never closed")


def unescaped(content: bytes) -> bytes:
    """The bytes that a string in quotes stands for."""

    def byte(match: re.Match[bytes]) -> bytes:
        code = match[1]
        if code.startswith(b"u{"):
            return chr(int(code[2:-1], 16)).encode()
        return _LETTERS.get(code) or bytes.fromhex(code.decode())

    return _ESCAPE.sub(byte, content)
