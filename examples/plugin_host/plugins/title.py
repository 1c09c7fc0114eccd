"""Writes the text as a title, and asks another plug-in to hide it."""

import unicodedata

import host


def run(text: str) -> str:
    letters = sum(unicodedata.category(each).startswith("L") for each in text)
    host.log(f"{letters} of {len(text)} characters are letters")
    title = text.title()
    return f"{title} ({host.call('rot13', title)})"
