"""Asks for a large value again and again, and never listens."""

import json
import os

import host


def run(text: str) -> str:
    host.set("key", "x" * 100_000)
    while True:
        os.write(1, json.dumps({"call": "get", "with": ["key"]}).encode() + b"\n")
