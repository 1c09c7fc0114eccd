"""Asks the host to call it, again and again."""

import host


def run(text: str) -> str:
    answer: str = host.call("py_recursive", text)
    return answer
