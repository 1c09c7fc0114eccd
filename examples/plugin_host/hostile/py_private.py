"""Calls a method of its session that is not the host's."""

import json
import os


def run(text: str) -> str:
    os.write(1, json.dumps({"call": "__init__", "with": ["a", "b"]}).encode() + b"\n")
    return text
