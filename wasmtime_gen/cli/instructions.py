"""Which instruction of a text is the one at an offset of its binary format.

The library tells no lines for what parses and is invalid. So ask it again with a `nop` more: if that stands before the
instruction, in the order of the binary format, the error moves by a byte. Halving the places where one can stand, the
last before it is found in few questions.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKENS = re.compile(rb';;[^\n]*|\(;|;\)|"(?:\\.|[^"\\])*"|\(|\)|[^\s()";]+|;', re.DOTALL)
_NOP = b"(nop)"
_QUESTIONS = 100  # a hundred thousand places take 17, and some more if a nop cannot stand in some
# What is in parentheses and is no instruction. (Places where a nop cannot stand all the same are found out.)
_PARTS = frozenset(b"func param result local type export import ref catch catch_ref catch_all catch_all_ref on".split())
_BODIES = frozenset((b"then", b"else"))
# Words in the plain form that have no dot; all others with a dot are instructions too.
_PLAIN = frozenset(
    b"unreachable nop block loop if else end br br_if br_table br_on_null br_on_non_null br_on_cast return drop select "
    b"call call_indirect call_ref return_call return_call_indirect return_call_ref throw throw_ref try_table".split()
)


def tokens(content: bytes) -> list[tuple[bytes, int]]:
    """The tokens, without comments, and where they begin."""
    found, comments = [], 0
    for token in _TOKENS.finditer(content):
        text = token[0]
        if text in (b"(;", b";)"):
            comments = max(comments + (1 if text == b"(;" else -1), 0)
        elif not comments and not text.startswith(b";;"):
            found.append((text, token.start()))
    return found


def instruction_in_text(content: bytes, start: int, end: int, ask: Callable[[bytes], int | None]) -> int | None:
    """Where the instruction begins that is wrong in the function that is content[start:end]; None if it is not found.

    `ask` tells how far from the function's beginning the error of a text is, or None if it is another error, or none.
    """
    usual = ask(content)
    if usual is None:
        return None
    places = _places(content[start:end], start)
    found: int | None = None
    for _ in range(_QUESTIONS):
        if not places:
            return found
        middle = len(places) // 2
        at, instruction = places[middle]
        moved = ask(b" ".join((content[:at], _NOP, content[at:])))
        if moved == usual + 1:
            found, places = instruction, places[middle + 1 :]
        elif moved == usual:
            places = places[:middle]
        else:
            del places[middle]
    return None


def _places(function: bytes, offset: int) -> list[tuple[int, int]]:
    """Where a nop can stand, and the instruction that comes next if it is the last before the error."""
    found: list[tuple[int, int]] = []
    opened: list[tuple[bytes, int]] = []  # what is in parentheses: its first word, and where it begins
    previous = b""
    for text, at in tokens(function):
        if text == b")" and opened:
            word, begin = opened.pop()
            if not opened:
                found.append((at, at))  # the function's end
            elif word in _BODIES:
                found.append((at, at))
            elif _is_instruction(word):
                found.append((at, begin))
        elif text == b"(":
            opened.append((b"", at))
        elif previous == b"(" and opened:
            begin = opened[-1][1]
            opened[-1] = (text, begin)
            if len(opened) > 1 and _is_instruction(text):
                found.append((begin, begin))
        elif opened and (opened[-1][0] == b"func" or opened[-1][0] in _BODIES | _PLAIN) and _is_plain(text):
            found.append((at, at))
        previous = text
    return [(at + offset, instruction + offset) for at, instruction in found]


def _is_instruction(word: bytes) -> bool:
    return word not in _PARTS and word not in _BODIES and not word.startswith(b"@")


def _is_plain(word: bytes) -> bool:
    return word in _PLAIN or (b"." in word and word[:1].isalpha() and b"=" not in word)
