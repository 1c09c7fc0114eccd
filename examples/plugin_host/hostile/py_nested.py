"""Writes JSON that nests too deeply for a parser."""

import os


def run(text: str) -> str:
    os.write(1, b"[" * 500_000 + b"\n")
    return text
