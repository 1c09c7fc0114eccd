"""Raises an error."""


def run(text: str) -> str:
    return str(1 / 0)
