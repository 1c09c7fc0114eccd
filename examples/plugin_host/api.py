"""What a plug-in may ask of its host, how much it may take, and how a run of it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, get_type_hints


class Host(Protocol):
    """The one declaration of what plug-ins of every language can call. They pass and get text, nothing else."""

    def log(self, text: str) -> None:
        """Say something to whoever runs the host."""

    def get(self, key: str) -> str | None:
        """What an earlier run of this plug-in, or this one, has stored under the key."""

    def set(self, key: str, value: str) -> None:
        """Store a value. It is kept if the run succeeds."""

    def call(self, plugin: str, text: str) -> str:
        """What another plug-in answers to the text."""


_DEEPEST = 16


@dataclass(frozen=True)
class Budget:
    """What one run may take."""

    seconds: float = 5.0
    memory: int = 64 << 20  # bytes of its linear memory
    logged: int = 10_000  # bytes
    stored: int = 1 << 20  # bytes of all its keys and values
    answered: int = 1 << 20  # bytes
    depth: int = 4  # runs within runs, by Host.call; each takes some of this thread's stack

    def __post_init__(self) -> None:
        if not 1 <= self.depth <= _DEEPEST:
            raise ValueError(f"a budget's depth must be from 1 to {_DEEPEST}, not {self.depth}")


@dataclass(frozen=True)
class Outcome:
    """How a run ended: with an answer, or with an error that tells why there is none."""

    plugin: str
    answer: str | None
    error: str | None
    log: tuple[str, ...]


class PluginError(Exception):
    """Why a plug-in has no answer: what it did or asked for cannot be granted."""


@dataclass(frozen=True)
class Method:
    """A method of Host, as plug-ins need to know it."""

    name: str
    parameters: int
    returns_text: bool


def methods(protocol: type) -> dict[str, Method]:
    """The methods of a Protocol. Raises TypeError for one that passes something else than text."""
    found = {}
    for name, function in vars(protocol).items():
        if name.startswith("_"):
            continue
        hints = get_type_hints(function)
        result = hints.pop("return", None)
        if not set(hints.values()) <= {str} or result not in (str, str | None, type(None)):
            raise TypeError(f"{protocol.__name__}.{name}() must be annotated with str, or None as its result")
        found[name] = Method(name, len(hints), result is not type(None))
    return found


METHODS = methods(Host)
