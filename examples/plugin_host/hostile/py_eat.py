"""Takes more memory than it gets."""


def run(text: str) -> str:
    return str(len(bytearray(10**9)))
