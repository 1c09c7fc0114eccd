"""Prints for ever."""


def run(text: str) -> str:
    while True:
        print(text)
