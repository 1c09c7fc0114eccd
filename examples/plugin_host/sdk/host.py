"""What a plug-in in Python can call: the methods of the Protocol Host, and print(), whose text the host drops.

A plug-in defines run(text), which returns its answer. This file runs in the guest.
"""

from __future__ import annotations

import json
import sys
from typing import Any

_to_host, sys.stdout = sys.stdout, sys.stderr


def log(text: str) -> None:
    _ask("log", text)


def get(key: str) -> str | None:
    found: str | None = _ask("get", key)
    return found


def set(key: str, value: str) -> None:
    _ask("set", key, value)


def call(plugin: str, text: str) -> str:
    answer: str = _ask("call", plugin, text)
    return answer


def _ask(method: str, *texts: str) -> Any:
    _say({"call": method, "with": texts})
    return _hear()


def _say(message: object) -> None:
    print(json.dumps(message), file=_to_host, flush=True)


def _hear() -> Any:
    return json.loads(sys.stdin.readline())


def main() -> None:
    task = _hear()
    names: dict[str, Any] = {"__name__": "plugin"}
    exec(compile(task["source"], task["name"], "exec"), names)
    _say({"answer": names["run"](task["text"])})
