"""Logs for ever, and heeds no error."""

from contextlib import suppress

import host


def run(text: str) -> str:
    while True:
        with suppress(BaseException):
            host.log(text)
