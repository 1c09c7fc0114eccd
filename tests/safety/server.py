"""Runs each case in a process of its own: forked from one that has imported the package, and used nothing of it.

`python -m tests.safety.server` reads cases as lines of JSON, and answers each with how its process ended. That process
ends as any does that runs a script, so what the case leaves behind is taken down with the interpreter.
"""

from __future__ import annotations

import ast
import json
import os
import signal
import sys
import time
from types import ModuleType
from typing import Any

PRELUDE = "import gc, os, signal, sys, threading, time, weakref\nfrom wasmtime_gen import *\n"


def main() -> int:
    namespace: dict[str, Any] = {}
    exec(PRELUDE, namespace)  # loads all of the package
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        files = [os.memfd_create(name) for name in ("outcome", "stdout", "stderr")]
        child = os.fork()
        if not child:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(files[1], 1)
            os.dup2(files[2], 2)
            _run(asked["setup"], asked["code"], files[0])
            return 0
        status = _wait(child, asked["seconds"])
        texts = [os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace") for file in files]
        for file in files:
            os.close(file)
        print(json.dumps([status, *texts]), flush=True)
    return 0


def _wait(child: int, seconds: float) -> str:
    """How a process ended: "exit 0", "SIGSEGV", or "hangs"."""
    end, pause = time.monotonic() + seconds, 0.001
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            code = os.waitstatus_to_exitcode(status)
            return f"exit {code}" if code >= 0 else signal.Signals(-code).name
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "hangs"
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)


def _run(setup: str, code: str, file: int) -> None:
    """Run a case as the script of this process, and write what came of it."""
    main = sys.modules["__main__"] = ModuleType("__main__")
    scope = main.__dict__
    try:
        exec(PRELUDE + setup, scope)
    except BaseException as error:
        os.write(file, f"the setup fails: {_told(error)}".encode(errors="backslashreplace"))
        return
    try:
        tree = ast.parse(code)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<case>", "exec"), scope)
        value = None
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<case>", "eval"), scope)
        outcome = repr(value)
    except BaseException as error:
        outcome = _told(error)
    os.write(file, outcome.encode(errors="backslashreplace"))


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
