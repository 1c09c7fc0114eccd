"""Carrying out a script on a back end, command by command."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.conformance.backend import Backend, Failed, Invalid, Thrown, Trapped, Unlinkable
from tests.conformance.script import Form, Script, ScriptError
from tests.conformance.values import Pattern, Value, argument, matches, pattern

# What traps are called: the specification's word for the library's.
_TRAPS = {
    "undefined element": ("out of bounds table access",),
    "uninitialized element": ("uninitialized element",),
    "unreachable": ("wasm `unreachable` instruction executed",),
    "null function reference": ("null reference",),
    "null structure reference": ("null reference",),
    "null array reference": ("null reference",),
    "null i31 reference": ("null reference",),
    "null exception reference": ("null reference",),
    "null reference": ("null reference",),
    "null descriptor reference": ("null reference",),
    "cast failure": ("cast failure",),
}


class Mismatch(Exception):
    """A command had another result than it should have."""


@dataclass(frozen=True)
class Outcome:
    """What came of one command: `message` tells why it failed."""

    line: int
    directive: str
    message: str = ""


class Runner:
    """The state of a script: its modules and instances, by their names."""

    def __init__(self, backend: Backend, script: Script) -> None:
        self._backend = backend
        self._script = script
        self._definitions: dict[str, Any] = {}
        self._instances: dict[str, Any] = {}
        self._current: Any = None
        self._latest: Any = None

    def run(self) -> Iterator[Outcome]:
        """Carry out one command after the other."""
        for command in self._script.commands:
            message = ""
            try:
                self._carry_out(command)
            except (Mismatch, ScriptError) as error:
                message = str(error)
            except Failed as error:
                message = f"{type(error).__name__.lower()}: {error}"
            yield Outcome(command.line, command.head, message)

    def _carry_out(self, command: Form) -> None:
        directives: dict[str, Callable[[Form], None]] = {
            "module": self._module,
            "register": self._register,
            "invoke": self._action_alone,
            "get": self._action_alone,
            "assert_return": self._assert_return,
            "assert_trap": self._assert_trap,
            "assert_exhaustion": self._assert_exhaustion,
            "assert_exception": self._assert_exception,
            "assert_invalid": self._assert_refused,
            "assert_malformed": self._assert_refused,
            "assert_invalid_custom": self._assert_refused,
            "assert_malformed_custom": self._assert_refused,
            "assert_unlinkable": self._assert_unlinkable,
        }
        if command.head not in directives:
            raise ScriptError(f"no directive that is known: {command.head}")
        directives[command.head](command)

    # Modules

    def _module(self, form: Form) -> None:
        words = form.items[1:]
        self._current = None  # a module that fails leaves none
        if words[:1] == ["instance"]:
            name, of = [*map(str, words[1:]), "", ""][:2]
            self._instantiated(name, self._backend.instantiate(self._definitions[of] if of else self._latest))
        elif words[:1] == ["definition"]:
            self._latest = self._definitions[_name(words[1:])] = self._compiled(form)
        else:
            self._instantiated(_name(words), self._backend.instantiate(self._compiled(form)))

    def _instantiated(self, name: str, instance: Any) -> None:
        self._current = instance
        self._instances[name] = instance

    def _compiled(self, form: Form) -> Any:
        return self._backend.compile(self._wasm(form))

    def _wasm(self, form: Form) -> bytes:
        """The binary of a module: as it stands, quoted, or as text for the library."""
        words = [each for each in form.items[1:] if isinstance(each, str) and not each.startswith("$")]
        strings = b"".join(each for each in form.items if isinstance(each, bytes))
        if "binary" in words:
            return strings
        if "quote" in words:
            return self._backend.wat2wasm(strings)
        text = self._script.text(form)
        return self._backend.wat2wasm(text.replace(b"definition", b"", 1) if words[:1] == ["definition"] else text)

    def _register(self, form: Form) -> None:
        name, *rest = form.items[1:]
        self._backend.register(_text(name), self._instance(_name(rest)))

    def _instance(self, name: str) -> Any:
        found = self._instances.get(name) if name else self._current
        if found is None:
            raise Mismatch(f"there is no instance{' ' + name if name else ''}")
        return found

    # Actions

    def _action(self, form: Form) -> list[Value]:
        words = form.items[1:]
        instance = self._instance(_name(words))
        name, *arguments = words[1:] if _name(words) else words
        if form.head == "get":
            return [self._backend.get(instance, _text(name))]
        if form.head == "invoke":
            values = [argument(each) for each in arguments if isinstance(each, Form)]
            return self._backend.invoke(instance, _text(name), values)
        raise ScriptError(f"no action that is known: {form.head}")

    def _action_alone(self, form: Form) -> None:
        self._action(form)

    def _assert_return(self, form: Form) -> None:
        action, *results = [each for each in form.items[1:] if isinstance(each, Form)]
        compare(self._action(action), [pattern(each) for each in results])

    def _assert_trap(self, form: Form) -> None:
        action, wanted = form.items[1], _text(form.items[2])
        assert isinstance(action, Form)
        try:
            if action.head == "module":
                self._backend.instantiate(self._compiled(action))
            else:
                self._action(action)
        except Trapped as trap:
            expect_trap(str(trap), wanted)
            return
        raise Mismatch(f"should have trapped: {wanted}")

    def _assert_exhaustion(self, form: Form) -> None:
        self._assert_trap(form)

    def _assert_exception(self, form: Form) -> None:
        action = form.items[1]
        assert isinstance(action, Form)
        try:
            self._action(action)
        except Thrown:
            return
        raise Mismatch("should have thrown an exception")

    def _assert_refused(self, form: Form) -> None:
        """The words of the reason are the reference interpreter's own, and are not compared."""
        module = form.items[1]
        assert isinstance(module, Form)
        try:
            self._compiled(module)
        except Invalid:
            return
        raise Mismatch(f"should have been refused: {_text(form.items[2])}")

    def _assert_unlinkable(self, form: Form) -> None:
        module, wanted = form.items[1], _text(form.items[2])
        assert isinstance(module, Form)
        compiled = self._compiled(module)
        try:
            self._backend.instantiate(compiled)
        except Unlinkable as error:
            if not str(error).startswith(wanted):
                raise Mismatch(f"should have been unlinkable: {wanted}, but: {error}") from None
            return
        raise Mismatch(f"should have been unlinkable: {wanted}")


def compare(values: Sequence[Value], wanted: Sequence[Pattern]) -> None:
    """Raise Mismatch unless all results are what they have to be."""
    if len(values) != len(wanted) or not all(map(matches, values, wanted)):
        raise Mismatch(f"expected {_shown(wanted)}, got {_shown(values)}")


def expect_trap(told: str, wanted: str) -> None:
    """Raise Mismatch unless the library's words for a trap mean the same as the script's."""
    for word, means in _TRAPS.items():
        if wanted.startswith(word) and any(each in told for each in means):
            return
    if wanted not in told:
        raise Mismatch(f"should have trapped: {wanted}, but: {told}")


def _shown(values: Any) -> str:
    return " ".join(map(str, values)) or "nothing"


def _name(words: list[Any]) -> str:
    return next((str(word) for word in words[:1] if isinstance(word, str) and word.startswith("$")), "")


def _text(item: Any) -> str:
    if not isinstance(item, bytes):
        raise ScriptError("a string is missing")
    return item.decode()
