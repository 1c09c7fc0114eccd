"""Ends its interpreter."""

import os


def run(text: str) -> str:
    os._exit(3)
