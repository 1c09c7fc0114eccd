"""Looks for files."""


def run(text: str) -> str:
    with open("/etc/passwd") as file:
        return file.read()
