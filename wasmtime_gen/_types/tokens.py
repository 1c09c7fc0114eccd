"""Texts of types as tokens: words, parentheses, commas, arrows, and strings in the way of WebAssembly text."""

from __future__ import annotations

_STRING = '"'  # begins the token of a string
END = ""


class Tokens:
    """The tokens of a text, taken from left to right. What takes raises ValueError if something else comes next."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0

    def sees(self, *tokens: str) -> bool:
        """Whether these tokens come next."""
        return self.tokens[self.at : self.at + len(tokens)] == list(tokens)

    def next(self) -> str:
        """The next token, as error messages show it."""
        token = self.tokens[self.at]
        return repr(token[1:] if token[:1] == _STRING else token) if token != END else "nothing"

    def take(self) -> str:
        token = self.tokens[self.at]
        if token != END:
            self.at += 1
        return token

    def accept(self, *tokens: str) -> bool:
        """Take these tokens if they come next."""
        found = self.sees(*tokens)
        if found:
            self.at += len(tokens)
        return found

    def expect(self, token: str) -> None:
        if not self.accept(token):
            raise ValueError(f"{token!r} is expected where {self.next()} stands")

    def word(self) -> str:
        """A token that could be the name of a type."""
        if self.tokens[self.at] in ("(", ")", ",", "->", END) or self.tokens[self.at][:1] == _STRING:
            raise ValueError(f"a type is expected where {self.next()} stands")
        return self.take()

    def number(self) -> int:
        shown = self.next()
        token = self.take()
        try:
            return int(token, 16 if token[:2].lower() == "0x" else 10)
        except ValueError:
            raise ValueError(f"a number is expected where {shown} stands") from None

    def string(self) -> str:
        if self.tokens[self.at][:1] != _STRING:
            raise ValueError(f"a name in double quotes is expected where {self.next()} stands")
        return self.take()[1:]

    def skip_name(self) -> None:
        """The name of a parameter or field, which is no part of the type."""
        if self.tokens[self.at][:1] == "$":
            self.take()


def _tokens(text: str) -> list[str]:
    """Words, parentheses, commas and arrows; strings as their value after a double quote; and END."""
    tokens: list[str] = []
    while True:
        plain, quote, text = text.partition('"')
        for mark in ("->", "(", ")", ","):
            plain = plain.replace(mark, f" {mark} ")
        tokens += plain.split()
        if not quote:
            return [*tokens, END]
        value, text = _string(text)
        tokens.append(_STRING + value)


_ESCAPES = {"t": b"\t", "n": b"\n", "r": b"\r", '"': b'"', "'": b"'", "\\": b"\\"}


def _string(text: str) -> tuple[str, str]:
    """The value of a string whose opening quote is taken, and the text after it."""
    found = bytearray()
    at = 0
    try:
        while text[at] != '"':
            if text[at] == "\\":
                value, at = _escape(text, at + 1)
                found += value
            else:
                found += text[at].encode()
                at += 1
        return found.decode(), text[at + 1 :]
    except IndexError:
        raise ValueError("a string has no end") from None
    except UnicodeError:
        raise ValueError("a string is not UTF-8") from None


def _escape(text: str, at: int) -> tuple[bytes, int]:
    """The value of the escape whose backslash is taken, and where the text goes on."""
    if text[at] in _ESCAPES:
        return _ESCAPES[text[at]], at + 1
    end = text.find("}", at) + 1 if text.startswith("u{", at) else at + 2
    code = text[at:end]
    digits = code[2:-1] if code[0] == "u" else code
    try:
        number = int(digits if digits.isalnum() else "", 16)
        return chr(number).encode() if code[0] == "u" else bytes([number]), end
    except (ValueError, OverflowError):
        raise ValueError(f"a string has the unknown escape \\{code}") from None
