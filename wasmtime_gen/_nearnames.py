"""Names that are similar to one that is missing.

To compare two takes time that grows with the product of their lengths, and it is guests who choose the names.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_PAIRS = 5_000  # names to compare letter by letter, in all: a tenth of a second
_LONGEST = 100  # letters of those
_MOST = 3


def near_names(wanted: str, names: Collection[str]) -> list[str]:
    """At most three of these names that are similar, the nearest first; none where that would take long."""
    if len(wanted) > _LONGEST or len(names) > _PAIRS:
        return []
    from difflib import get_close_matches

    return get_close_matches(wanted, [name for name in names if len(name) <= _LONGEST], n=_MOST)


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
            self._pairs -= len(self._by_spelling)
            near = near_names(spelling, self._by_spelling) or near
        found: list[tuple[str, str]] = []
        for each in near:
            found += sorted(self._by_spelling.get(each, ()), key=lambda name: (name[0] != wanted[0], name))
        return tuple(found[:_MOST])


def _spelling(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()
