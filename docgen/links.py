"""Links of a page to what is not on the site become plain text."""

from __future__ import annotations

import posixpath
import re

_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]\n]+)\]\((?P<target>[^)\s]+)\)")
_BLOCK = re.compile(r"(^(?:```|~~~).*?^(?:```|~~~)$)", re.DOTALL | re.MULTILINE)


def without_dead_links(markdown: str, page: str, known: set[str]) -> str:
    """The text of `page`, in which links to what is none of the `known` files are their text alone."""

    def kept(link: re.Match[str]) -> str:
        target = link["target"].partition("#")[0]
        if not target or "://" in target or target.startswith("mailto:"):
            return link[0]
        place = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
        return link[0] if place in known else link["text"]

    parts = _BLOCK.split(markdown)  # every second one is a block of code
    return "".join([part if index % 2 else _LINK.sub(kept, part) for index, part in enumerate(parts)])
