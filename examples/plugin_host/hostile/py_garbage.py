"""Writes what is no line of JSON to its host."""

import os


def run(text: str) -> str:
    os.write(1, b"garbage\n")
    return text
