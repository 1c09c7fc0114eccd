"""Calls a method of the host with a number."""

import json
import os


def run(text: str) -> str:
    os.write(1, json.dumps({"call": "log", "with": [1]}).encode() + b"\n")
    return text
