"""Writes a line that does not end."""

import os


def run(text: str) -> str:
    while True:
        os.write(1, b" " * 10_000)
