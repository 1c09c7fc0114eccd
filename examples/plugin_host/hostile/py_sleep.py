"""Sleeps for days."""

import time


def run(text: str) -> str:
    time.sleep(10**6)
    return text
