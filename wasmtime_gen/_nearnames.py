"""Definitions whose names are similar to one that is missing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_PAIRS = 5_000  # names to compare letter by letter, in all: a tenth of a second
_MOST = 3


class NearNames:
    """Finds similar names: the same one elsewhere or in another spelling, and as long as that is quick, typos."""

    __slots__ = ("_by_spelling", "_pairs")

    def __init__(self, defined: Iterable[tuple[str, str]]) -> None:
        self._by_spelling: dict[str, list[tuple[str, str]]] = {}
        for name in defined:
            self._by_spelling.setdefault(_spelling(name[1]), []).append(name)
        self._pairs = _PAIRS

    def of(self, wanted: tuple[str, str]) -> tuple[tuple[str, str], ...]:
        """At most three names that are similar to this one, the nearest first."""
        spelling = _spelling(wanted[1])
        near = [spelling]
        if self._pairs >= len(self._by_spelling):
            from difflib import get_close_matches

            self._pairs -= len(self._by_spelling)
            near = get_close_matches(spelling, self._by_spelling, n=_MOST)
        found: list[tuple[str, str]] = []
        for each in near:
            found += sorted(self._by_spelling.get(each, ()), key=lambda name: (name[0] != wanted[0], name))
        return tuple(found[:_MOST])


def _spelling(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()
